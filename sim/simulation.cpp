#include "sim/simulation.hpp"

#include <algorithm>
#include <cassert>

namespace sim {

void Simulation::connect(Projection projection) {
    const auto number = static_cast<std::uint32_t>(projections_.size());
    projections_from_.resize(populations_.size());
    projections_from_[projection.from()].push_back(number);
    projections_.push_back(std::move(projection));
}

void Simulation::restart() {
    assert(projections_.empty());
    now_ = 0.0;
    spikes_.clear();
}

// Invariants: nothing lies before now_; of all that could come next, the first happens: arrivals by (time,
// projection, source, delay), and where no arrival is as early, spikes by (time, population, neuron). What
// happens reaches others before anything else happens.
void Simulation::run_until(Time t_end) {
    while (true) {
        const bool arrives = !arrivals_.empty() && arrivals_.top().t < t_end;
        if (const auto spike = next_spike(arrives ? arrivals_.top().t : t_end))
            fire(*spike);
        else if (arrives)
            deliver_next();
        else
            break;
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

void Simulation::fire(const Spike& spike) {
    now_ = spike.t;
    populations_[spike.population]->fire(spike);
    spikes_.push_back(spike);
    if (!projections_.empty()) send(spike);
}

void Simulation::send(const Spike& spike) {
    for (const std::uint32_t number : projections_from_[spike.population]) {
        const auto synapses = projections_[number].synapses(spike.neuron);
        if (!synapses.empty())
            arrivals_.push({spike.t + synapses[0].delay, number, spike.neuron, 0, spike.t});
    }
}

void Simulation::deliver_next() {
    const Arrival arrival = arrivals_.top();
    arrivals_.pop();
    now_ = arrival.t;
    const Projection& projection = projections_[arrival.projection];
    const auto synapses = projection.synapses(arrival.source);
    const Time delay = synapses[arrival.first].delay;
    std::size_t k = arrival.first;
    for (; k < synapses.size() && synapses[k].delay == delay; ++k)
        projection.to().receive(synapses[k].target, synapses[k].weight, arrival.t);
    if (k < synapses.size())
        arrivals_.push(
            {arrival.sent + synapses[k].delay, arrival.projection, arrival.source, k, arrival.sent});
}

}  // namespace sim
