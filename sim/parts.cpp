#include "sim/parts.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "sim/parallel.hpp"
#include "sim/ranks_items.hpp"

namespace sim {

namespace {

std::size_t usual_parts(std::span<const Cuts::Size> populations) {
    constexpr std::size_t kNeuronsOfAPart = 2000, kMostParts = 16;
    std::size_t n = 0;
    for (const Cuts::Size& one : populations)
        if (one.can_be_cut) n += one.n;
    return std::clamp<std::size_t>(n / kNeuronsOfAPart, 1, kMostParts);
}

}  // namespace

Cuts::Cuts(std::span<const Size> populations) : Cuts(populations, usual_parts(populations)) {}

/// One that cannot be cut is whole in one part, in turn.
Cuts::Cuts(std::span<const Size> populations, std::size_t n_parts) : n_parts_(n_parts) {
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const auto [n, can_be_cut] = populations[p];
        auto& first = first_.emplace_back();
        for (std::size_t part = 0; part <= n_parts; ++part) {
            const std::size_t whole = part > p % n_parts ? n : 0;
            first.push_back(static_cast<std::uint32_t>(can_be_cut ? n * part / n_parts : whole));
        }
    }
}

std::size_t Cuts::part_of(std::size_t population, std::uint32_t neuron) const {
    const auto& first = first_[population];
    return static_cast<std::size_t>(std::upper_bound(first.begin() + 1, first.end(), neuron) -
                                    first.begin()) -
           1;
}

std::vector<std::shared_ptr<Synapses>> cut(const Synapses& synapses, const Cuts& cuts, std::uint32_t to) {
    std::vector<std::shared_ptr<Synapses>> parts(cuts.n_parts());
    for (auto& part : parts) {
        part = std::make_shared<Synapses>();
        part->all.reserve(synapses.all.size() / parts.size() * 9 / 8);
        part->have_one_delay = synapses.have_one_delay;
    }
    for (std::size_t source = 0; source + 1 < synapses.first.size(); ++source) {
        for (std::size_t at = synapses.first[source]; at < synapses.first[source + 1]; ++at) {
            const auto& [target, weight, delay] = synapses.all[at];
            const std::size_t part = cuts.part_of(to, target);
            parts[part]->all.push_back({target - cuts.first(to, part), weight, delay});
        }
        for (auto& part : parts) part->first.push_back(part->all.size());
    }
    return parts;
}

bool stay_within_parts(const Synapses& synapses, const Cuts& cuts, std::uint32_t from, std::uint32_t to) {
    if (cuts.n_parts() == 1) return true;
    for (std::uint32_t source = 0; source + 1 < synapses.first.size(); ++source) {
        const std::size_t part = cuts.part_of(from, source);
        for (std::size_t at = synapses.first[source]; at < synapses.first[source + 1]; ++at)
            if (cuts.part_of(to, synapses.all[at].target) != part) return false;
    }
    return true;
}

std::vector<Spike> merged(std::vector<std::vector<Spike>>& of_parts) {
    std::vector<Spike> all;
    for (auto& spikes : of_parts) {
        all.insert(all.end(), spikes.begin(), spikes.end());
        spikes.clear();
    }
    // Of one population, later parts have higher neurons.
    if (of_parts.size() > 1)
        std::stable_sort(all.begin(), all.end(), [](const Spike& x, const Spike& y) {
            return std::tie(x.t, x.population) < std::tie(y.t, y.population);
        });
    return all;
}

Parts::Parts(Cuts cuts, std::vector<std::unique_ptr<Simulation>> parts, Tell tell)
    : cuts_(std::move(cuts)),
      parts_(std::move(parts)),
      tell_(std::move(tell)),
      longest_(kNever),
      has_heard_(parts_.size(), 1) {
    for (auto [k, last] = here(); k < last; ++k) {
        longest_ = std::min(longest_, parts_[k]->least_delay_from_all());
        parts_[k]->gather(kSpikesInMemory, [this, k] { this->tell(k); });
    }
    longest_ = ranks::least(longest_);
}

Time Parts::now() const {
    Time now = kNever;
    for (auto [k, last] = here(); k < last; ++k) now = std::min(now, parts_[k]->now());
    return std::max(ranks::least(now), window_begin_);
}

void Parts::tell(std::size_t part) { tell_(part, parts_[part]->take_spikes()); }

// Between two windows nothing is on its way from one part to another: what was fired in the last one has been heard,
// and reaches nobody before the next. A stop may leave some parts in the middle of a window; they go on from there.
void Parts::run_before(Time t, Time t_end) {
    while (window_begin_ < t) {
        if (window_end_ == window_begin_) window_end_ = std::min(t, window_begin_ + longest_);
        run_window(window_end_, t_end);
    }
}

void Parts::run_window(Time end, Time t_end) {
    const Time horizon = size() == 1 ? t_end : end;
    ranks::together([&] {
        parallel_for(here().first, here().last, [&](std::size_t k) {
            if (has_heard_[k] == 0) parts_[k]->hear(heard_);
            has_heard_[k] = 1;
            parts_[k]->run_before(end, horizon, t_end);
            tell(k);
        });
    });
    exchange();
    ++n_windows_;
    window_begin_ = end;
}

void Parts::exchange() {
    std::vector<std::vector<Spike>> said(size());
    for (auto [k, last] = here(); k < last; ++k) said[k] = parts_[k]->take_said();
    ranks::gather_items(said);
    heard_ = merged(said);
    std::fill(has_heard_.begin(), has_heard_.end(), heard_.empty() ? 1 : 0);
}

void Parts::run_to_end(Time t_end) {
    run_before(t_end, t_end);
    ranks::together([&] {
        for (auto [k, last] = here(); k < last; ++k) {
            parts_[k]->run_until(t_end);
            tell(k);
        }
    });
}

bool Parts::has_whole_state() const {
    bool is_whole = true;
    for (auto [k, last] = here(); k < last; ++k) is_whole &= parts_[k]->has_whole_state();
    return ranks::least(is_whole ? 1.0 : 0.0) == 1.0;
}

/// Of each part its own, so that a rank finds those of its parts, however many ranks there were.
void Parts::state(State& s) {
    std::vector<std::vector<std::byte>> of_parts(size());
    for (auto [k, last] = here(); k < last && !s.is_loading(); ++k) {
        tell(k);
        State one;
        parts_[k]->state(one);
        of_parts[k] = one.saved();
    }
    if (!s.is_loading()) {
        ranks::gather_items(of_parts);
        ranks::gather_items(has_heard_);
    }
    s(window_begin_, window_end_, heard_, has_heard_, of_parts);
    for (auto [k, last] = here(); k < last && s.is_loading(); ++k) {
        State one(of_parts[k]);
        parts_[k]->state(one);
        one.check_empty();
    }
}

}  // namespace sim
