#include "sim/stepped_network.hpp"

#include <fmt/format.h>

#include "sim/circuit_build.hpp"
#include "sim/error.hpp"

namespace sim {

SteppedNetwork::SteppedNetwork(RunSettings settings) : settings_(std::move(settings)) {
    if (settings_.shows)
        throw ConfigError(
            "Network: must be of a config with a `duration`, is of one that shows frames: run it, and "
            "`encode` frames");
    make_fields(settings_);
    parts_ = sim::build(settings_, [this](std::size_t part, std::span<const Spike> spikes) {
        spikes_[part].insert(spikes_[part].end(), spikes.begin(), spikes.end());
    });
    spikes_.resize(parts_->size());
    for (const PopulationSettings& one : settings_.populations) {
        std::size_t part = 0;
        while (parts_->cuts().size(one.number, part) == 0) ++part;
        const Population& here = (*parts_)[part].population(one.number);
        variables_.push_back(here.variables());
        current_units_.push_back(here.current_unit());
    }
}

// Of a step that is stopped what has happened stays; `now` moves when a step is over, and what was not reached is reached
// by the next one.
void SteppedNetwork::run(Time dt) {
    const Time end = now_ + dt;
    if (!(dt > 0.0) || end > settings_.duration * (1.0 + 1e-12))
        throw ConfigError(
            fmt::format("Network: run: must be of a time > 0 ms that ends within the config's duration, {:g} "
                        "ms; got {:g} ms at {:g} ms",
                        settings_.duration, dt, now_));
    parts_->run_before(end, settings_.duration);
    now_ = end;
}

std::vector<Spike> SteppedNetwork::take_spikes() { return merged(spikes_); }

std::vector<double> SteppedNetwork::state(std::uint32_t population, std::size_t variable) const {
    std::vector<double> all;
    for (std::size_t part = 0; part < parts_->size(); ++part) {
        const Population& here = (*parts_)[part].population(population);
        const std::size_t n = parts_->cuts().size(population, part);
        for (std::uint32_t i = 0; i < n; ++i) all.push_back(here.value(variable, i, now_));
    }
    return all;
}

void SteppedNetwork::set_current(std::uint32_t population, std::uint32_t neuron, double I) {
    const PopulationSettings& one = settings_.populations[population];
    if (current_units_[population].empty())
        throw ConfigError(fmt::format("Network: set_current: no current can flow into population {} ({})",
                                      one.name, one.kind));
    const std::size_t part = parts_->cuts().part_of(population, neuron);
    (*parts_)[part].set_current(population, neuron - parts_->cuts().first(population, part), I, now_);
}

}  // namespace sim
