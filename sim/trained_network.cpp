#include "sim/trained_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace sim {
namespace {

std::string config_in(const io::File& file) { return file.read<std::string>("/provenance/config", {}).at(0); }

std::string place_of_config(const io::File& file) { return file.path() + ":/provenance/config"; }

const PopulationSettings* find(const RunSettings& settings, const std::string& name) {
    const auto found = std::ranges::find(settings.populations, name, &PopulationSettings::name);
    return found == settings.populations.end() ? nullptr : &*found;
}

/// The population to test: the one asked for, or the only one that can be. throws ConfigError
std::uint32_t choose(const RunSettings& settings, const std::string& asked, const std::string& path) {
    std::vector<std::string> all, testable;
    for (const PopulationSettings& one : settings.populations) {
        all.push_back(one.name);
        if (one.codes) testable.push_back(one.name);
    }
    const auto refuse = [&](const std::vector<std::string>& known, const std::string& got) {
        throw ConfigError(
            fmt::format("--population: must be one of {}, got {}", fmt::join(known, ", "), got));
    };
    if (testable.empty())
        throw ConfigError(
            fmt::format("{}: must have a population that codes, has {}", path, fmt::join(all, ", ")));
    if (asked.empty() && testable.size() > 1)
        refuse(testable, fmt::format("nothing: all of them code in {}", path));
    const std::string& chosen = asked.empty() ? testable.front() : asked;
    if (find(settings, chosen) == nullptr) refuse(all, fmt::format("\"{}\", which {} has not", asked, path));
    if (std::ranges::find(testable, chosen) == testable.end())
        refuse(testable, fmt::format("\"{}\", which does not code", asked));
    return find(settings, chosen)->number;
}

std::size_t pixels_of(const NetworkSettings& settings) {
    return settings.geometry.height * settings.geometry.width;
}

/// What is read back has to be of the populations that were trained.
void check_same_shape(const RunSettings& was, const RunSettings& is) {
    const auto shape = [](const RunSettings& settings) {
        std::vector<std::tuple<std::string, std::size_t, std::size_t>> all;
        for (const PopulationSettings& one : settings.populations)
            all.emplace_back(one.name, one.size, one.codes ? pixels_of(one.codes->network.settings()) : 0);
        return all;
    };
    if (shape(was) != shape(is))
        throw ConfigError("--set: must leave name and shape of a trained network as they are");
}

/// Settings of populations of a run as it learned them.
NetworkSettings settings_in(const io::File& file, const std::string& population) {
    const RunSettings settings(Params::parse(config_in(file), place_of_config(file)));
    const PopulationSettings* const one = find(settings, population);
    if (one == nullptr || !one->codes)
        throw IoError(
            fmt::format("{}: /network/{}: must be there and code, is not", file.path(), population));
    return one->codes->network.settings();
}

}  // namespace

RunSettings settings_for_test(const std::string& name, const std::string& config,
                              const Params::Overrides& overrides) {
    const RunSettings trained(Params::parse(config, name));
    if (!trained.shows)
        throw ConfigError(fmt::format("{}: must be of a run that shows frames, runs for one duration", name));
    Params::Overrides all = trained.analysis->set;
    all.insert(all.end(), overrides.begin(), overrides.end());
    RunSettings tested(Params::parse(config, name, all));
    check_same_shape(trained, tested);
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

void take_learned(CodingSheet& sheet, const std::string& path, const std::string& name) {
    const io::File file = io::open_striate_file(path, "network");
    Network& network = sheet.network;
    const std::string group = "/network/" + name;
    if (!file.has_attribute("/provenance", "wall_time_s"))
        throw IoError(fmt::format("{}: the run is not finished", path));
    network.lay_out();
    const std::string fields = group + "/" + network.fields().dataset();
    if (!file.exists(fields))
        throw IoError(fmt::format("{}: {}: must be there, is not: the run has no such population that codes",
                                  path, fields));
    network.fields().set_values(file.read<float>(fields, network.fields().shape()));
    const std::size_t n = network.program.lambda.size();
    take_thresholds(network, file.read<double>(group + "/lambda", {n}), settings_in(file, name));
    network.refresh_interaction();
    if (!network.solves_program()) network.program.Q.set_dense(file.read<float>(group + "/Q", {n, n}));
}

TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides,
                                    const std::string& population) {
    std::string config, place;
    {
        const io::File file = io::open_striate_file(path, "network");
        if (!file.exists("/presentations"))
            throw IoError(
                fmt::format("{}: must be a run that is shown frames, is a circuit that runs for one "
                            "duration; see `striate report`",
                            path));
        config = config_in(file), place = place_of_config(file);
    }
    RunSettings settings = settings_for_test(place, config, overrides);
    const std::uint32_t number = choose(settings, population, path);
    for (const PopulationSettings& one : settings.populations)
        if (one.codes) take_learned(*one.codes, path, one.name);
    TrainedNetwork trained{ShownNetwork(std::move(settings)), number, {}};
    trained.learned = io::open_striate_file(path, "network")
                          .read<float>(fmt::format("/network/{}/{}", trained.population().name,
                                                   trained.network().fields().dataset()));
    return trained;
}

std::vector<float> TrainedNetwork::fields_in_frame() const {
    using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto fields_of = [](const PopulationSettings& one) {
        const Fields& of_one = one.codes->network.fields();
        const std::vector<float> fields = of_one.in_frame();
        return Rows(Eigen::Map<const Rows>(fields.data(), static_cast<Eigen::Index>(one.size),
                                           static_cast<Eigen::Index>(of_one.pixels())));
    };
    const PopulationSettings* one = &population();
    Rows fields = fields_of(*one);
    while (one->sight.of == Sight::Of::population) {
        one = &settings().populations[one->sight.from];
        fields = fields * fields_of(*one);
    }
    return {fields.data(), fields.data() + fields.size()};
}

std::vector<double> TrainedNetwork::places_in_frame() const {
    if (population().sight.of != Sight::Of::population) return network().fields().visual_positions();
    const std::vector<float> fields = fields_in_frame();
    const std::size_t width = settings().shows->frame.width, M = fields.size() / population().size;
    std::vector<double> places;
    for (std::size_t i = 0; i < population().size; ++i) {
        double all = 0.0, row = 0.0, col = 0.0;
        for (std::size_t k = 0; k < M; ++k) {
            const double weight =
                static_cast<double>(fields[i * M + k]) * static_cast<double>(fields[i * M + k]);
            all += weight;
            row += weight * static_cast<double>(k / width);
            col += weight * static_cast<double>(k % width);
        }
        places.push_back(all > 0.0 ? row / all : 0.0);
        places.push_back(all > 0.0 ? col / all : 0.0);
    }
    return places;
}

Eigen::MatrixXf TrainedNetwork::linear_drive(const Eigen::MatrixXf& frames) const {
    if (population().sight.of != Sight::Of::population) return network().fields().drive(frames);
    const std::vector<float> fields = fields_in_frame();
    return Eigen::Map<const Eigen::MatrixXf>(fields.data(), frames.rows(),
                                             static_cast<Eigen::Index>(population().size))
               .transpose() *
           frames;
}

}  // namespace sim
