// A circuit from its settings: what runs has learned, synapses, parts.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "sim/circuit.hpp"
#include "sim/parts.hpp"

namespace sim {

/// Gives populations the fields and thresholds that runs have learned. throws IoError
void load_fields(CircuitSettings& settings);

/// The synapses of every projection, in order; lanes share them. O(synapses) memory.
std::vector<std::shared_ptr<Synapses>> make_synapses(const CircuitSettings& settings);

/// Joins populations that stand whole in a simulation in the order of the settings, and schedules the currents. The
/// projections of the simulation are those of the settings, in order.
void join(const CircuitSettings& settings, std::span<const std::shared_ptr<Synapses>> synapses,
          Simulation& simulation);

/// Moves the populations of `settings` into parts, and joins them. tell: Parts::Parts
std::unique_ptr<Parts> build(CircuitSettings& settings, Parts::Tell tell);

}  // namespace sim
