#include "sim/trained_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

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

bool sees(const PopulationSettings& one) { return one.filter || one.sight.of != Sight::Of::nothing; }

/// Populations that what is shown reaches, by their own sight or over projections.
std::vector<bool> reached(const RunSettings& settings) {
    std::vector<bool> is_reached;
    for (const PopulationSettings& one : settings.populations) is_reached.push_back(sees(one));
    for (std::size_t round = 0; round < settings.populations.size(); ++round)
        for (const ProjectionSettings& projection : settings.projections)
            if (is_reached[projection.from]) is_reached[projection.to] = true;
    return is_reached;
}

/// The population to test: the one asked for, or the only one that codes. throws ConfigError
std::uint32_t choose(const RunSettings& settings, const std::string& asked, const std::string& path) {
    std::vector<std::string> all, coding;
    for (const PopulationSettings& one : settings.populations) {
        all.push_back(one.name);
        if (one.codes && one.codes->network.settings().has_fields) coding.push_back(one.name);
    }
    const auto refuse = [&](const std::string& got) {
        throw ConfigError(fmt::format("--population: must be one of {}, got {}", fmt::join(all, ", "), got));
    };
    const std::vector<std::string>& likely = coding.empty() ? all : coding;
    if (asked.empty() && likely.size() > 1)
        refuse(coding.empty() ? fmt::format("nothing: none of them codes in {}", path)
                              : fmt::format("nothing: {} code in {}", fmt::join(coding, ", "), path));
    const std::string& chosen = asked.empty() ? likely.front() : asked;
    const PopulationSettings* const one = find(settings, chosen);
    if (one == nullptr) refuse(fmt::format("\"{}\", which {} has not", asked, path));
    if (!reached(settings)[one->number])
        refuse(fmt::format("\"{}\", which nothing that is shown reaches", chosen));
    return one->number;
}

/// Those that are recorded with the tested population. throws ConfigError
std::optional<std::uint32_t> complex_cells(const RunSettings& settings, std::uint32_t tested) {
    const std::string& name = settings.analysis->complex.population;
    const bool is_asked_for = settings.analysis->complex.fraction > 0.0 && !name.empty();
    if (!is_asked_for || name == settings.populations[tested].name) return std::nullopt;
    const PopulationSettings* const one = find(settings, name);
    if (one == nullptr || !reached(settings)[one->number] || one->size != settings.populations[tested].size)
        settings.analysis->gratings.block.block("complex").fail(
            "population", fmt::format("a population that what is shown reaches, of as many neurons as {}, {}",
                                      settings.populations[tested].name, settings.populations[tested].size));
    return one->number;
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
    std::vector<double> lambda = network.thresholds();
    for (std::size_t i = 0; i < lambda.size(); ++i) {
        const bool is_hidden = i >= first.size();
        lambda[i] =
            is_hidden || first_of_run[i] == 0.0 ? learned[i] : first[i] * (learned[i] / first_of_run[i]);
    }
    network.set_thresholds(lambda);
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
    const std::size_t n = network.n_thresholds();
    take_thresholds(network, file.read<double>(group + "/lambda", {n}), settings_in(file, name));
    network.refresh_interaction();
    if (!network.solves_program()) network.program.Q.set_dense(file.read<float>(group + "/Q", {n, n}));
}

namespace {

/// Whether synapses are those from source[k] to target[k], in order.
bool joins(const Synapses& synapses, const std::vector<std::uint64_t>& source,
           const std::vector<std::uint64_t>& target) {
    if (source.size() != synapses.all.size()) return false;
    for (std::size_t j = 0; j + 1 < synapses.first.size(); ++j)
        for (std::size_t at = synapses.first[j]; at < synapses.first[j + 1]; ++at)
            if (source[at] != j || target[at] != synapses.all[at].target) return false;
    return true;
}

/// Gives projections the weights that they have learned, in the ratio of their mean weight to that of the run, so that one
/// of 0 still takes a projection away. throws ConfigError if they do not join the same neurons
void take_weights(ShownNetwork& network, const std::string& path) {
    const io::File file = io::open_striate_file(path, "network");
    const RunSettings of_run(Params::parse(config_in(file), place_of_config(file)));
    for (std::size_t k = 0; k < network.settings.projections.size(); ++k) {
        const ProjectionSettings& one = network.settings.projections[k];
        if (!one.plasticity) continue;
        const Synapses& synapses = *network.synapses()[k];
        const std::string group =
            fmt::format("/projections/{}/{}", one.name, network.settings.populations[one.to].name);
        if (!joins(synapses, file.read<std::uint64_t>(group + "/source"),
                   file.read<std::uint64_t>(group + "/target")))
            throw ConfigError(fmt::format("--set: must leave what {} joins as it was learned", one.name));
        std::vector<double> weights = file.read<double>(group + "/weight");
        const double was = of_run.projections[k].weight.mean;
        if (one.weight.mean != was)
            for (double& weight : weights) weight *= one.weight.mean / was;
        network.set_weights(k, weights);
    }
}

}  // namespace

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
    const auto complex = complex_cells(settings, number);
    TrainedNetwork trained{ShownNetwork(std::move(settings)), number, complex, {}};
    take_weights(trained.shown, path);
    if (!trained.codes()) return trained;
    trained.learned = io::open_striate_file(path, "network")
                          .read<float>(fmt::format("/network/{}/{}", trained.population().name,
                                                   trained.network().fields().dataset()));
    return trained;
}

Eigen::MatrixXf TrainedNetwork::responses(std::uint32_t which, const Batch& batch, const Lanes& lanes) const {
    const PopulationSettings& one = settings().populations[which];
    return one.codes ? batch.codes[which] : lanes.rates(which, one.size, batch.frames.labels.size());
}

namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// (N, M), what the light of each pixel does less what its dark does: of a rectifying cell the field before it rectifies.
Rows fields_of_filter(const PopulationSettings& one, std::size_t n_pixels) {
    const auto N = static_cast<Eigen::Index>(one.size), M = static_cast<Eigen::Index>(n_pixels);
    Rows fields(N, M);
    Eigen::VectorXf frame = Eigen::VectorXf::Zero(M), light(N), dark(N);
    const auto currents = [&](Eigen::VectorXf& I) {
        one.filter->currents({frame.data(), n_pixels}, {I.data(), one.size});
    };
    for (Eigen::Index pixel = 0; pixel < M; ++pixel) {
        frame(pixel) = 1.0F;
        currents(light);
        frame(pixel) = -1.0F;
        currents(dark);
        frame(pixel) = 0.0F;
        fields.col(pixel) = light - dark;
    }
    return fields;
}

/// (N, M); without rows where there are none.
Rows fields_of(const RunSettings& settings, const PopulationSettings& one) {
    if (one.filter) return fields_of_filter(one, settings.shows->frame.height * settings.shows->frame.width);
    if (!one.codes || !one.codes->network.settings().has_fields) return Rows(0, 0);
    const Fields& own = one.codes->network.fields();
    const std::vector<float> values = own.in_frame();
    Rows fields = Eigen::Map<const Rows>(values.data(), static_cast<Eigen::Index>(one.size),
                                         static_cast<Eigen::Index>(own.pixels()));
    if (one.sight.of != Sight::Of::population) return fields;
    const Rows of_seen = fields_of(settings, settings.populations[one.sight.from]);
    if (of_seen.rows() == 0) return of_seen;
    return fields * of_seen;
}

/// Of neuron i, a mean of places (row, column, each k) with weights.
class MeanPlace {
  public:
    void add(double weight, double row, double col) {
        all_ += weight;
        row_ += weight * row;
        col_ += weight * col;
    }
    /// Into row and column; the middle of the frame if nothing has weight.
    void append_to(std::vector<double>& places, const FieldGeometry& frame) const {
        places.push_back(all_ > 0.0 ? row_ / all_ : 0.5 * (static_cast<double>(frame.height) - 1.0));
        places.push_back(all_ > 0.0 ? col_ / all_ : 0.5 * (static_cast<double>(frame.width) - 1.0));
    }

  private:
    double all_ = 0.0, row_ = 0.0, col_ = 0.0;
};

std::vector<double> places_of_fields(const Rows& fields, const FieldGeometry& frame) {
    std::vector<double> places;
    for (Eigen::Index i = 0; i < fields.rows(); ++i) {
        MeanPlace mean;
        for (Eigen::Index k = 0; k < fields.cols(); ++k) {
            const auto value = static_cast<double>(fields(i, k));
            const auto pixel = static_cast<std::size_t>(k);
            mean.add(value * value, static_cast<double>(pixel / frame.width),
                     static_cast<double>(pixel % frame.width));
        }
        mean.append_to(places, frame);
    }
    return places;
}

/// asked: populations whose places are being looked for, so that loops of projections end.
std::vector<double> places_of(const ShownNetwork& shown, std::uint32_t number, std::vector<bool> asked) {
    const RunSettings& settings = shown.settings;
    const PopulationSettings& one = settings.populations[number];
    if (one.codes && one.codes->network.settings().has_fields && one.sight.of != Sight::Of::population)
        return one.codes->network.fields().visual_positions();
    if (const Rows fields = fields_of(settings, one); fields.rows() > 0)
        return places_of_fields(fields, settings.shows->frame);
    asked[number] = true;
    std::vector<MeanPlace> mean(one.size);
    for (std::size_t k = 0; k < settings.projections.size(); ++k) {
        const ProjectionSettings& projection = settings.projections[k];
        if (projection.to != number || asked[projection.from]) continue;
        const std::vector<double> from = places_of(shown, projection.from, asked);
        const Synapses& synapses = *shown.synapses()[k];
        for (std::size_t j = 0; j < settings.populations[projection.from].size; ++j)
            for (std::size_t s = synapses.first[j]; s < synapses.first[j + 1]; ++s)
                if (const Synapse& to = synapses.all[s]; to.target < one.size)  // no hidden one
                    mean[to.target].add(std::abs(to.weight), from[2 * j], from[2 * j + 1]);
    }
    std::vector<double> places;
    for (const MeanPlace& of_neuron : mean) of_neuron.append_to(places, settings.shows->frame);
    return places;
}

}  // namespace

std::vector<float> TrainedNetwork::fields_in_frame() const {
    const Rows fields = fields_of(settings(), population());
    return {fields.data(), fields.data() + fields.size()};
}

std::vector<double> TrainedNetwork::places_in_frame() const {
    return places_of(shown, number, std::vector<bool>(settings().populations.size(), false));
}

TrainedNetwork::LinearDrive TrainedNetwork::linear_drive() const {
    if (codes() && network().settings().has_fields && population().sight.of != Sight::Of::population)
        return
            [&own = network()](const Eigen::MatrixXf& frames) { return own.fields().drive(own.see(frames)); };
    Rows fields = fields_of(settings(), population());
    if (fields.rows() == 0) return nullptr;
    return [fields = std::move(fields)](const Eigen::MatrixXf& frames) -> Eigen::MatrixXf {
        return fields * frames;
    };
}

}  // namespace sim
