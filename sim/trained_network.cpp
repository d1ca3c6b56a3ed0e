#include "sim/trained_network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/encoder.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace sim {
namespace {

constexpr std::size_t kFramesAtOnce = 64;  // of a replay; bounds its memory

ExperimentSettings settings_for_test(const std::string& path, const std::string& config,
                                     const Params::Overrides& overrides) {
    const std::string name = path + ":/provenance/config";
    const ExperimentSettings trained(Params::parse(config, name));
    Params::Overrides all = trained.analysis_set;
    all.insert(all.end(), overrides.begin(), overrides.end());
    ExperimentSettings tested(Params::parse(config, name, all));
    const NetworkSettings &was = trained.network, &is = tested.network;
    if (was.rows != is.rows || was.cols != is.cols || was.geometry.height != is.geometry.height ||
        was.geometry.width != is.geometry.width || was.population != is.population)
        throw ConfigError("--set: must leave name and shape of a trained network as they are");
    return tested;
}

}  // namespace

TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides) {
    const io::File file = io::open_striate_file(path, "run");
    const auto config = file.read<std::string>("/provenance/config").at(0);
    const double lambda_of_run = ExperimentSettings(Params::parse(config, path)).network.lambda;
    TrainedNetwork trained{settings_for_test(path, config, overrides), nullptr};

    const std::string group = "/network/" + trained.settings.network.population;
    if (!file.exists(group + "/Phi")) throw IoError(fmt::format("{}: the run is not finished", path));
    trained.network = std::make_unique<Network>(trained.settings.network);
    trained.network->dictionary.set_fields(file.read<float>(group + "/Phi"));
    trained.network->program.lambda = file.read<double>(group + "/lambda");
    const double scale = lambda_of_run > 0.0 ? trained.settings.network.lambda / lambda_of_run : 1.0;
    for (double& lambda : trained.network->program.lambda) lambda *= scale;
    trained.network->refresh_interaction();
    if (!trained.network->solves_program())
        trained.network->program.Q.set_dense(file.read<float>(group + "/Q"));
    return trained;
}

Responses respond(const TrainedNetwork& trained, const Stimulus& stimulus, std::size_t n_frames) {
    const Network& network = *trained.network;
    const auto N = static_cast<Eigen::Index>(network.size()), n = static_cast<Eigen::Index>(n_frames);
    const auto pixels = network.dictionary.pixels();
    Encoder encoder(network.neurons(), network.program, trained.settings.network.presentation, kFramesAtOnce);
    Responses result{Eigen::MatrixXf(N, n), Eigen::MatrixXf(N, n),
                     Eigen::MatrixXd(static_cast<Eigen::Index>(stimulus.columns().size()), n)};
    for (Eigen::Index first = 0; first < n; first += static_cast<Eigen::Index>(kFramesAtOnce)) {
        const Eigen::Index count = std::min(static_cast<Eigen::Index>(kFramesAtOnce), n - first);
        Eigen::MatrixXf frames(static_cast<Eigen::Index>(pixels), count);
        for (Eigen::Index k = 0; k < count; ++k)
            stimulus.frame(
                FrameSet::training, static_cast<std::uint64_t>(first + k), {frames.col(k).data(), pixels},
                {result.shown.col(first + k).data(), static_cast<std::size_t>(result.shown.rows())});
        result.drive.middleCols(first, count) = network.dictionary.drive(frames);
        result.codes.middleCols(first, count) =
            encoder.encode(result.drive.middleCols(first, count)).cast<float>();
    }
    return result;
}

}  // namespace sim
