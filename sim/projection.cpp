#include "sim/projection.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace sim {

Synapses::Synapses(const std::vector<std::vector<Synapse>>& of) {
    std::size_t n = 0;
    for (const auto& of_source : of) n += of_source.size();
    all.reserve(n);
    const auto by_delay = [](const Synapse& x, const Synapse& y) {
        return std::tie(x.delay, x.target) < std::tie(y.delay, y.target);
    };
    for (const auto& of_source : of) {
        all.insert(all.end(), of_source.begin(), of_source.end());
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first.back());
        if (!std::is_sorted(begin, all.end(), by_delay)) std::stable_sort(begin, all.end(), by_delay);
        first.push_back(all.size());
    }
    have_one_delay = std::all_of(all.begin(), all.end(), [this](const Synapse& synapse) {
        return synapse.delay == all.front().delay;
    });
}

Projection::Projection(std::uint32_t from, std::uint32_t to, Population& target,
                       std::shared_ptr<Synapses> synapses)
    : from_(from), to_(to), target_(&target), synapses_(std::move(synapses)) {}

void Projection::learn(std::unique_ptr<SynapseRule> rule) {
    synapses_ = std::make_shared<Synapses>(*synapses_);
    rule_ = std::move(rule);
}

Time Synapses::least_delay() const {
    if (have_one_delay) return all.empty() ? kNever : all.front().delay;
    Time least = kNever;
    for (const Synapse& synapse : all) least = std::min(least, synapse.delay);
    return least;
}

bool Synapses::are_streams() const {
    return have_one_delay &&
           std::ranges::adjacent_find(all, std::greater_equal<>(), &Synapse::target) == all.end();
}

void Projection::deliver(std::uint32_t source, std::size_t first, std::size_t end, Time t, double amount) {
    const std::size_t begin = synapses_->first[source];
    const std::span<Synapse> reached(synapses_->all.data() + begin + first, end - first);
    if (rule_)
        for (std::size_t k = 0; k < reached.size(); ++k)
            reached[k].weight = rule_->arrive(begin + first + k, reached[k].target, reached[k].weight, t);
    if (amount == 1.0) {
        target_->receive(reached, t);
        return;
    }
    std::vector<Synapse> graded(reached.begin(), reached.end());
    for (Synapse& synapse : graded) synapse.weight *= amount;
    target_->receive(graded, t);
}

void Projection::fire(std::uint32_t target, Time t) {
    constexpr std::size_t kKept = 65536;
    rule_->fire(target, t);
    if (rule_->n_kept() > n_synapses() + kKept) settle();  // memory stays bounded, and no weight differs
}

void Projection::settle() {
    if (!rule_) return;
    auto& all = synapses_->all;
    for (std::size_t at = 0; at < all.size(); ++at)
        all[at].weight = rule_->settle(at, all[at].target, all[at].weight);
    rule_->forget();
}

void Projection::state(State& s) {
    if (!rule_) return;
    for (Synapse& synapse : synapses_->all) s(synapse.weight);
    rule_->state(s);
}

}  // namespace sim
