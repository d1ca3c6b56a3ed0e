#include "analysis/v1_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/error.hpp"

namespace analysis {
namespace {

struct Histogram {
    std::vector<double> edges, counts;
};

/// Counts in equal bins from 0 to `high`.
Histogram histogram(double high, std::vector<double> counts) {
    std::vector<double> edges{0.0};
    for (std::size_t i = 1; i <= counts.size(); ++i)
        edges.push_back(high * static_cast<double>(i) / static_cast<double>(counts.size()));
    return {std::move(edges), std::move(counts)};
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

std::vector<Reference> all() {
    return {
        ringach("circular_variance", "all", "1", 308,
                {.05, .116, .171, .277, .335, .383, .49, .605, .68, .743, .785, .832, .882, .92, .991},
                histogram(1.0, {4, 21, 26, 17, 25, 20, 24, 22, 31, 33, 34, 37, 14})),
        ringach("circular_variance", "simple", "1", 124,
                {.069, .111, .157, .209, .231, .274, .372, .445, .573, .704, .751, .817, .87, .923, .991}),
        ringach("circular_variance", "complex", "1", 184,
                {.05, .141, .209, .375, .443, .49, .582, .663, .704, .766, .817, .836, .884, .914, .981}),
        // the cells whose half-bandwidth is at most 90 deg
        ringach("half_bandwidth", "all", "deg", 300,
                {12.5, 15, 16, 17.9, 18.9, 19.9, 21.5, 23.25, 26, 29.2, 31.6, 34.6, 43.6, 54, 82.5},
                histogram(90.0, {0, 0, 27, 90, 68, 40, 32, 12, 10, 4, 8, 2, 4, 2, 0, 1, 0})),
        ringach("half_bandwidth", "simple", "deg", 121,
                {12.5, 15, 15.5, 17, 18, 18.5, 20.5, 21.5, 23.5, 28, 30.5, 36, 44.5, 54, 82.5}),
        ringach("orth_pref", "all", "1", 308,
                {0, 0, 0, .017, .03, .046, .11, .19, .299, .405, .45, .497, .641, .759, .995},
                histogram(1.0, {115, 26, 22, 26, 22, 24, 20, 16, 12, 10, 10, 3, 2})),
        ringach("orth_pref", "simple", "1", 124,
                {0, 0, 0, .003, .012, .024, .039, .076, .157, .313, .366, .456, .633, .758, .995}),
        ringach(
            "F1_F0", "all", "1", 308,
            {.014, .088, .126, .183, .219, .269, .424, .58, 1.027, 1.426, 1.5, 1.569, 1.724, 1.795, 1.872},
            histogram(2.0, {70, 48, 38, 17, 11, 11, 18, 40, 40, 15})),
        kaschube(),
    };
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

}  // namespace analysis
