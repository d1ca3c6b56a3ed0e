#include "analysis/v1_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "analysis/similarity.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

/// Counts in bins from 0 to `high`, evenly wide.
Histogram even(double high, std::vector<double> counts) {
    std::vector<double> edges{0.0};
    for (std::size_t i = 1; i <= counts.size(); ++i)
        edges.push_back(high * static_cast<double>(i) / static_cast<double>(counts.size()));
    return {std::move(edges), std::move(counts)};
}

/// Counts in bins whose edges go from `low` to `high` by equal factors.
Histogram geometric(double low, double high, std::vector<double> counts) {
    std::vector<double> edges;
    for (std::size_t i = 0; i <= counts.size(); ++i)
        edges.push_back(low *
                        std::pow(high / low, static_cast<double>(i) / static_cast<double>(counts.size())));
    return {std::move(edges), std::move(counts)};
}

/// The sum of counts in the same bins.
Histogram operator+(Histogram a, const Histogram& b) {
    std::transform(a.counts.begin(), a.counts.end(), b.counts.begin(), a.counts.begin(), std::plus<>());
    return a;
}

enum class Spread { linear, logarithmic };

double between(double low, double high, double part, Spread spread) {
    if (spread == Spread::linear) return std::lerp(low, high, part);
    return part < 1.0 ? low * std::pow(high / low, part) : high;  // exactly
}

/// Quantiles at `steps` places of each bin between the first and the last that hold cells, these spread
/// evenly in the value or its logarithm.
void set_quantiles(Reference& reference, Spread spread) {
    const auto& edges = reference.bin_edges;
    const int steps = spread == Spread::linear ? 1 : 16;
    double below = 0.0;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        const double count = reference.bin_counts[i], n = static_cast<double>(reference.n);
        if (!(count > 0.0)) continue;
        for (int k = 0; k <= steps; ++k) {
            const double part = static_cast<double>(k) / steps;
            reference.fractions.push_back((below + part * count) / n);
            reference.quantiles.push_back(between(edges[i], edges[i + 1], part, spread));
        }
        below += count;
    }
}

/// A property known by counts.
Reference counted(const std::string& property, const std::string& cells, const std::string& units,
                  const std::string& citation, const Histogram& counts, Spread spread) {
    Reference result{.name = cells == "all" ? property : property + "_" + cells,
                     .property = property,
                     .cells = cells,
                     .units = units,
                     .citation = citation,
                     .n = static_cast<std::size_t>(counts.total()),
                     .fractions = {},
                     .quantiles = {},
                     .bin_edges = counts.edges,
                     .bin_counts = counts.counts};
    set_quantiles(result, spread);
    return result;
}

/// A property of macaque cells shown drifting gratings; percentiles as in `fractions`.
Reference ringach(const std::string& property, const std::string& cells, const std::string& units,
                  std::size_t n, const std::vector<double>& percentiles, const Histogram& counts = {}) {
    return {.name = cells == "all" ? property : property + "_" + cells,
            .property = property,
            .cells = cells,
            .units = units,
            .citation = "Ringach, Shapley & Hawken (2002), J Neurosci 22:5639",
            .n = n,
            .fractions = {0, .05, .1, .2, .25, .3, .4, .5, .6, .7, .75, .8, .9, .95, 1},
            .quantiles = percentiles,
            .bin_edges = counts.edges,
            .bin_counts = counts.counts};
}

/// The pinwheel density that the maps of three mammals have in common.
Reference kaschube() {
    return {.name = "pinwheel_density",
            .property = "pinwheel_density",
            .cells = "all",
            .units = "pinwheels per squared wavelength",
            .citation = "Kaschube et al. (2010), Science 330:1113 (ferret, tree shrew and galago)",
            .n = 0,
            .fractions = {0, 1},
            .quantiles = {3.14, 3.14},
            .bin_edges = {},
            .bin_counts = {}};
}

std::vector<Reference> ringach_all() {
    return {
        ringach("circular_variance", "all", "1", 308,
                {.05, .116, .171, .277, .335, .383, .49, .605, .68, .743, .785, .832, .882, .92, .991},
                even(1.0, {4, 21, 26, 17, 25, 20, 24, 22, 31, 33, 34, 37, 14})),
        ringach("circular_variance", "simple", "1", 124,
                {.069, .111, .157, .209, .231, .274, .372, .445, .573, .704, .751, .817, .87, .923, .991}),
        ringach("circular_variance", "complex", "1", 184,
                {.05, .141, .209, .375, .443, .49, .582, .663, .704, .766, .817, .836, .884, .914, .981}),
        // the cells whose half-bandwidth is at most 90 deg
        ringach("half_bandwidth", "all", "deg", 300,
                {12.5, 15, 16, 17.9, 18.9, 19.9, 21.5, 23.25, 26, 29.2, 31.6, 34.6, 43.6, 54, 82.5},
                even(90.0, {0, 0, 27, 90, 68, 40, 32, 12, 10, 4, 8, 2, 4, 2, 0, 1, 0})),
        ringach("half_bandwidth", "simple", "deg", 121,
                {12.5, 15, 15.5, 17, 18, 18.5, 20.5, 21.5, 23.5, 28, 30.5, 36, 44.5, 54, 82.5}),
        ringach("orth_pref", "all", "1", 308,
                {0, 0, 0, .017, .03, .046, .11, .19, .299, .405, .45, .497, .641, .759, .995},
                even(1.0, {115, 26, 22, 26, 22, 24, 20, 16, 12, 10, 10, 3, 2})),
        ringach("orth_pref", "simple", "1", 124,
                {0, 0, 0, .003, .012, .024, .039, .076, .157, .313, .366, .456, .633, .758, .995}),
        ringach(
            "F1_F0", "all", "1", 308,
            {.014, .088, .126, .183, .219, .269, .424, .58, 1.027, 1.426, 1.5, 1.569, 1.724, 1.795, 1.872},
            even(2.0, {70, 48, 38, 17, 11, 11, 18, 40, 40, 15})),
    };
}

/// Of gratings, in bins of 45 deg round 0, 45, 90 and 135 deg.
Reference preferred_orientation() {
    auto result =
        counted("preferred_orientation", "all", "deg", "De Valois, Yund & Hepler (1982), Vision Res 22:531",
                {{-22.5, 22.5, 67.5, 112.5, 157.5}, {110, 83, 100, 92}}, Spread::linear);
    result.period = 180.0;
    return result;
}

std::vector<Reference> peak_spatial_frequencies() {
    const auto bins = [](std::vector<double> counts) {
        return Histogram{{.35, .5, .7, 1, 1.4, 2, 2.8, 4, 5.6, 8, 11.2, 16, 22.4}, std::move(counts)};
    };
    const auto simple_foveal = bins({0, 4, 4, 8, 25, 33, 26, 28, 12, 5, 2, 1});
    const auto complex_foveal = bins({0, 0, 0, 9, 9, 7, 10, 23, 12, 8, 3, 3});
    const auto simple_parafoveal = bins({2, 4, 10, 12, 18, 7, 18, 3, 4, 0, 0, 0});
    const auto complex_parafoveal = bins({1, 2, 1, 2, 5, 15, 13, 9, 3, 2, 0, 0});
    const auto of = [](const std::string& cells, const Histogram& counts) {
        auto result =
            counted("peak_spatial_frequency", cells, "cycles/deg",
                    "De Valois, Albrecht & Thorell (1982), Vision Res 22:545", counts, Spread::logarithmic);
        result.scaled = true;
        return result;
    };
    return {of("all", simple_foveal + complex_foveal + simple_parafoveal + complex_parafoveal),
            of("simple", simple_foveal + simple_parafoveal),
            of("complex", complex_foveal + complex_parafoveal),
            of("simple_foveal", simple_foveal),
            of("complex_foveal", complex_foveal),
            of("simple_parafoveal", simple_parafoveal),
            of("complex_parafoveal", complex_parafoveal)};
}

/// The 73 of 87 cells whose responses fall on both sides of the peak.
std::vector<Reference> schiller() {
    const auto simple = even(100.0, {0, 0, 0, 6, 5, 10, 7, 2, 0, 0});
    const auto complex = even(100.0, {0, 3, 4, 10, 17, 6, 2, 1, 0, 0});
    const auto of = [](const std::string& cells, const Histogram& counts) {
        return counted("schiller_index", cells, "1",
                       "Schiller, Finlay & Volman (1976), J Neurophysiol 39:1334", counts, Spread::linear);
    };
    return {of("all", simple + complex), of("simple", simple), of("complex", complex)};
}

/// Suppression of 190 cells; sizes of those suppressed by more than 10 %.
std::vector<Reference> cavanaugh() {
    const std::string citation = "Cavanaugh, Bair & Movshon (2002), J Neurophysiol 88:2530";
    const auto diameter = [&](const std::string& property, std::vector<double> counts) {
        auto result = counted(property, "all", "deg", citation, geometric(0.0625, 16.0, std::move(counts)),
                              Spread::logarithmic);
        result.scaled = true;
        return result;
    };
    return {counted("suppression_index", "all", "1", citation, even(2.0, {66, 44, 38, 23, 16, 3, 0, 0, 0, 0}),
                    Spread::linear),
            diameter("summation_field", {0, 9, 30, 55, 42, 10, 2, 0}),
            diameter("surround_diameter", {0, 0, 2, 20, 33, 49, 40, 4}),
            counted("surround_ratio", "all", "1", citation, geometric(1.0, 32.0, {69, 38, 31, 10, 0}),
                    Spread::logarithmic)};
}

ShapeReference ringach_shapes() {
    return {.citation = "Ringach (2002), J Neurophysiol 88:455",
            .edges = geometric(0.1, std::pow(10.0, 0.2), std::vector<double>(5)).edges,
            .counts = {2, 0, 1,  0,  0,  //
                       8, 9, 4,  1,  0,  //
                       1, 2, 19, 17, 3,  //
                       0, 0, 1,  7,  4,  //
                       0, 0, 0,  0,  0}};
}

/// Sums over the other width.
std::vector<Reference> widths() {
    const auto& shapes = v1_shapes();
    const auto n = shapes.edges.size() - 1;
    Histogram nx{shapes.edges, std::vector<double>(n)}, ny = nx;
    for (std::size_t i = 0; i < n * n; ++i) {
        nx.counts[i / n] += shapes.counts[i];
        ny.counts[i % n] += shapes.counts[i];
    }
    const auto of = [&](const std::string& property, const Histogram& counts) {
        return counted(property, "all", "cycles", shapes.citation, counts, Spread::logarithmic);
    };
    return {of("nx", nx), of("ny", ny)};
}

std::vector<Reference> all() {
    std::vector<Reference> result = ringach_all();
    const auto add = [&](const std::vector<Reference>& more) {
        result.insert(result.end(), more.begin(), more.end());
    };
    add({preferred_orientation()});
    add(peak_spatial_frequencies());
    add(schiller());
    add(cavanaugh());
    add(widths());
    add({kaschube()});
    return result;
}

}  // namespace

std::span<const Reference> v1_references() {
    static const std::vector<Reference> references = all();
    return references;
}

const Reference& v1_reference(std::string_view name) {
    const auto references = v1_references();
    const auto found = std::find_if(references.begin(), references.end(),
                                    [&](const Reference& r) { return r.name == name; });
    if (found != references.end()) return *found;
    std::vector<std::string> known;
    for (const auto& reference : references) known.push_back(reference.name);
    throw sim::Error(
        fmt::format("there is no V1 reference \"{}\"; there are: {}", name, fmt::join(known, ", ")));
}

const ShapeReference& v1_shapes() {
    static const ShapeReference shapes = ringach_shapes();
    return shapes;
}

}  // namespace analysis
