#include "sim/trained_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/params_population.hpp"

namespace sim {
namespace {

std::string config_in(const io::File& file) { return file.read<std::string>("/provenance/config", {}).at(0); }

std::string place_of_config(const io::File& file) { return file.path() + ":/provenance/config"; }

std::vector<StoredPopulation> populations_in(const io::File& file) {
    return stored_populations(config_in(file), place_of_config(file));
}

bool is_network(const io::File& file) { return io::kind_of_striate_file(file) == "circuit"; }

/// Why a population cannot be shown frames alone; "" if it can.
std::string why_untestable(const StoredPopulation& one) {
    if (one.sees == "population")
        return fmt::format("sees the spikes of {}, and alone it would see nothing", one.sees_of);
    if (one.sees == "nothing") return "sees nothing but what projections bring, and alone it has none";
    if (one.sees.empty()) return "does not code";
    if (one.sees != "frame")
        return fmt::format("sees frames through a filter, {}, and has no fields", one.sees);
    if (one.is_delayed)
        return "has its lateral inhibition from a projection (lateral: delayed), and alone it has none";
    return "";
}

/// The population to test: the one asked for, or the only one that can be. throws ConfigError
std::string choose(const io::File& file, const std::string& asked) {
    std::vector<std::string> all, testable, reasons;
    for (const StoredPopulation& one : populations_in(file)) {
        const std::string why = why_untestable(one);
        if (one.name == asked && !why.empty())
            throw ConfigError(
                fmt::format("--population: must be one that sees frames and is tested alone, got {}: "
                            "in {} it {}",
                            asked, file.path(), why));
        all.push_back(one.name);
        if (why.empty())
            testable.push_back(one.name);
        else
            reasons.push_back(fmt::format("{} {}", one.name, why));
    }
    if (!asked.empty()) {
        if (std::ranges::find(all, asked) == all.end())
            throw ConfigError(
                fmt::format("--population: must be one of {}, the populations of {}, got \"{}\"",
                            fmt::join(all, ", "), file.path(), asked));
        return asked;
    }
    if (testable.empty())
        throw ConfigError(
            fmt::format("{}: must have a population that sees frames, to be tested alone, has none: {}",
                        file.path(), fmt::join(reasons, "; ")));
    if (testable.size() > 1)
        throw ConfigError(fmt::format("--population: must be one of {}, which see frames in {}, got nothing",
                                      fmt::join(testable, ", "), file.path()));
    return testable.front();
}

/// The dictionary, thresholds and, where they are learned, weights of a population. throws IoError
void read_learned(const io::File& file, const NetworkSettings& of_run, TrainedNetwork& trained) {
    const std::string group = "/network/" + of_run.population;
    if (!file.exists(group + "/Phi")) throw IoError(fmt::format("{}: the run is not finished", file.path()));
    trained.network = std::make_unique<Network>(trained.settings.network);
    const NetworkSettings& net = trained.settings.network;
    trained.Phi =
        file.read<float>(group + "/Phi", {net.rows, net.cols, net.geometry.height, net.geometry.width});
    trained.network->dictionary.set_fields(trained.Phi);
    const std::vector<double>& lambda = trained.network->program.lambda;
    take_thresholds(*trained.network, file.read<double>(group + "/lambda", {lambda.size()}), of_run);
    trained.network->refresh_interaction();
    if (!trained.network->solves_program())
        trained.network->program.Q.set_dense(file.read<float>(group + "/Q", {lambda.size(), lambda.size()}));
}

}  // namespace

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

std::string config_of_sheet(const io::File& file, const std::string& population) {
    if (is_network(file)) return as_sheet(config_in(file), place_of_config(file), population);
    io::check_kind(file, "run");
    return config_in(file);
}

TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides,
                                    const std::string& population) {
    const io::File file = io::File::open(path);
    const bool is_one_of_several = is_network(file);
    if (is_one_of_several && !file.exists("/presentations"))
        throw IoError(
            fmt::format("{}: must be a run that is shown frames, is a circuit that runs for one "
                        "duration; see `striate report`",
                        path));
    const std::string chosen = is_one_of_several ? choose(file, population) : population;
    const std::string config = config_of_sheet(file, chosen);
    TrainedNetwork trained{settings_for_test(place_of_config(file), config, overrides), nullptr, {}, {}};
    const std::string& name = trained.settings.network.population;
    if (!population.empty() && name != population)
        throw ConfigError(fmt::format("--population: must be {}, the one population of {}, got \"{}\"", name,
                                      path, population));
    if (is_one_of_several)
        for (const StoredPopulation& one : populations_in(file))
            if (one.name != name) trained.without.push_back(one.name);
    read_learned(file, ExperimentSettings(Params::parse(config, path)).network, trained);
    return trained;
}

}  // namespace sim
