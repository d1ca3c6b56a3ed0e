#pragma once
#include <string>

#include "analysis/analysis_file.hpp"

namespace apps {

/// The five numbers a person wants first: order of the map, pinwheels, tuning beside the macaque's, energy,
/// dead neurons. One a line.
/// run  file of the run analysed
std::string figures_that_matter(const analysis::Analysis& analysis, const std::string& run);

}  // namespace apps
