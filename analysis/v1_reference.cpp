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

/// A property of macaque cells shown drifting gratings; every second percentile, the least and the greatest among them.
/// Fewer, read as straight lines between them, hide steps of the distribution: distances come out too small by up to .03.
Reference ringach(const std::string& property, const std::string& cells, const std::string& units,
                  std::size_t n, const std::vector<double>& percentiles, const Histogram& counts = {}) {
    std::vector<double> fractions;
    for (std::size_t k = 0; k < percentiles.size(); ++k)
        fractions.push_back(static_cast<double>(k) / static_cast<double>(percentiles.size() - 1));
    return {.name = cells == "all" ? property : property + "_" + cells,
            .property = property,
            .cells = cells,
            .units = units,
            .citation = "Ringach, Shapley & Hawken (2002), J Neurosci 22:5639",
            .n = n,
            .fractions = std::move(fractions),
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
                {.0499, .0936, .111, .137, .155, .171, .189, .208, .216, .241, .277, .308, .328,
                 .344,  .374,  .383, .403, .431, .457, .476, .49,  .515, .538, .553, .582, .605,
                 .619,  .639,  .661, .667, .68,  .695, .704, .713, .727, .743, .763, .78,  .809,
                 .824,  .832,  .839, .847, .861, .868, .882, .902, .914, .933, .959, .991},
                even(1.0, {4, 21, 26, 17, 25, 20, 24, 22, 31, 33, 34, 37, 14})),
        ringach("circular_variance", "simple", "1", 124,
                {.0695, .0962, .11,  .114, .138, .157, .162, .177, .188, .204, .209, .212, .217,
                 .24,   .251,  .274, .311, .321, .331, .338, .372, .381, .388, .412, .432, .445,
                 .472,  .483,  .502, .512, .573, .617, .638, .662, .687, .704, .713, .729, .767,
                 .784,  .817,  .827, .837, .857, .865, .87,  .892, .919, .928, .949, .991}),
        ringach("circular_variance", "complex", "1", 184,
                {.0499, .0873, .128, .145, .175, .209, .24,  .29,  .317, .36,  .375, .391, .413,
                 .458,  .475,  .49,  .52,  .539, .552, .558, .582, .601, .613, .63,  .649, .663,
                 .667,  .671,  .685, .696, .704, .713, .723, .738, .753, .766, .781, .796, .823,
                 .831,  .836,  .842, .848, .861, .878, .884, .902, .913, .933, .96,  .981}),
        // the cells whose half-bandwidth is at most 90 deg
        ringach("half_bandwidth", "all", "deg", 300,
                {12.5, 14.5, 15,   15.5, 15.5, 16,   16.4, 16.5, 17,   17.4, 17.9, 18.5, 18.5,
                 19,   19.5, 19.9, 20,   20.5, 20.5, 21,   21.5, 22,   22,   22.5, 23,   23.25,
                 23.5, 23.7, 24.5, 25.2, 26,   26.5, 27,   27.5, 28,   29.1, 30.5, 31,   32.1,
                 33.6, 34.6, 36,   37,   37.5, 40,   43.6, 46,   51.1, 56,   65.5, 82.5},
                even(90.0, {0, 0, 27, 90, 68, 40, 32, 12, 10, 4, 8, 2, 4, 2, 0, 1, 0})),
        ringach("half_bandwidth", "simple", "deg", 121,
                {12.5, 14,   14.9, 15,   15.3, 15.5, 16,   16,   16.6, 17, 17,   17.2, 17.5,
                 18,   18.5, 18.5, 19.2, 19.5, 20,   20.3, 20.5, 20.5, 21, 21,   21.5, 21.5,
                 22,   22.5, 23.5, 23.5, 23.5, 25.2, 26.4, 27.5, 27.5, 28, 29.9, 30.5, 32,
                 32.8, 36,   36.7, 37,   38.1, 40,   44.5, 48.1, 51.8, 56, 62.1, 82.5}),
        ringach("half_bandwidth", "complex", "deg", 179,
                {14,   14.5, 15.1, 15.5, 16,   16.4, 16.5, 16.5, 17.5, 18.5, 18.5, 19,   19.4,
                 19.5, 20,   20.5, 21,   21.5, 22,   22,   22.5, 23,   23,   23,   23.5, 24,
                 24.5, 25,   25.5, 26,   26,   26.5, 27,   28,   28.5, 29.8, 31,   31.4, 32.6,
                 33.9, 34.2, 35,   36.3, 37,   38,   41.1, 45.1, 47.6, 54.9, 63,   71.5}),
        ringach("orth_pref", "all", "1", 308,
                {0,     0,     0,     0,    0,     0,     0,     .00568, .00972, .0135, .0171, .0226, .0278,
                 .0327, .0386, .0456, .052, .0647, .0744, .0846, .11,    .12,    .132,  .157,  .174,  .19,
                 .215,  .242,  .258,  .276, .299,  .316,  .333,  .359,   .383,   .405,  .425,  .44,   .459,
                 .471,  .497,  .519,  .556, .587,  .608,  .641,  .689,   .736,   .777,  .83,   .995},
                even(1.0, {115, 26, 22, 26, 22, 24, 20, 16, 12, 10, 10, 3, 2})),
        ringach("orth_pref", "simple", "1", 124,
                {0,     0,    0,     0,    0,    0,     0,     0,     0,     0,     .00274, .00623, .0085,
                 .0166, .021, .0241, .027, .03,  .0324, .0351, .0391, .0453, .0503, .0584,  .0691,  .0756,
                 .0917, .112, .125,  .139, .157, .19,   .219,  .248,  .282,  .313,  .329,   .348,   .375,
                 .425,  .456, .474,  .527, .572, .587,  .633,  .704,  .736,  .778,  .826,   .995}),
        ringach("orth_pref", "complex", "1", 184,
                {0,     0,     0,    0,    .00333, .00918, .0116, .0142, .0185, .0257, .0419, .0463, .0623,
                 .0673, .0823, .101, .112, .125,   .143,   .16,   .179,  .19,   .215,  .236,  .255,  .271,
                 .28,   .3,    .314, .334, .355,   .374,   .392,  .413,  .426,  .438,  .448,  .466,  .477,
                 .495,  .507,  .538, .572, .6,     .629,   .641,  .671,  .726,  .773,  .831,  .994}),
        ringach("F1_F0", "all", "1", 308,
                {.0136, .0663, .0838, .0914, .11,  .126, .141, .145, .151, .175, .183, .196, .212,
                 .228,  .24,   .269,  .296,  .303, .351, .39,  .424, .464, .497, .521, .549, .58,
                 .685,  .701,  .793,  .891,  1.03, 1.12, 1.22, 1.3,  1.37, 1.43, 1.47, 1.48, 1.51,
                 1.54,  1.57,  1.6,   1.64,  1.67, 1.7,  1.72, 1.75, 1.78, 1.81, 1.83, 1.87},
                even(2.0, {70, 48, 38, 17, 11, 11, 18, 40, 40, 15})),
        ringach(
            "spontaneous_over_peak", "all", "1", 308,
            {0,      0,      0,      0,      0,      0,      0,     0,     0,     0,     0,    0,     0,
             .00195, .00274, .00386, .00455, .00575, .00908, .0104, .0127, .0143, .0161, .018, .0233, .0263,
             .0285,  .0346,  .0385,  .0467,  .0527,  .0565,  .063,  .0729, .0828, .0963, .102, .114,  .121,
             .13,    .139,   .15,    .164,   .18,    .195,   .256,  .304,  .37,   .398,  .482, 1.06}),
        ringach(
            "spontaneous_over_peak", "simple", "1", 124,
            {0,      0,     0,     0,     0,     0,    0,     0,       0,      0,      0,      0,     0,
             0,      0,     0,     0,     0,     0,    0,     .000336, .00217, .00408, .00454, .0049, .00666,
             .00884, .0104, .0121, .0128, .0146, .016, .0176, .0189,   .0267,  .0364,  .0412,  .0506, .0587,
             .0782,  .0928, .0996, .109,  .13,   .143, .189,  .274,    .377,   .462,   .522,   .819}),
        ringach(
            "spontaneous_over_peak", "complex", "1", 184,
            {0,      0,     0,     0,     0,     0,     0,    0,     .00223, .00285, .00356, .0041, .00554,
             .00952, .0119, .0141, .0167, .022,  .0247, .026, .0281, .0309,  .0353,  .0385,  .0465, .0522,
             .0553,  .0586, .0651, .0724, .0807, .0882, .101, .11,   .118,   .123,   .128,   .133,  .14,
             .15,    .159,  .173,  .181,  .19,   .241,  .276, .311,  .359,   .385,   .421,   1.06}),
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
