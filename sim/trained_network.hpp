// A network as a run left it, to be shown other things.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/experiment.hpp"
#include "sim/network.hpp"

namespace sim {

/// A trained network and the settings it is tested under: those of its run, with the run's `analysis.set` and
/// then `overrides` on top. Where lambda is overridden, each neuron keeps its ratio lambda_i / lambda.
struct TrainedNetwork {
    ExperimentSettings settings;
    std::unique_ptr<Network> network;
};

/// throws IoError if `path` is no finished run, ConfigError if an override is wrong or changes the shape of
/// the network
TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides);

/// Codes of the frames 0 .. n - 1 of a stimulus, (N, n), and what each showed, (columns, n).
struct Responses {
    Eigen::MatrixXf codes;  // of the running network
    Eigen::MatrixXf drive;  // Phi^T s: of the receptive fields alone
    Eigen::MatrixXd shown;
};
Responses respond(const TrainedNetwork& trained, const Stimulus& stimulus, std::size_t n_frames);

}  // namespace sim
