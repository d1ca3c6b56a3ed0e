// Everything the config of a circuit says: populations of neurons and sources, the projections between them,
// injected currents, and what is recorded (docs/circuits.md).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/coding_sheet.hpp"
#include "sim/connector.hpp"
#include "sim/filter.hpp"
#include "sim/params.hpp"
#include "sim/population.hpp"
#include "sim/reception.hpp"
#include "sim/rng.hpp"
#include "sim/sheet.hpp"
#include "sim/stimulus.hpp"

namespace sim {

/// Whether a config is that of a circuit, and not of an experiment: it has `populations`.
bool is_circuit(const Params& root);

/// What a population that codes sees: nothing, frames, or the spikes of another through its fields, which are
/// as many neurons as pixels.
struct Sight {
    enum class Of { nothing, frame, population } of = Of::nothing;
    std::uint32_t from = 0;  // population
    double weight = 0.0;     // jump of u per spike and unit of Phi
    Time delay = 0.0;
};

struct CircuitPopulation {
    std::string name, kind;
    std::size_t size;
    std::optional<Sheet> sheet;
    Params block;
    std::uint32_t number;
    std::size_t n_cells = 0;                         // size, and hidden neurons
    std::unique_ptr<CodingSheet> codes{};            // of one that codes
    std::string fields_file{}, fields_population{};  // run whose fields it starts from; "": noise
    Sight sight{};
    std::unique_ptr<Filter> filter{};     // of others: through which it sees frames
    std::unique_ptr<Population> cells{};  // a first one, to ask; moves into the simulation of a stretch

    /// A population at rest. seed: of the run
    std::unique_ptr<Population> make(std::uint64_t seed) const { return make(seed, 0, size); }
    /// Neurons first to first + n - 1 of it.
    std::unique_ptr<Population> make(std::uint64_t seed, std::uint32_t first, std::size_t n) const;
};

/// Frames that a network is shown, one presentation after the other.
struct Shows {
    FieldGeometry frame;
    Presentation presentation;
    ComponentChoice stimulus;
    Reception reception;
    std::size_t batches, batch_size;  // to learn from
    std::size_t held_out;             // frames shown, and recorded, at the end
    std::size_t record_every;         // batches; 0: none but those at the end is recorded
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
    std::optional<Shows> shows;  // none: one stretch
    Time duration;               // of the stretch, or of a presentation
    std::vector<CircuitPopulation> populations;
    std::vector<CircuitProjection> projections;
    std::vector<CircuitCurrent> currents;

    std::vector<std::uint32_t> record_spikes;  // populations
    std::vector<StateRecord> record_states;
    Time rate_bin;                            // 0: no rates
    std::vector<std::size_t> record_weights;  // projections
    double checkpoint_every_s;                // wall time

    std::string resolved;            // the config with all defaults in
    std::vector<KeyInfo> keys;       // all that can be set
    std::shared_ptr<Inputs> inputs;  // the files it names
};

}  // namespace sim
