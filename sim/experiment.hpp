// Everything a config says, read and checked before anything is built.
#pragma once
#include <string>
#include <vector>

#include "sim/homeostasis.hpp"
#include "sim/network.hpp"
#include "sim/params.hpp"
#include "sim/plasticity.hpp"
#include "sim/stimulus.hpp"
#include "sim/teaching.hpp"

namespace sim {

/// What `striate analyze` does with the trained network: the block `analysis`.
struct AnalysisSettings {
    explicit AnalysisSettings(const Params& root);

    std::vector<std::string> set;    // overrides under which the network is tested
    std::vector<std::string> tests;  // "gratings" is always among them
    ComponentChoice gratings;
    std::vector<double> contrasts;  // [norm of a frame], ascending
    std::size_t cells;              // neurons whose size tuning is measured
    std::size_t noise_frames;       // of each kind of noise
    std::size_t natural_frames;     // held-out frames
    struct {
        double fraction, width, sharpness, exponent, exponent_spread;
    } complex;  // cells above the sheet
};

struct ExperimentSettings {
    /// Reads every block. throws ConfigError, also for a key that nothing reads.
    explicit ExperimentSettings(const Params& root);

    NetworkSettings network;
    ComponentChoice stimulus;  // unused where there are several senses
    ComponentChoice plasticity;
    HomeostasisSettings homeostasis;
    TeachingSettings teaching;

    std::size_t batches, batch_size;
    std::size_t held_out;       // frames the energy is measured on before and after learning
    std::size_t record_every;   // every how many batches spikes and codes are recorded; 0: never
    std::size_t snapshots;      // of the dictionary, evenly over the run
    double checkpoint_every_s;  // wall time

    AnalysisSettings analysis;

    std::string resolved;            // the config with all defaults in
    std::vector<KeyInfo> keys;       // all that can be set
    std::shared_ptr<Inputs> inputs;  // the files it names, and those read in the folders it names
};

/// The stimulus of an experiment as it is drawn, and as the network receives it: with the noise of retina and
/// LGN, and scaled.
std::unique_ptr<Stimulus> make_drawn_stimulus(const ExperimentSettings& settings);
std::unique_ptr<Stimulus> make_stimulus(const ExperimentSettings& settings);

}  // namespace sim
