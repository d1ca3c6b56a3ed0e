#include "sim/projection.hpp"

#include <algorithm>
#include <tuple>

namespace sim {

Projection::Projection(std::uint32_t from, std::uint32_t to, Cells& cells,
                       const std::vector<std::vector<Synapse>>& synapses)
    : from_(from), to_(to), cells_(&cells), first_{0} {
    for (const auto& of_source : synapses) {
        synapses_.insert(synapses_.end(), of_source.begin(), of_source.end());
        std::stable_sort(synapses_.begin() + static_cast<std::ptrdiff_t>(first_.back()), synapses_.end(),
                         [](const Synapse& x, const Synapse& y) {
                             return std::tie(x.delay, x.target) < std::tie(y.delay, y.target);
                         });
        first_.push_back(synapses_.size());
    }
    has_one_delay_ = std::all_of(synapses_.begin(), synapses_.end(), [this](const Synapse& synapse) {
        return synapse.delay == synapses_.front().delay;
    });
}

void Projection::deliver(std::uint32_t source, std::size_t k, Time t) {
    const std::size_t at = first_[source] + k;
    Synapse& synapse = synapses_[at];
    if (rule_) synapse.weight = rule_->arrive(at, synapse.target, synapse.weight, t);
    cells_->receive(synapse.target, synapse.weight, t);
}

void Projection::fire(std::uint32_t target, Time t) {
    constexpr std::size_t kKept = 65536;
    rule_->fire(target, t);
    if (rule_->n_kept() > synapses_.size() + kKept) settle();  // memory stays bounded, and no weight differs
}

void Projection::settle() {
    if (!rule_) return;
    for (std::size_t at = 0; at < synapses_.size(); ++at)
        synapses_[at].weight = rule_->settle(at, synapses_[at].target, synapses_[at].weight);
    rule_->forget();
}

}  // namespace sim
