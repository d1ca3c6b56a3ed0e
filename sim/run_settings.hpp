// Everything the config of a network says, read and checked before anything is built: populations of neurons and
// sources, the projections between them, what is shown or injected, and what is recorded (docs/networks.md).
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/analysis_settings.hpp"
#include "sim/connector.hpp"
#include "sim/params.hpp"
#include "sim/population_settings.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"

namespace sim {

/// Frames that a network is shown, one presentation after the other.
struct Shows {
    FieldGeometry frame;
    std::vector<Sense> senses;  // whose frames are stacked; empty: one input
    ComponentChoice stimulus;   // unused where there are senses
    Reception reception;
    Presentation presentation;
    std::size_t batches, batch_size;  // to learn from
    std::size_t held_out;      // frames on which energies are measured; shown, and recorded, at the end
    bool finds_least_energy;   // of held-out frames
    std::size_t record_every;  // batches; 0: none but those at the end is recorded
    std::size_t snapshots;     // of what is learned, evenly over the run
    bool records_frames;       // of recorded presentations
};

/// Normal numbers, drawn again until they lie between 0 and twice the mean.
struct CutNormal {
    double mean = 0.0, std = 0.0;
    double draw(Stream& random) const;
};

struct ProjectionSettings {
    std::string name;
    std::uint32_t from, to;  // populations
    std::unique_ptr<Connector> connector;
    CutNormal weight;  // [weight unit of the target]
    std::string weight_unit;
    CutNormal delay;
    Time delay_per_distance = 0.0;  // [ms per sheet unit]
    std::optional<Params> plasticity;
    std::string rule;  // of plasticity
    /// Weights stay within these; a rule that learns from batches has no use for them.
    double w_min = std::numeric_limits<double>::lowest(), w_max = std::numeric_limits<double>::max();
};

/// Injected into each of some neurons: amplitudes[k] from times[k] on.
struct CurrentSettings {
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

struct RunSettings {
    /// Reads every block and makes the populations. throws ConfigError, also for a key that nothing reads;
    /// IoError for a file of a component that cannot be read.
    explicit RunSettings(const Params& root);

    std::uint64_t seed;
    std::optional<Shows> shows;  // none: one stretch
    Time duration;               // of the stretch, or of a presentation
    std::vector<PopulationSettings> populations;
    std::vector<ProjectionSettings> projections;
    std::vector<CurrentSettings> currents;

    std::vector<std::uint32_t> record_spikes;  // populations
    std::vector<StateRecord> record_states;
    Time rate_bin;                            // 0: no rates
    std::vector<std::size_t> record_weights;  // projections
    double checkpoint_every_s;                // wall time

    std::optional<AnalysisSettings> analysis;  // where frames are shown

    std::string resolved;            // the config with all defaults in
    std::vector<KeyInfo> keys;       // all that can be set
    std::shared_ptr<Inputs> inputs;  // the files it names
};

/// Everything a config says, also of the test that `striate analyze` will make of its network.
/// name: of the config, for messages. throws ConfigError, IoError
RunSettings read_settings(const Params& config, const std::string& name);

/// Whether a config shows frames: it says what or for how long, or has no `duration` but frames to learn from.
bool shows_frames(const Params& root);

/// What a network is shown, as it is drawn, and as the network receives it: with the noise of retina and LGN, and
/// scaled.
std::unique_ptr<Stimulus> make_drawn_stimulus(const RunSettings& settings);
std::unique_ptr<Stimulus> make_stimulus(const RunSettings& settings);

}  // namespace sim
