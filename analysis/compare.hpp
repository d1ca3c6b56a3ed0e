// How far a model's tuning is from that of macaque V1.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/statistics.hpp"
#include "analysis/tuning.hpp"

namespace analysis {

/// One property of the responding neurons beside the `Reference` of that name.
struct Comparison {
    std::string property, citation;
    Interval ks, wasserstein;             // Wasserstein-1 in units of the property; bootstrap over neurons
    double median_model, median_macaque;  // in units of the property
    double ceiling;                       // Kolmogorov-Smirnov distance expected of n macaque cells
    std::size_t n;                        // neurons compared
};

/// circular_variance, half_bandwidth (neurons that have one; it is at most 90 deg, as of the cells of the
/// reference), orth_pref and F1_F0 of the neurons that respond. Numbers of the model are NaN where n = 0.
std::vector<Comparison> compare_with_v1(const Tuning& tuning, std::uint64_t seed);

}  // namespace analysis
