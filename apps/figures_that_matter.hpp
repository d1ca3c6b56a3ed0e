#pragma once
#include <cstddef>
#include <string>

#include "analysis/analysis_file.hpp"

namespace apps {

/// How a run began to learn and how it ended; NaN of what the run does not say.
struct LearningEnds {
    double energy_before, energy_after;  // of held-out frames
    double dead_neurons;                 // at the end
};

/// Of a population of a run; the run of a network says no energy before learning. throws sim::IoError if there
/// is no run at this path
LearningEnds read_learning_ends(const std::string& run, const std::string& population);

/// The numbers a person wants first: order of the map, pinwheels, tuning beside the macaque's, suppression by
/// the surround if it was tested, energy, dead neurons. One a line.
std::string figures_that_matter(const analysis::Analysis& analysis, const LearningEnds& learning);

}  // namespace apps
