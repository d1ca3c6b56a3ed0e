// A network as a run left it, to be shown other things.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/experiment.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/network.hpp"

namespace sim {

/// A trained network and the settings it is tested under: those of its run, with the run's `analysis.set` and
/// then `overrides` on top. Where lambda or its spread is overridden, each neuron keeps the
/// ratio of its threshold to the one it had before learning.
struct TrainedNetwork {
    ExperimentSettings settings;
    std::unique_ptr<Network> network;
    /// As learned, shape (N, height, width): of senses that are absent in the test too.
    std::vector<float> Phi{};
    /// The other populations of its run, which it is tested without.
    std::vector<std::string> without{};
};

/// Settings a network trained under `config` (YAML, as resolved) is tested under. name: of the config, for
/// messages. throws ConfigError as below
ExperimentSettings settings_for_test(const std::string& name, const std::string& config,
                                     const Params::Overrides& overrides);

/// Gives a network the thresholds that a run has learned (hidden neurons last), each in the ratio to the one it
/// would have had before learning: under another lambda or spread than the run's they differ with it.
void take_thresholds(Network& network, std::span<const double> learned, const NetworkSettings& of_run);

/// Config of a sheet that is a population of a run, be it of that sheet or of a network; of one that sees
/// another population, its frames are that one's sheet. throws IoError if `file` is no run
std::string config_of_sheet(const io::File& file, const std::string& population);

/// A population of a run of one sheet or of a network that is shown frames. That of a network is tested alone:
/// its settings are those of a sheet that has its blocks, and no projection reaches it.
/// population: "" for that of a sheet, or the only one of a network that sees frames
/// throws IoError if `path` is no finished run, ConfigError if an override is wrong or changes the shape of
/// the network, or the population is not there or sees no frames
TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides,
                                    const std::string& population = "");

}  // namespace sim
