// Everything a config says, read and checked before anything is built.
#pragma once
#include <string>
#include <vector>

#include "sim/homeostasis.hpp"
#include "sim/network.hpp"
#include "sim/params.hpp"
#include "sim/plasticity.hpp"
#include "sim/stimulus.hpp"

namespace sim {

/// A block of a config that names a component by `kind:`, and the name.
struct ComponentChoice {
    Params block;
    std::string kind;
};

struct ExperimentSettings {
    /// Reads every block. throws ConfigError, also for a key that nothing reads.
    explicit ExperimentSettings(const Params& root);

    NetworkSettings network;
    ComponentChoice stimulus;
    ComponentChoice plasticity;
    HomeostasisSettings homeostasis;

    std::size_t batches, batch_size;
    std::size_t held_out;       // frames the energy is measured on before and after learning
    std::size_t record_every;   // every how many batches spikes and codes are recorded; 0: never
    std::size_t snapshots;      // of the dictionary, evenly over the run
    double checkpoint_every_s;  // wall time

    std::vector<std::string> analysis_set;  // overrides under which `striate analyze` tests the network
    ComponentChoice gratings;               // what it is tested with

    std::string resolved;       // the config with all defaults in
    std::vector<KeyInfo> keys;  // all that can be set
};

/// A stimulus for the network, its pixels multiplied by frame.scale.
std::unique_ptr<Stimulus> make_stimulus(const ComponentChoice& choice, const NetworkSettings& network);

}  // namespace sim
