// Published measurements of macaque V1, typed in here with their papers.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/statistics.hpp"

namespace analysis {

/// One property of V1 as published.
struct Reference {
    std::string name;      // "circular_variance", "circular_variance_simple", ...
    std::string property;  // as in `Tuning`: "circular_variance"
    std::string cells;     // "all", "simple" (F1/F0 > 1) or "complex"
    std::string units;     // "1", "deg", ...
    std::string citation;
    std::size_t n;                   // number of cells; 0 where the source gives one number for a map
    std::vector<double> fractions;   // shape (n_quantiles), from 0 to 1
    std::vector<double> quantiles;   // shape (n_quantiles), in `units`
    std::vector<double> bin_edges;   // shape (n_bins + 1), in `units`; empty if no histogram is given
    std::vector<double> bin_counts;  // shape (n_bins), cells

    Distribution distribution() const { return Distribution::from_quantiles(fractions, quantiles); }
};

/// All of them: circular_variance, circular_variance_simple, circular_variance_complex, half_bandwidth,
/// half_bandwidth_simple, orth_pref, orth_pref_simple, F1_F0, pinwheel_density.
std::span<const Reference> v1_references();

/// The one of this name.
///
/// throws sim::Error, with the known names, if there is none
const Reference& v1_reference(std::string_view name);

}  // namespace analysis
