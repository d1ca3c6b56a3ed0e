#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "analysis/config_text.hpp"
#include "analysis/explorer.hpp"
#include "analysis/field_image.hpp"
#include "analysis/glossary.hpp"
#include "analysis/orientation.hpp"
#include "analysis/recorded_presentations.hpp"
#include "analysis/sense_pictures.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using Json = PageArrays::Json;

constexpr std::size_t kMostDetails = 5'000'000;    // bytes of responses and averages, and of weights
constexpr std::size_t kMostSnapshots = 4'500'000;  // bytes of fields before the last
constexpr std::size_t kMostPresentations = 24, kMostSpikes = 150'000;

// ---- fields

/// Fields of all neurons, each in its box.
std::vector<float> cut_fields(const FieldCrop& crop, const std::vector<float>& Phi, std::size_t n) {
    std::vector<float> all;
    all.reserve(n * crop.height() * crop.width());
    for (std::size_t i = 0; i < n; ++i) {
        const auto box = crop.cut(Phi.data(), i);
        all.insert(all.end(), box.begin(), box.end());
    }
    return all;
}

Json fields_json(const RecordedRun& run, const FieldCrop& crop, PageArrays& arrays) {
    std::vector<std::int16_t> corner;
    for (std::size_t i = 0; i < run.size(); ++i) {
        const auto [row, col] = crop.corner(i);
        corner.push_back(static_cast<std::int16_t>(row));
        corner.push_back(static_cast<std::int16_t>(col));
    }
    Json json =
        arrays.add_bytes(cut_fields(crop, run.Phi, run.size()), {run.size(), crop.height(), crop.width()});
    json["corner"] = arrays.add(std::span<const std::int16_t>(corner), {run.size(), 2});
    return json;
}

/// Of the bars of each field [deg], as of gratings; NaN where it is the same everywhere.
std::vector<float> orientations(const std::vector<float>& fields, const FieldCrop& crop) {
    OrientationMeter meter(crop.height(), crop.width());
    const std::size_t size = crop.height() * crop.width();
    std::vector<float> all;
    for (std::size_t first = 0; first < fields.size(); first += size) {
        const double across = meter(std::span(fields).subspan(first, size)).theta * 180.0 / std::numbers::pi;
        all.push_back(static_cast<float>(std::fmod(270.0 - across, 180.0)));
    }
    return all;
}

/// Numbers of the snapshots that there is room for, spread evenly, the first and the last among them.
std::vector<std::size_t> kept_snapshots(std::size_t n, std::size_t bytes_of_each) {
    if (n == 0) return {};
    const std::size_t room =
        std::max<std::size_t>(1, kMostSnapshots / std::max<std::size_t>(bytes_of_each, 1));
    const std::size_t n_before = std::min(n - 1, room);
    std::vector<std::size_t> kept;
    for (std::size_t j = 0; j < n_before; ++j) kept.push_back(j * (n - 1) / n_before);
    kept.push_back(n - 1);
    return kept;
}

/// The last, whose fields are those of the run, holds no copy of them.
Json snapshots_json(const RecordedRun& run, const FieldCrop& crop, PageArrays& arrays) {
    Json all = Json::array();
    for (const std::size_t k :
         kept_snapshots(run.snapshots.size(), run.size() * crop.height() * crop.width())) {
        const auto fields = cut_fields(crop, run.snapshots[k].Phi, run.size());
        Json one{{"batch", run.snapshots[k].batch}, {"orientation", arrays.add(orientations(fields, crop))}};
        if (k + 1 < run.snapshots.size())
            one["fields"] = arrays.add_nibbles(fields, {run.size(), crop.height(), crop.width()});
        all.push_back(one);
    }
    return all;
}

// ---- numbers of neurons

Json number_json(const std::string& name, const std::string& units, const std::vector<double>& values,
                 PageArrays& arrays) {
    return {{"name", name}, {"units", units}, {"values", arrays.add(values)}};
}

std::size_t rank_in_glossary(const std::string& name) {
    const Term* term = find_term(name);
    return term == nullptr ? glossary().size() : static_cast<std::size_t>(term - glossary().data());
}

/// Of every neuron, in the order of the glossary.
Json numbers_json(const RecordedRun& run, const Analysis* analysis, PageArrays& arrays) {
    std::vector<Property> all = analysis == nullptr ? std::vector<Property>{} : analysis->properties;
    if (!run.lambda.empty()) all.push_back({"lambda", "1", run.lambda});
    if (!run.activity.empty()) all.push_back({"activity", "1", run.activity});
    if (!run.channel.empty())
        all.push_back({"channel", "1", std::vector<double>(run.channel.begin(), run.channel.end())});
    std::ranges::stable_sort(all, {}, [](const Property& p) { return rank_in_glossary(p.name); });
    Json json = Json::array();
    for (const Property& one : all)
        if (!finite(one.values).empty()) json.push_back(number_json(one.name, one.units, one.values, arrays));
    return json;
}

Json measures_json(const Analysis& analysis) {
    Json all = Json::array();
    for (const Measure& one : analysis.summary)
        all.push_back({{"name", one.name}, {"units", one.units}, {"value", one.value}});
    return all;
}

Json map_json(const MapMeasures& map, PageArrays& arrays) {
    std::vector<double> pinwheels;
    for (const Pinwheel& p : map.pinwheels)
        pinwheels.insert(pinwheels.end(), {p.row, p.col, static_cast<double>(p.sign)});
    return {{"orientation", arrays.add(map.map.orientation)},
            {"selectivity", arrays.add(map.map.selectivity)},
            {"smoothing", map.map.smoothing},
            {"source", map.source},
            {"pinwheels", arrays.add(std::span<const double>(pinwheels), {map.pinwheels.size(), 3})}};
}

/// Weights inside the population, where it has learned them; where there is no room for them, of how many neurons they are.
void add_learned_weights(const RecordedRun& run, PageArrays& arrays, Json& json) {
    const auto file = sim::io::open_striate_file(run.path, "network");
    const std::string dataset = "/network/" + run.population + "/Q";
    if (!file.exists(dataset)) return;
    const std::uint64_t n = file.shape(dataset).at(0);
    if (n < run.size())
        throw sim::IoError(fmt::format("{}: {}: must be of the {} neurons of the sheet, is of {}", run.path,
                                       dataset, run.size(), n));
    if (n * n * sizeof(float) > kMostDetails)
        json["weights_left_out"] = n;
    else
        json["learned_weights"] =
            arrays.add(std::span<const float>(file.read<float>(dataset, {n, n})), {n, n});
}

// ---- what was recorded of neurons in tests

/// Every k-th neuron of every k-th row, the smallest k for which their details have room.
std::vector<std::uint32_t> detailed(const RecordedRun& run, std::size_t bytes_of_each) {
    for (std::size_t k = 1;; ++k) {
        const std::size_t n = ((run.rows + k - 1) / k) * ((run.cols + k - 1) / k);
        if (n * bytes_of_each > kMostDetails && n > 1) continue;
        std::vector<std::uint32_t> some;
        for (std::size_t i = 0; i < run.size(); ++i)
            if (i / run.cols % k == 0 && i % run.cols % k == 0) some.push_back(static_cast<std::uint32_t>(i));
        return some;
    }
}

/// Rows of these neurons.
std::vector<float> rows_of(const std::vector<float>& values, const std::vector<std::uint32_t>& neurons,
                           std::size_t width) {
    std::vector<float> some;
    some.reserve(neurons.size() * width);
    for (const std::uint32_t i : neurons) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * width);
        some.insert(some.end(), first, first + static_cast<std::ptrdiff_t>(width));
    }
    return some;
}

/// Responses of the cells that are compared with macaque V1: of the network, or of the complex cell in a neuron's place.
std::vector<float> compared_responses(const Analysis& analysis) {
    std::vector<float> responses = analysis.network.responses;
    const std::size_t width = analysis.gratings.size();
    for (std::size_t i = 0; i < analysis.is_complex.size(); ++i)
        if (analysis.is_complex[i] != 0)
            std::copy_n(analysis.complex.responses.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                        responses.begin() + static_cast<std::ptrdiff_t>(i * width));
    return responses;
}

std::vector<float> means_over_phases(const std::vector<float>& responses, std::size_t n_phases) {
    std::vector<float> means;
    for (std::size_t first = 0; first < responses.size(); first += n_phases) {
        const auto phases = std::span(responses).subspan(first, n_phases);
        means.push_back(std::accumulate(phases.begin(), phases.end(), 0.0F) / static_cast<float>(n_phases));
    }
    return means;
}

Json gratings_json(const Analysis& analysis, const std::vector<std::uint32_t>& neurons, PageArrays& arrays) {
    const GratingAxes& axes = analysis.gratings;
    const std::size_t n_orientations = axes.orientation.size(), n_frequencies = axes.spatial_frequency.size(),
                      n_phases = axes.phase.size();
    Json json{{"orientation", axes.orientation},
              {"frequency", axes.spatial_frequency},
              {"phase", axes.phase},
              {"units", analysis.response_units}};
    json["compared"] = arrays.add_bytes(rows_of(compared_responses(analysis), neurons, axes.size()),
                                        {neurons.size(), n_orientations, n_frequencies, n_phases});
    if (!analysis.linear.responses.empty())
        json["linear"] = arrays.add_bytes(rows_of(means_over_phases(analysis.linear.responses, n_phases),
                                                  neurons, n_orientations * n_frequencies),
                                          {neurons.size(), n_orientations, n_frequencies, 1});
    return json;
}

Json averages_json(const std::vector<float>& averages, const FieldCrop& crop,
                   const std::vector<std::uint32_t>& neurons, PageArrays& arrays) {
    std::vector<float> all;
    for (const std::uint32_t i : neurons) {
        const auto box = crop.cut(averages.data(), i);
        all.insert(all.end(), box.begin(), box.end());
    }
    return arrays.add_nibbles(all, {neurons.size(), crop.height(), crop.width()});
}

void add_tests(const RecordedRun& run, const Analysis& analysis, const FieldCrop* crop, PageArrays& arrays,
               Json& json) {
    const bool has_noise = analysis.noise.n_frames > 0 && crop != nullptr &&
                           analysis.noise.white.size() == run.size() * run.height * run.width;
    const std::size_t box = has_noise ? 2 * crop->height() * crop->width() : 0;
    const auto neurons = detailed(run, analysis.gratings.size() + box);
    json["detailed"] = arrays.add(neurons);
    if (!analysis.network.responses.empty()) json["gratings"] = gratings_json(analysis, neurons, arrays);
    if (has_noise)
        json["averages"] = {{"n_frames", analysis.noise.n_frames},
                            {"white", averages_json(analysis.noise.white, *crop, neurons, arrays)},
                            {"sparse", averages_json(analysis.noise.sparse, *crop, neurons, arrays)}};
    if (const auto& contrast = analysis.contrast; !contrast.contrast.empty())
        json["contrast"] = {{"contrast", contrast.contrast},
                            {"responses", arrays.add(std::span<const float>(contrast.responses),
                                                     {run.size(), contrast.contrast.size()})}};
    if (const auto& size = analysis.size; !size.neuron.empty())
        json["size"] = {{"neuron", size.neuron},
                        {"diameter", size.diameter},
                        {"responses", arrays.add(std::span<const float>(size.responses),
                                                 {size.neuron.size(), size.diameter.size()})}};
    if (!analysis.is_complex.empty()) json["is_complex"] = arrays.add(analysis.is_complex);
}

// ---- presentations and learning

/// run: as it was recorded
Json presentations_json(const RecordedRun& run, const SensePictures& pictures, PageArrays& arrays) {
    const RecordedPresentations all = read_presentations(run, kMostPresentations, kMostSpikes);
    if (all.size() == 0) return nullptr;
    Json json{{"T", all.T},
              {"T0", all.T0},
              {"number", all.number},
              {"held_out", all.held_out},
              {"energy", all.energy},
              {"psnr", all.psnr},
              {"sparseness", all.sparseness},
              {"first", all.first},
              {"time", arrays.add(all.time)},
              {"neuron", arrays.add(all.neuron)}};
    if (all.codes.size() == all.size() * run.size())
        json["codes"] = arrays.add(std::span<const float>(all.codes), {all.size(), run.size()});
    if (!all.frames.empty())
        json["frames"] = arrays.add(std::span<const float>(pictures(all.frames)),
                                    {all.size(), pictures.height(), pictures.width()});
    return json;
}

Json learning_json(const LearningCurves& learning, PageArrays& arrays) {
    const auto& held_out = learning.held_out;
    Json senses = Json::array();
    for (const auto& [name, errors] : learning.sense_errors)
        senses.push_back({{"name", name}, {"reconstruction_error", arrays.add(errors)}});
    return {{"senses", senses},
            {"batch", arrays.add(learning.batch)},
            {"energy", arrays.add(learning.energy)},
            {"reconstruction_error", arrays.add(learning.reconstruction_error)},
            {"active_fraction", arrays.add(learning.active_fraction)},
            {"spikes_per_presentation", arrays.add(learning.spikes_per_presentation)},
            {"dead_neurons", arrays.add(learning.dead_neurons)},
            {"held_out",
             {{"batch", held_out.batch},
              {"energy", held_out.energy},
              {"optimal_energy", held_out.optimal_energy},
              {"relative_gap", held_out.relative_gap}}}};
}

/// 0 where the config does not say.
double of_objective(const RecordedRun& run, const char* key) {
    const double said = number_in(run.config, fmt::format("populations.{}.{}", run.population, key));
    return std::isfinite(said) ? said : 0.0;
}

}  // namespace

void explore_sheet(const RecordedRun& recorded, const Analysis* analysis, PageData& page) {
    const SensePictures pictures(recorded);
    const auto linked = recorded.senses.empty() ? std::nullopt : std::optional(pictures(recorded));
    const RecordedRun& run = linked ? *linked : recorded;
    Json json{{"name", std::filesystem::path(run.path).filename().string()},
              {"path", run.path},
              {"population", run.population},
              {"kind", run.kind},
              {"sees_of", run.sees_of},
              {"rows", run.rows},
              {"cols", run.cols},
              {"height", run.height},
              {"width", run.width},
              {"has_channels", run.has_channels},
              {"is_periodic", text_in(run.config, fmt::format("populations.{}.sheet.boundary",
                                                              run.population)) == "periodic"},
              {"kappa", of_objective(run, "coupling.kappa")},
              {"delta", of_objective(run, "objective.delta")}};
    json["senses"] = Json::array();
    for (const RecordedSense& sense : run.senses) json["senses"].push_back(sense.name);
    const auto crop = run.Phi.empty() ? std::nullopt : std::optional<FieldCrop>(run);
    if (crop) {
        json["fields"] = fields_json(run, *crop, page.first);
        json["snapshots"] = snapshots_json(run, *crop, page.details);
    }
    json["numbers"] = numbers_json(run, analysis, page.first);
    add_learned_weights(run, page.first, json);
    if (analysis != nullptr) {
        json["measures"] = measures_json(*analysis);
        if (analysis->has_map()) json["map"] = map_json(analysis->map, page.first);
        add_tests(run, *analysis, crop ? &*crop : nullptr, page.details, json);
    }
    json["presentations"] = presentations_json(recorded, pictures, page.details);
    if (!run.learning.batch.empty()) json["learning"] = learning_json(run.learning, page.details);
    page.json["runs"].push_back(json);
}

}  // namespace analysis
