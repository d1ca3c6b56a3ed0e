#include "analysis/v1_reference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/error.hpp"

namespace analysis {
namespace {

constexpr const char* ringach = "Ringach, Shapley & Hawken (2002), J Neurosci 22:5639";
constexpr const char* kaschube = "Kaschube et al. (2010), Science 330:1113 (ferret, tree shrew and galago)";

/// n + 1 edges of n equal bins.
std::vector<double> edges(double low, double high, std::size_t n) {
    std::vector<double> result(n + 1);
    for (std::size_t i = 0; i <= n; ++i)
        result[i] = low + (high - low) * static_cast<double>(i) / static_cast<double>(n);
    return result;
}

// Macaque, 308 neurons, drifting gratings; simple: F1/F0 > 1. Bandwidths above 90 deg are not counted.
std::vector<Reference> all() {
    const std::vector<double> fractions{0.0, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 1.0};
    return {
        {"circular_variance", "circular_variance", "all", "1", ringach, 308, fractions,
         {.05, .116, .171, .277, .335, .383, .49, .605, .68, .743, .785, .832, .882, .92, .991},
         edges(0.0, 1.0, 13), {4, 21, 26, 17, 25, 20, 24, 22, 31, 33, 34, 37, 14}},
        {"circular_variance_simple", "circular_variance", "simple", "1", ringach, 124, fractions,
         {.069, .111, .157, .209, .231, .274, .372, .445, .573, .704, .751, .817, .87, .923, .991}, {}, {}},
        {"circular_variance_complex", "circular_variance", "complex", "1", ringach, 184, fractions,
         {.05, .141, .209, .375, .443, .49, .582, .663, .704, .766, .817, .836, .884, .914, .981}, {}, {}},
        {"half_bandwidth", "half_bandwidth", "all", "deg", ringach, 300, fractions,
         {12.5, 15, 16, 17.9, 18.9, 19.9, 21.5, 23.25, 26, 29.2, 31.6, 34.6, 43.6, 54, 82.5},
         edges(0.0, 90.0, 17), {0, 0, 27, 90, 68, 40, 32, 12, 10, 4, 8, 2, 4, 2, 0, 1, 0}},
        {"half_bandwidth_simple", "half_bandwidth", "simple", "deg", ringach, 121, fractions,
         {12.5, 15, 15.5, 17, 18, 18.5, 20.5, 21.5, 23.5, 28, 30.5, 36, 44.5, 54, 82.5}, {}, {}},
        {"orth_pref", "orth_pref", "all", "1", ringach, 308, fractions,
         {0, 0, 0, .017, .03, .046, .11, .19, .299, .405, .45, .497, .641, .759, .995},
         edges(0.0, 1.0, 13), {115, 26, 22, 26, 22, 24, 20, 16, 12, 10, 10, 3, 2}},
        {"orth_pref_simple", "orth_pref", "simple", "1", ringach, 124, fractions,
         {0, 0, 0, .003, .012, .024, .039, .076, .157, .313, .366, .456, .633, .758, .995}, {}, {}},
        {"F1_F0", "F1_F0", "all", "1", ringach, 308, fractions,
         {.014, .088, .126, .183, .219, .269, .424, .58, 1.027, 1.426, 1.5, 1.569, 1.724, 1.795, 1.872},
         edges(0.0, 2.0, 10), {70, 48, 38, 17, 11, 11, 18, 40, 40, 15}},
        {"pinwheel_density", "pinwheel_density", "all", "pinwheels per squared wavelength", kaschube, 0, {0.0, 1.0},
         {3.14, 3.14}, {}, {}},
    };
}

}  // namespace

std::span<const Reference> v1_references() {
    static const std::vector<Reference> references = all();
    return references;
}

const Reference& v1_reference(std::string_view name) {
    const auto references = v1_references();
    const auto found =
        std::find_if(references.begin(), references.end(), [&](const Reference& r) { return r.name == name; });
    if (found != references.end()) return *found;
    std::vector<std::string> known;
    for (const auto& reference : references) known.push_back(reference.name);
    throw sim::Error(
        fmt::format("there is no V1 reference \"{}\"; there are: {}", name, fmt::join(known, ", ")));
}

}  // namespace analysis
