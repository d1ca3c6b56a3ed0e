// Everything the config of a circuit says: populations of neurons and sources, the projections between them,
// injected currents, and what is recorded (docs/circuits.md).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/population.hpp"
#include "sim/connector.hpp"
#include "sim/params.hpp"
#include "sim/rng.hpp"
#include "sim/sheet.hpp"
#include "sim/simulation.hpp"

namespace sim {

/// Whether a config is that of a circuit, and not of an experiment: it has `populations`.
bool is_circuit(const Params& root);

struct CircuitPopulation {
    std::string name, kind;
    std::size_t size;
    std::optional<Sheet> sheet;
    std::unique_ptr<Population> cells;  // moves into the simulation
};

/// Normal numbers, drawn again until they lie between 0 and twice the mean.
struct CutNormal {
    double mean = 0.0, std = 0.0;
    double draw(Stream& random) const;
};

struct CircuitProjection {
    std::string name;
    std::uint32_t from, to;  // populations
    std::unique_ptr<Connector> connector;
    CutNormal weight;  // [weight unit of the target]
    std::string weight_unit;
    CutNormal delay;
    Time delay_per_distance = 0.0;  // [ms per sheet unit]
    std::optional<Params> plasticity;
    std::string rule;  // of plasticity
    double w_min = 0.0, w_max = 0.0;
};

/// Injected into each of some neurons: amplitudes[k] from times[k] on.
struct CircuitCurrent {
    std::uint32_t population;
    std::vector<std::uint32_t> neurons;
    std::vector<Time> times;
    std::vector<double> amplitudes;  // [current unit of the population]
};

/// A variable of some neurons at start, start + every, ... before stop.
struct StateRecord {
    std::string name;
    std::uint32_t population;
    std::size_t variable;
    std::vector<std::uint32_t> neurons;
    Time start, stop, every;

    std::size_t n_times() const;
    Time time(std::size_t k) const { return start + static_cast<double>(k) * every; }
};

struct CircuitSettings {
    /// Reads every block and makes the populations. throws ConfigError, also for a key that nothing reads;
    /// IoError for a file of a component that cannot be read.
    explicit CircuitSettings(const Params& root);

    std::uint64_t seed;
    Time duration;
    std::vector<CircuitPopulation> populations;
    std::vector<CircuitProjection> projections;
    std::vector<CircuitCurrent> currents;

    std::vector<std::uint32_t> record_spikes;  // populations
    std::vector<StateRecord> record_states;
    Time rate_bin;                            // 0: no rates
    std::vector<std::size_t> record_weights;  // projections

    std::string resolved;            // the config with all defaults in
    std::vector<KeyInfo> keys;       // all that can be set
    std::shared_ptr<Inputs> inputs;  // the files it names
};

/// Moves the populations of `settings` into a simulation, joins them, and schedules the currents.
/// The projections of the simulation are those of the settings, in order. O(synapses) memory.
std::unique_ptr<Simulation> build(CircuitSettings& settings, std::vector<Population*>& cells);

}  // namespace sim
