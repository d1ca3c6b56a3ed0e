#include "analysis/measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/contrast_response.hpp"
#include "analysis/numbers.hpp"
#include "analysis/population_activity.hpp"
#include "analysis/receptive_field.hpp"
#include "analysis/sheet_order.hpp"
#include "analysis/size_tuning.hpp"
#include "analysis/statistics.hpp"

namespace analysis {
namespace {

/// One number of each of `all`, by `get`.
template <class Each, class Get>
std::vector<double> each(const std::vector<Each>& all, Get get) {
    std::vector<double> values;
    for (const Each& one : all) values.push_back(get(one));
    return values;
}

/// Values of some neurons among all N; NaN for the others.
std::vector<double> spread_out(const std::vector<double>& values, const std::vector<std::uint64_t>& neurons,
                               std::size_t n) {
    std::vector<double> all(n, kNan);
    for (std::size_t k = 0; k < neurons.size(); ++k) all.at(neurons[k]) = values[k];
    return all;
}

/// A property of no values if there is none of this name.
Property named(std::span<const Property> properties, const std::string& name) {
    const auto found =
        std::ranges::find_if(properties, [&](const Property& property) { return property.name == name; });
    return found == properties.end() ? Property{name, "1", {}} : *found;
}

std::vector<double> values_of(std::span<const Property> properties, const std::string& name) {
    return named(properties, name).values;
}

Spikes spikes_of(const NaturalRecording& recording, std::size_t n_neurons) {
    return {recording.timestamps, recording.node_ids, n_neurons};
}

/// Mean over repeated frames of each neuron's Fano factor over the repeats of one.
std::vector<double> fano_over_repeats(const NaturalRecording& recording, std::size_t n_neurons) {
    std::vector<double> sum(n_neurons, 0.0), n(n_neurons, 0.0);
    for (std::size_t frame = 0; frame < recording.n_repeated; ++frame) {
        const sim::Time begin = recording.start_of_repeats(frame);
        const sim::Time end = recording.start_of_repeats(frame + 1);
        const auto fano = fano_factors(spikes_of(recording, n_neurons), begin, end, recording.T);
        for (std::size_t i = 0; i < n_neurons; ++i) {
            if (!std::isfinite(fano[i])) continue;
            sum[i] += fano[i];
            n[i] += 1.0;
        }
    }
    for (std::size_t i = 0; i < n_neurons; ++i) sum[i] = n[i] > 0.0 ? sum[i] / n[i] : kNan;
    return sum;
}

std::vector<double> rates(const NaturalRecording& recording, std::size_t n_neurons) {
    constexpr double kMsPerS = 1000.0;
    const double duration = recording.start_of_repeats(0);
    std::vector<double> rate(n_neurons, 0.0);
    for (std::size_t k = 0; k < recording.timestamps.size() && recording.timestamps[k] < duration; ++k)
        rate[recording.node_ids[k]] += kMsPerS / duration;
    return rate;
}

}  // namespace

std::vector<Property> gabor_properties(std::span<const Gabor> gabors) {
    const std::vector<Gabor> all(gabors.begin(), gabors.end());
    const auto of_good = [&](auto get) {
        return each(
            all, [get](const Gabor& g) { return g.explained_variance >= kLeastExplained ? get(g) : kNan; });
    };
    return {
        {"nx", "cycles", of_good([](const Gabor& g) { return g.nx(); }),
         "width of the Gabor function across its bars"},
        {"ny", "cycles", of_good([](const Gabor& g) { return g.ny(); }), "its width along the bars"},
        {"gabor_orientation", "deg", of_good([](const Gabor& g) { return g.orientation; }),
         "orientation of its bars, counter-clockwise from horizontal"},
        {"gabor_frequency", "cycles/px", of_good([](const Gabor& g) { return g.frequency; }),
         "its frequency"},
        {"gabor_phase", "deg", of_good([](const Gabor& g) { return g.phase; }),
         "its phase, from its own centre"},
        {"gabor_row", "px", of_good([](const Gabor& g) { return g.row; }), "row of its centre in the frame"},
        {"gabor_col", "px", of_good([](const Gabor& g) { return g.col; }),
         "column of its centre in the frame"},
        {"gabor_explained", "1", each(all, [](const Gabor& g) { return g.explained_variance; }),
         "variance of the field that its Gabor function explains; the others are NaN below 0.7"}};
}

std::vector<Property> drift_properties(const Tuning& tuning) {
    std::vector<Property> all;
    for (Property& one : properties(tuning))
        if (std::ranges::find(kBesideMacaque, one.name) != kBesideMacaque.end())
            all.push_back({kOfDrift + one.name, one.units, std::move(one.values),
                           one.name + " under gratings that drift, of the cells compared"});
    return all;
}

std::vector<Property> contrast_properties(const ContrastRecording& recording) {
    if (recording.contrast.empty()) return {};
    const auto fits = fit_naka_rushtons(recording.contrast, recording.responses);
    return {{"c50", "1", each(fits, [](const NakaRushton& f) { return f.c50; }),
             "contrast (norm of a frame) of half the saturated response, by Naka & Rushton's function"},
            {"contrast_exponent", "1", each(fits, [](const NakaRushton& f) { return f.n; }), "its exponent"}};
}

std::vector<Property> mask_properties(const MaskRecording& recording) {
    if (recording.alone.empty()) return {};
    const std::vector<double> alone(recording.alone.begin(), recording.alone.end()),
        masked(recording.masked.begin(), recording.masked.end());
    return {{"cross_orientation_suppression", "1", cross_orientation_suppression(alone, masked),
             "1 - response to the best grating with one across it / response to it alone"}};
}

std::vector<Property> size_properties(const SizeRecording& recording, std::size_t n_neurons) {
    if (recording.neuron.empty()) return {};
    const auto tunings = measure_size_tunings(recording.diameter, recording.responses);
    const auto of_all = [&](auto get) { return spread_out(each(tunings, get), recording.neuron, n_neurons); };
    return {{"suppression_index", "1", of_all([](const SizeTuning& t) { return t.suppression_index; }),
             "(peak - response at the largest diameter) / peak; NaN of neurons not tested"},
            {"summation_field", "px", of_all([](const SizeTuning& t) { return t.summation_field; }),
             "smallest diameter of at least 95 % of the peak response"},
            {"surround_diameter", "px", of_all([](const SizeTuning& t) { return t.surround_diameter; }),
             "smallest diameter beyond, of the response at the largest"},
            {"surround_ratio", "1", of_all([](const SizeTuning& t) { return t.surround_ratio; }),
             "the one over the other"}};
}

std::vector<Property> noise_properties(const NoiseRecording& recording, const Subject& subject) {
    if (recording.n_frames == 0 || subject.Phi.empty()) return {};
    const std::size_t M = subject.height * subject.width;
    const auto correlation = [&](const std::vector<float>& averages) {
        std::vector<double> values;
        for (std::size_t i = 0; i < subject.size(); ++i)
            values.push_back(field_correlation(std::span(averages).subspan(i * M, M),
                                               std::span(subject.Phi).subspan(i * M, M)));
        return values;
    };
    return {{"sta_white", "1", correlation(recording.white),
             "correlation of the spike-triggered average under white noise with the receptive field"},
            {"sta_sparse", "1", correlation(recording.sparse), "the same under sparse noise"}};
}

std::vector<Property> natural_properties(const NaturalRecording& recording, std::size_t n_neurons) {
    if (recording.n_frames == 0) return {};
    return {{"rate", "Hz", rates(recording, n_neurons), "mean rate under held-out frames"},
            {"lifetime_sparseness", "1", measure_sparseness(recording.codes, n_neurons).lifetime,
             "of the code over held-out frames, 0 to 1"},
            {"cv_of_intervals", "1", interval_variation(spikes_of(recording, n_neurons)),
             "coefficient of variation of the intervals between spikes under held-out frames"},
            {"fano_factor", "1", fano_over_repeats(recording, n_neurons),
             "variance over mean of the spike counts when a frame is shown again; 0 without noise"}};
}

std::vector<Property> blank_properties(const BlankRecording& recording) {
    if (recording.n_spikes.empty()) return {};
    std::vector<double> rate;
    for (const std::uint64_t n : recording.n_spikes)
        rate.push_back(1e3 * static_cast<double>(n) / recording.duration);
    return {{"spontaneous_rate", "Hz", std::move(rate), "mean rate when nothing is shown"}};
}

namespace {

/// Of each neuron the greatest response to a grating, mean over its phases.
std::vector<double> peaks(std::span<const float> responses, const GratingAxes& axes) {
    const std::size_t n_phases = axes.phase.size(), n = axes.size();
    std::vector<double> all;
    for (std::size_t first = 0; first < responses.size(); first += n) {
        double peak = 0.0;
        for (std::size_t k = first; k < first + n; k += n_phases) {
            const auto phases = responses.subspan(k, n_phases);
            peak = std::max(
                peak, std::accumulate(phases.begin(), phases.end(), 0.0) / static_cast<double>(n_phases));
        }
        all.push_back(peak);
    }
    return all;
}

}  // namespace

std::vector<Property> spontaneous_activity(const BlankRecording& recording, const Analysis& analysis) {
    if (recording.responses.empty()) return {};
    std::vector<double> ratio;
    const auto add = [&](double spontaneous, double peak) {
        ratio.push_back(peak > 0.0 ? spontaneous / peak : std::numeric_limits<double>::quiet_NaN());
    };
    const std::vector<double> peak = peaks(analysis.network.responses, analysis.gratings),
                              peak_of_complex = peaks(analysis.complex.responses, analysis.gratings);
    for (std::size_t i = 0; i < recording.responses.size(); ++i) {
        if (analysis.is_complex.empty() || analysis.is_complex[i] == 0)
            add(static_cast<double>(recording.responses[i]), peak[i]);
        else if (!recording.complex.empty())
            add(static_cast<double>(recording.complex[i]), peak_of_complex[i]);
        else
            add(0.0, 0.0);  // of the layer that pools energy nothing is known
    }
    return {{"spontaneous_over_peak", "1", std::move(ratio),
             "response when nothing is shown over that to the best grating, mean over its phases"}};
}

std::vector<Property> map_properties(const MapMeasures& measures, const Tuning& tuning) {
    constexpr double kHomogeneityScale = 2.0;  // sheet units
    const OrientationMap& map = measures.map;
    return {
        {"local_homogeneity", "1",
         local_homogeneity(tuning.preferred_orientation, map.rows, map.cols, kHomogeneityScale, map.boundary),
         "likeness of the preferred orientations around, 0 to 1, within about 2 sheet units"},
        {"pinwheel_distance", "1", pinwheel_distance(measures.pinwheels, map.rows, map.cols, map.boundary),
         "distance to the nearest pinwheel, in sheet units"}};
}

namespace {

/// What the natural frames say of the network as a whole.
void add_activity(std::vector<Measure>& all, const Subject& subject, const NaturalRecording& natural) {
    if (natural.n_frames == 0) return;
    const auto sparseness = measure_sparseness(natural.codes, subject.size());
    all.push_back({"population_sparseness", "1", "of the code of a held-out frame, mean over frames, 0 to 1",
                   mean(finite(sparseness.population))});
    if (!subject.has_sheet) return;
    const std::vector<double> edges{0.5, 2.0, 5.0, 10.0};
    const auto correlation =
        correlation_by_distance(natural.codes, subject.rows, subject.cols, subject.boundary, edges);
    all.push_back({"correlation_near", "1", "of codes of neurons up to 2 sheet units apart",
                   correlation.correlation[0]});
    all.push_back({"correlation_far", "1", "of codes of neurons 5 to 10 sheet units apart",
                   correlation.correlation[2]});
}

void add_map(std::vector<Measure>& all, const MapMeasures& map) {
    all.push_back({"neighbour_difference", "deg", "in preferred orientation, of neighbours; 45 by chance",
                   map.neighbour_difference});
    all.push_back({"wavelength", "1", "of the orientation map, in sheet units", map.wavelength});
    all.push_back(
        {"pinwheel_density", "1", "pinwheels per squared wavelength; pi in mammals", map.pinwheel_density});
    all.push_back(
        {"map_quality", "1", "how near the density is to pi, 0 to 1", map_quality(map.pinwheel_density)});
}

/// What the sheet's order says beside the map of orientation.
void add_order(std::vector<Measure>& all, const Subject& subject, const Tuning& tuning,
               std::span<const Property> properties) {
    const auto frequency =
        frequency_likeness(tuning.peak_spatial_frequency, subject.rows, subject.cols, subject.boundary);
    all.push_back({"frequency_difference", "octaves", "of the spatial frequencies of neighbours",
                   frequency.neighbours});
    all.push_back(
        {"frequency_difference_by_chance", "octaves", "the same of any two neurons", frequency.by_chance});
    const auto phases = values_of(properties, "gabor_phase");
    if (phases.empty()) return;  // there are no fields
    const auto phase = phase_likeness(phases, subject.rows, subject.cols, subject.boundary);
    all.push_back(
        {"phase_difference", "deg", "of the phases of neighbours' fields; 90 by chance", phase.neighbours});
    if (!subject.is_retinotopic) return;
    const auto place = retinotopy(values_of(properties, "gabor_row"), values_of(properties, "gabor_col"),
                                  subject.rows, subject.cols);
    all.push_back({"retinotopy", "1", "correlation of fields' rows with neurons' rows", place.row});
    all.push_back(
        {"retinotopic_scatter", "px", "distance of fields from where the sheet says", place.scatter});
}

}  // namespace

std::vector<Measure> summarise(const Subject& subject, const MapMeasures& map, const Tuning& tuning,
                               const NaturalRecording& natural, std::span<const Gabor> gabors,
                               std::span<const Property> properties) {
    std::vector<Measure> all;
    if (subject.has_sheet) add_map(all, map);
    const auto n_good =
        std::ranges::count_if(gabors, [](const Gabor& g) { return g.explained_variance >= kLeastExplained; });
    if (!gabors.empty())
        all.push_back({"gabor_fraction", "1", "of neurons whose field a Gabor function explains",
                       static_cast<double>(n_good) / static_cast<double>(gabors.size())});
    for (const char* name :
         {"suppression_index", "cross_orientation_suppression", "c50", "sta_white", "sta_sparse", "rate",
          "spontaneous_rate", "lifetime_sparseness", "cv_of_intervals", "fano_factor"})
        if (const Property property = named(properties, name); !finite(property.values).empty())
            all.push_back({std::string("median_") + name, property.units, "median over neurons",
                           median(finite(property.values))});
    for (const Distance& one : compare_drift(properties))
        all.push_back({kOfDrift + "ks_" + one.property, "1",
                       "Kolmogorov-Smirnov distance to all cells of macaque V1, under gratings that drift",
                       one.ks});
    if (const auto index = finite(values_of(properties, "suppression_index")); !index.empty())
        all.push_back({"suppressed_fraction", "1",
                       "of the neurons tested whose suppression index is above 0.1",
                       static_cast<double>(std::ranges::count_if(index, [](double x) { return x > 0.1; })) /
                           static_cast<double>(index.size())});
    if (subject.has_sheet) add_order(all, subject, tuning, properties);
    add_activity(all, subject, natural);
    return all;
}

}  // namespace analysis
