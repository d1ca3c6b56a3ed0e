#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "analysis/similarity.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

constexpr std::size_t kResamples = 1000;
constexpr std::uint64_t kShapeStreams = 1000, kShapeCeilingStreams = 2000;

using Values = std::vector<double>;

/// Side of a block of neighbours [places], about a wavelength of the map.
constexpr std::size_t kBlock = 8;

/// What some neurons have, and the block of the sheet that each is in; empty where they are on none.
struct Cells {
    Values values;
    std::vector<std::uint32_t> blocks;
};

// ---- which neurons, and in which units

const Property* find(std::span<const Property> properties, const std::string& name) {
    const auto found = std::ranges::find(properties, name, &Property::name);
    return found != properties.end() ? &*found : nullptr;
}

/// Whether neurons of this F1/F0 are such cells. NaN, of a neuron that does not respond, is neither.
bool is_among(const std::string& cells, double F1_F0) {
    if (cells.starts_with("simple")) return F1_F0 > 1.0;
    return cells.starts_with("complex") && F1_F0 <= 1.0;
}

std::uint32_t block_of(std::size_t i, const SheetSize& sheet) {
    const std::size_t per_row = (sheet.cols + kBlock - 1) / kBlock;
    return static_cast<std::uint32_t>(i / sheet.cols / kBlock * per_row + i % sheet.cols / kBlock);
}

/// The values of the neurons that have one and are such cells; `F1_F0` may be null for all cells.
Cells measured(const Property& property, const std::string& cells, const Property* F1_F0,
               const SheetSize& sheet) {
    if (F1_F0 != nullptr && F1_F0->values.size() != property.values.size())
        throw sim::Error(fmt::format("compare: {} is of {} neurons, F1_F0 of {}", property.name,
                                     property.values.size(), F1_F0->values.size()));
    const bool is_on_sheet = sheet.rows * sheet.cols == property.values.size();
    Cells measured;
    for (std::size_t i = 0; i < property.values.size(); ++i) {
        const bool is_meant = cells == "all" || is_among(cells, F1_F0->values[i]);
        if (!is_meant || !std::isfinite(property.values[i])) continue;
        measured.values.push_back(property.values[i]);
        if (is_on_sheet) measured.blocks.push_back(block_of(i, sheet));
    }
    return measured;
}

void divide(Values& values, double by) {
    for (double& value : values) value /= by;
}

Values divided_by_median(Values values) {
    divide(values, median(values));
    return values;
}

Values wrapped(Values values, double from, double period) {
    for (double& value : values) value -= period * std::floor((value - from) / period);
    return values;
}

Reference divided_by_median(Reference reference) {
    const double by = reference.distribution().median();
    divide(reference.quantiles, by);
    divide(reference.bin_edges, by);
    return reference;
}

// ---- similarity

/// Bins of a tenth of the cells each; where many cells share a value, fewer.
Histogram tenths(const Reference& reference) {
    const auto distribution = reference.distribution();
    Histogram result;
    for (int k = 0; k <= 10; ++k) {
        const double edge = distribution.quantile(0.1 * k);
        if (result.edges.empty() || edge > result.edges.back()) result.edges.push_back(edge);
    }
    double below = 0.0;
    for (std::size_t i = 1; i < result.edges.size(); ++i) {
        const double next = i + 1 < result.edges.size() ? distribution.cdf_below(result.edges[i]) : 1.0;
        result.counts.push_back((next - below) * static_cast<double>(reference.n));
        below = next;
    }
    return result;
}

Histogram bins_of(const Reference& reference) {
    return reference.bin_edges.empty() ? tenths(reference)
                                       : Histogram{reference.bin_edges, reference.bin_counts};
}

void set_similarity(Comparison& comparison, const Values& values, const Reference& reference,
                    std::uint64_t seed) {
    const auto macaque = bins_of(reference);
    if (macaque.counts.size() < 2) return;
    const auto model = histogram(values, macaque.edges);
    comparison.similarity = resampled_similarity(model, macaque, reference.n, seed, kResamples);
    comparison.similarity_ceiling = resampled_similarity(macaque, macaque, reference.n, seed, kResamples);
}

// ---- one property beside one reference

/// `values` and `reference` in the same units and in the reference's range.
Comparison compare(const Cells& cells, const Reference& reference, std::uint64_t seed) {
    const auto& [values, blocks] = cells;
    const auto macaque = reference.distribution();
    const auto ks = [&](const Distribution& model) { return ks_distance(model, macaque); };
    const auto wasserstein = [&](const Distribution& model) { return wasserstein_distance(model, macaque); };
    Comparison result{.property = reference.property,
                      .citation = reference.citation,
                      .ks = bootstrap(values, blocks, ks, seed, kResamples),
                      .wasserstein = bootstrap(values, blocks, wasserstein, seed, kResamples),
                      .median_model = median(values),
                      .median_macaque = macaque.median(),
                      .ceiling = expected_ks(macaque, values.size(), seed),
                      .n = values.size(),
                      .n_effective = effective_number(values, blocks),
                      .reference = reference.name,
                      .cells = reference.cells,
                      .units = reference.units,
                      .n_macaque = reference.n};
    result.p_value = ks_p_value(result.ks.value, result.n_effective, static_cast<double>(reference.n));
    set_similarity(result, values, reference, seed);
    return result;
}

Comparison compare_scaled(const Cells& cells, const Reference& reference, std::uint64_t seed) {
    auto result =
        compare({divided_by_median(cells.values), cells.blocks}, divided_by_median(reference), seed);
    result.median_model = median(cells.values);
    result.median_macaque = reference.distribution().median();
    result.scaled = true;
    return result;
}

Comparison compare_circular(const Cells& cells, const Reference& reference, std::uint64_t seed) {
    const double from = reference.bin_edges.empty() ? 0.0 : reference.bin_edges.front();
    auto result = compare({wrapped(cells.values, from, reference.period), cells.blocks}, reference, seed);
    result.median_model = result.median_macaque = Comparison::none;
    return result;
}

Comparison beside(const Cells& cells, const Reference& reference, std::uint64_t seed) {
    if (reference.scaled) return compare_scaled(cells, reference, seed);
    if (reference.period > 0.0) return compare_circular(cells, reference, seed);
    return compare(cells, reference, seed);
}

/// Joint counts of the pairs of which neither is NaN, shape (n_bins, n_bins).
Values joint_counts(std::span<const double> nx, std::span<const double> ny, std::span<const double> edges) {
    if (nx.size() != ny.size())
        throw sim::Error(
            fmt::format("compare: {} widths across the bars and {} along them", nx.size(), ny.size()));
    const auto n = edges.size() - 1;
    Values counts(n * n, 0.0);
    for (std::size_t i = 0; i < nx.size(); ++i)
        if (std::isfinite(nx[i]) && std::isfinite(ny[i]))
            counts[bin_of(nx[i], edges) * n + bin_of(ny[i], edges)] += 1.0;
    return counts;
}

/// Adds that of those that are not NaN.
void add_distance(std::vector<Distance>& all, std::string_view property, const Values& values) {
    Values known;
    std::ranges::copy_if(values, std::back_inserter(known),
                         [](double value) { return std::isfinite(value); });
    if (known.empty()) return;
    const double ks = ks_distance(Distribution::from_sample(known), v1_reference(property).distribution());
    all.push_back({std::string(property), ks, known.size()});
}

}  // namespace

std::vector<Comparison> compare_with_v1(std::span<const Property> all, std::uint64_t seed,
                                        const SheetSize& sheet, std::span<const Reference> more) {
    std::vector<Reference> references(v1_references().begin(), v1_references().end());
    references.insert(references.end(), more.begin(), more.end());
    const auto* F1_F0 = find(all, "F1_F0");
    std::vector<Comparison> result;
    for (const Property& property : all)
        for (const Reference& reference : references) {
            const bool of_all = reference.cells == "all";
            if (reference.property != property.name || reference.n == 0) continue;
            if (!of_all && F1_F0 == nullptr) continue;
            const Cells cells = measured(property, reference.cells, of_all ? nullptr : F1_F0, sheet);
            result.push_back(beside(cells, reference, seed));
        }
    return result;
}

std::vector<Distance> compare_learned(std::span<const Property> all) {
    const auto* nx = find(all, "nx");
    std::vector<Distance> result;
    for (const std::string_view name : kBesideMacaque) {
        const auto* property = find(all, std::string(name));
        if (nx == nullptr || property == nullptr || property->values.size() != nx->values.size()) continue;
        Values values;
        for (std::size_t i = 0; i < nx->values.size(); ++i)
            if (std::isfinite(nx->values[i])) values.push_back(property->values[i]);
        add_distance(result, name, values);
    }
    return result;
}

std::vector<Distance> compare_drift(std::span<const Property> all) {
    std::vector<Distance> result;
    for (const std::string_view name : kBesideMacaque)
        if (const auto* property = find(all, kOfDrift + std::string(name)))
            add_distance(result, name, property->values);
    return result;
}

std::vector<Property> properties(const Tuning& tuning) {
    std::vector<Property> result;
    const auto add = [&](const char* name, const char* units, const Values& values) {
        if (values.empty()) return;
        result.push_back({name, units, values});
        for (std::size_t i = 0; i < values.size(); ++i)
            if (tuning.responds[i] == 0) result.back().values[i] = Comparison::none;
    };
    add("circular_variance", "1", tuning.circular_variance);
    add("half_bandwidth", "deg", tuning.half_bandwidth);
    add("orth_pref", "1", tuning.orth_pref);
    add("F1_F0", "1", tuning.F1_F0);
    add("preferred_orientation", "deg", tuning.preferred_orientation);
    add("peak_spatial_frequency", "cycles/px", tuning.peak_spatial_frequency);
    add("OSI", "1", tuning.OSI);
    add("frequency_bandwidth", "octaves", tuning.frequency_bandwidth);
    add("schiller_index", "1", tuning.schiller_index);
    return result;
}

bool has_too_few(const Comparison& comparison) { return comparison.n > 0 && comparison.n < kFewestNeurons; }

double overall_score(std::span<const Comparison> comparisons) {
    std::map<std::string, Values> scores;  // of each property
    for (const Comparison& c : comparisons) {
        if (c.cells != "all" || has_too_few(c) || std::isnan(c.similarity_ceiling.value)) continue;
        const double ratio = c.n == 0 ? 0.0 : c.similarity.value / c.similarity_ceiling.value;
        scores[c.property].push_back(std::min(ratio, 1.0));
    }
    double sum = 0.0;
    for (const auto& [property, of_it] : scores)
        sum += std::accumulate(of_it.begin(), of_it.end(), 0.0) / static_cast<double>(of_it.size());
    return scores.empty() ? Comparison::none : sum / static_cast<double>(scores.size());
}

ShapeComparison compare_shapes(std::span<const double> nx, std::span<const double> ny, std::uint64_t seed) {
    const auto& macaque = v1_shapes();
    const auto model = joint_counts(nx, ny, macaque.edges);
    const auto n = static_cast<std::size_t>(std::accumulate(model.begin(), model.end(), 0.0));
    if (n == 0)
        return {
            macaque.citation, {Comparison::none, Comparison::none, Comparison::none}, Comparison::none, 0};
    Values of_model(kResamples), of_macaque(kResamples);
    for (std::size_t i = 0; i < kResamples; ++i) {
        of_model[i] = kl_divergence(macaque.counts, resampled_counts(model, n, seed, kShapeStreams + i));
        of_macaque[i] = kl_divergence(macaque.counts,
                                      resampled_counts(macaque.counts, n, seed, kShapeCeilingStreams + i));
    }
    const double expected = std::accumulate(of_macaque.begin(), of_macaque.end(), 0.0) / kResamples;
    return {macaque.citation,
            {kl_divergence(macaque.counts, model), quantile(of_model, 0.025), quantile(of_model, 0.975)},
            expected,
            n};
}

}  // namespace analysis
