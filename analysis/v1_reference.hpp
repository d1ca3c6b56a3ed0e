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
    double period = 0.0;             // of a circular property, in `units`; 0 of all others
    bool scaled =
        false;  // a model has no such units: only shapes are compared, both divided by their medians

    Distribution distribution() const { return Distribution::from_quantiles(fractions, quantiles); }
};

/// All of them, of macaque V1 but for the last: circular_variance, half_bandwidth, orth_pref (all cells, simple
/// and complex ones), F1_F0, preferred_orientation,
/// peak_spatial_frequency (all, simple, complex, and either at the fovea and beside it), schiller_index (all,
/// simple, complex), suppression_index, summation_field, surround_diameter, surround_ratio, nx, ny,
/// pinwheel_density. Where a paper gives counts alone, the quantiles are theirs, cells spread evenly within a
/// bin, in their logarithm if the bins are even in that.
std::span<const Reference> v1_references();

/// The one of this name.
///
/// throws sim::Error, with the known names, if there is none
const Reference& v1_reference(std::string_view name);

/// Shapes of receptive fields: how many cells have which nx and ny, the widths of their Gabor functions
/// across and along the bars in cycles.
struct ShapeReference {
    std::string citation;
    std::vector<double> edges;   // shape (n_bins + 1), of nx as of ny
    std::vector<double> counts;  // shape (n_bins, n_bins), cells; rows nx, columns ny
};

/// 79 simple cells of macaque V1. Source: Ringach (2002), J Neurophysiol 88:455.
const ShapeReference& v1_shapes();

}  // namespace analysis
