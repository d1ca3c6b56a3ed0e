// A circuit from its settings: what runs has learned, synapses, parts.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/parts.hpp"
#include "sim/run_settings.hpp"

namespace sim {

/// Gives populations the fields they begin with: noise, or what runs have learned. throws IoError
void make_fields(RunSettings& settings);

/// Whether a neuron of a population is wanted.
using Wanted = std::function<bool(std::uint32_t population, std::uint32_t neuron)>;

/// The synapses of every projection, in order; lanes share them. targets: those whose synapses are kept; all if empty. Others
/// are drawn too, and forgotten. O(kept synapses) memory.
std::vector<std::shared_ptr<Synapses>> make_synapses(const RunSettings& settings, const Wanted& targets = {});

/// Joins populations that stand whole in a simulation in the order of the settings, and schedules the currents. The
/// projections of the simulation are those of the settings, in order.
void join(const RunSettings& settings, std::span<const std::shared_ptr<Synapses>> synapses,
          Simulation& simulation);

/// Moves the populations of `settings` into the parts of this rank, and joins them. Ranks call it together. tell: Parts::Parts
std::unique_ptr<Parts> build(RunSettings& settings, Parts::Tell tell);

}  // namespace sim
