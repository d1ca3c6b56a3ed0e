#include "analysis/analysis.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "analysis/measures.hpp"

namespace analysis {
namespace {

constexpr double kMapSmoothing = 1.0;  // sheet units

/// Empty of nothing: neurons without fields have no responses of these.
GratingResponses measured(std::vector<float> responses, const GratingAxes& axes) {
    if (responses.empty()) return {};
    Tuning tuning = measure_tuning(responses, axes);
    return {std::move(responses), std::move(tuning)};
}

/// Complex cells as they were recorded, or else a layer that pools the energy of the network.
GratingResponses complex_cells(const Subject& subject, std::vector<float> recorded,
                               const GratingResponses& network, const GratingAxes& axes) {
    return measured(!recorded.empty()
                        ? std::move(recorded)
                        : pool_energy(network.responses, network.tuning, subject.rows, subject.cols,
                                      subject.boundary, subject.complex, subject.seed),
                    axes);
}

/// Those of the cells that `analysis` compares; nothing if no grating drifted.
std::vector<Property> under_drift(const Subject& subject, const DriftRecording& drift,
                                  const Analysis& analysis) {
    if (drift.network.empty()) return {};
    const GratingResponses network = measured(drift.network, analysis.gratings);
    if (analysis.is_complex.empty()) return drift_properties(network.tuning);
    const GratingResponses complex = complex_cells(subject, drift.complex, network, analysis.gratings);
    return drift_properties(sample_of(network.tuning, complex.tuning, analysis.is_complex));
}

/// Empty where there is no sheet.
MapMeasures map_of(const Subject& subject, const Tuning& tuning) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    if (!subject.has_sheet) return {"network", {}, {}, {}, kNan, kNan, kNan, {}};
    std::vector<double> weight;
    for (const double circular_variance : tuning.circular_variance) weight.push_back(1.0 - circular_variance);
    return measure_map("network", tuning.preferred_orientation, weight, subject.rows, subject.cols,
                       kMapSmoothing, subject.boundary);
}

void append(std::vector<Property>& all, std::vector<Property> more) {
    std::ranges::move(more, std::back_inserter(all));
}

}  // namespace

Tuning Analysis::compared() const {
    return is_complex.empty() ? network.tuning : sample_of(network.tuning, complex.tuning, is_complex);
}

std::vector<double> Analysis::property(const std::string& name) const {
    const auto found = std::ranges::find_if(properties, [&](const Property& p) { return p.name == name; });
    if (found != properties.end()) return found->values;
    return std::vector<double>(network.tuning.size(), std::numeric_limits<double>::quiet_NaN());
}

double Analysis::measure(const std::string& name) const {
    const auto found = std::ranges::find_if(summary, [&](const Measure& m) { return m.name == name; });
    return found == summary.end() ? std::numeric_limits<double>::quiet_NaN() : found->value;
}

Analysis analyse(const Subject& subject, Recordings recordings, std::span<const Gabor> gabors) {
    Analysis result;
    result.run = subject.run;
    result.population = subject.population;
    result.response_units = recordings.response_units;
    result.gratings = std::move(recordings.gratings.axes);
    result.network = measured(std::move(recordings.gratings.network), result.gratings);
    result.linear = measured(std::move(recordings.gratings.linear), result.gratings);
    result.map = map_of(subject, result.network.tuning);
    if (subject.complex.fraction > 0.0) {
        result.complex =
            complex_cells(subject, std::move(recordings.gratings.complex), result.network, result.gratings);
        result.is_complex = pick_complex(subject.size(), subject.complex.fraction, subject.seed);
    }
    auto& all = result.properties = properties(result.compared());
    if (!gabors.empty()) append(all, gabor_properties(gabors));
    append(all, under_drift(subject, recordings.drift, result));
    append(all, contrast_properties(recordings.contrast));
    append(all, mask_properties(recordings.mask));
    append(all, size_properties(recordings.size, subject.size()));
    append(all, noise_properties(recordings.noise, subject));
    append(all, natural_properties(recordings.natural, subject.size()));
    append(all, blank_properties(recordings.blank));
    append(all, spontaneous_activity(recordings.blank, result));
    if (subject.has_sheet) append(all, map_properties(result.map, result.network.tuning));
    result.summary = summarise(subject, result.map, result.network.tuning, recordings.natural, gabors, all);
    result.comparisons = compare_with_v1(
        all, subject.seed, subject.has_sheet ? SheetSize{subject.rows, subject.cols} : SheetSize{});
    result.shapes = compare_shapes(result.property("nx"), result.property("ny"), subject.seed);
    result.drift = std::move(recordings.drift);
    result.contrast = std::move(recordings.contrast);
    result.mask = std::move(recordings.mask);
    result.size = std::move(recordings.size);
    result.noise = std::move(recordings.noise);
    result.natural = std::move(recordings.natural);
    result.blank = std::move(recordings.blank);
    result.protocols = std::move(recordings.protocols);
    return result;
}

}  // namespace analysis
