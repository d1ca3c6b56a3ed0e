#include "sim/simulation.hpp"

#include <utility>

namespace sim {

std::uint32_t Simulation::add(std::unique_ptr<Population> population) {
    populations_.push_back(std::move(population));
    return static_cast<std::uint32_t>(populations_.size() - 1);
}

void Simulation::restart() {
    now_ = 0.0;
    spikes_.clear();
}

// Invariants: no spike lies before now_; of all spikes that could come next, the first by (time, population,
// neuron) happens; what it does to others reaches them before anything else happens.
void Simulation::run_until(Time t_end) {
    while (const auto spike = next_spike(t_end)) {
        now_ = spike->t;
        population(spike->population).fire(*spike);
        spikes_.push_back(*spike);
    }
    for (const auto& population : populations_) population->advance(t_end);
    now_ = t_end;
}

std::optional<Spike> Simulation::next_spike(Time t_end) {
    std::optional<Spike> first;
    for (std::uint32_t number = 0; number < populations_.size(); ++number) {
        auto spike = populations_[number]->next_spike(t_end);
        if (!spike) continue;
        spike->population = number;
        if (!first || *spike < *first) first = spike;
    }
    return first;
}

}  // namespace sim
