#include "sim/trained_network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace sim {

ExperimentSettings settings_for_test(const std::string& name, const std::string& config,
                                     const Params::Overrides& overrides) {
    const ExperimentSettings trained(Params::parse(config, name));
    Params::Overrides all = trained.analysis.set;
    all.insert(all.end(), overrides.begin(), overrides.end());
    ExperimentSettings tested(Params::parse(config, name, all));
    const NetworkSettings &was = trained.network, &is = tested.network;
    if (was.rows != is.rows || was.cols != is.cols || was.geometry.height != is.geometry.height ||
        was.geometry.width != is.geometry.width || was.population != is.population)
        throw ConfigError("--set: must leave name and shape of a trained network as they are");
    return tested;
}

void take_thresholds(Network& network, std::span<const double> learned, const NetworkSettings& of_run) {
    const auto first = first_thresholds(network.settings()), first_of_run = first_thresholds(of_run);
    std::vector<double>& lambda = network.program.lambda;
    for (std::size_t i = 0; i < lambda.size(); ++i) {
        const bool is_hidden = i >= first.size();
        lambda[i] =
            is_hidden || first_of_run[i] == 0.0 ? learned[i] : first[i] * (learned[i] / first_of_run[i]);
    }
}

TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides) {
    const io::File file = io::open_striate_file(path, "run");
    const auto config = file.read<std::string>("/provenance/config", {}).at(0);
    TrainedNetwork trained{settings_for_test(path + ":/provenance/config", config, overrides), nullptr, {}};

    const std::string group = "/network/" + trained.settings.network.population;
    if (!file.exists(group + "/Phi")) throw IoError(fmt::format("{}: the run is not finished", path));
    trained.network = std::make_unique<Network>(trained.settings.network);
    const NetworkSettings& net = trained.settings.network;
    trained.Phi =
        file.read<float>(group + "/Phi", {net.rows, net.cols, net.geometry.height, net.geometry.width});
    trained.network->dictionary.set_fields(trained.Phi);
    const std::vector<double>& lambda = trained.network->program.lambda;
    take_thresholds(*trained.network, file.read<double>(group + "/lambda", {lambda.size()}),
                    ExperimentSettings(Params::parse(config, path)).network);
    trained.network->refresh_interaction();
    if (!trained.network->solves_program())
        trained.network->program.Q.set_dense(file.read<float>(group + "/Q", {lambda.size(), lambda.size()}));
    return trained;
}

}  // namespace sim
