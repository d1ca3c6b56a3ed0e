#include "analysis/compare.hpp"

#include <cmath>
#include <string>

#include "analysis/v1_reference.hpp"

namespace analysis {
namespace {

/// The values of the neurons that respond and have one.
std::vector<double> measured(const std::vector<double>& property, const std::vector<std::uint8_t>& responds) {
    std::vector<double> values;
    for (std::size_t i = 0; i < property.size(); ++i)
        if (responds[i] != 0 && std::isfinite(property[i])) values.push_back(property[i]);
    return values;
}

Comparison compare(const std::string& property, const std::vector<double>& values, std::uint64_t seed) {
    const auto& reference = v1_reference(property);
    const auto macaque = reference.distribution();
    const auto ks = [&](const Distribution& model) { return ks_distance(model, macaque); };
    const auto wasserstein = [&](const Distribution& model) { return wasserstein_distance(model, macaque); };
    return {.property = property,
            .citation = reference.citation,
            .ks = bootstrap(values, ks, seed),
            .wasserstein = bootstrap(values, wasserstein, seed),
            .median_model = median(values),
            .median_macaque = macaque.median(),
            .ceiling = expected_ks(macaque, values.size(), seed),
            .n = values.size()};
}

}  // namespace

std::vector<Comparison> compare_with_v1(const Tuning& tuning, std::uint64_t seed) {
    const auto with = [&](const std::string& property, const std::vector<double>& values) {
        return compare(property, measured(values, tuning.responds), seed);
    };
    return {with("circular_variance", tuning.circular_variance),
            with("half_bandwidth", tuning.half_bandwidth), with("orth_pref", tuning.orth_pref),
            with("F1_F0", tuning.F1_F0)};
}

}  // namespace analysis
