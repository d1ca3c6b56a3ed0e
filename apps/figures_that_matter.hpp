#pragma once
#include "analysis/analysis_file.hpp"

namespace apps {

/// The five numbers a person wants first: order of the map, pinwheels, tuning beside the macaque's, energy,
/// dead neurons.
void print_figures_that_matter(const analysis::Analysis& analysis);

}  // namespace apps
