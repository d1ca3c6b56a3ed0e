// What `striate compare` prints. No line is longer than 120 columns.
#pragma once
#include <span>
#include <string>

#include "apps/compared_run.hpp"

namespace apps {

/// One run beside macaque V1: a line a comparison, the shapes of its receptive fields, the score, and the
/// papers.
std::string comparison_table(const analysis::Analysis& analysis);

/// Several runs: a line a comparison with the Kolmogorov-Smirnov distance of each, the least of them marked;
/// then the shapes, the score, pinwheels and held-out energy. Runs whose names differ in "seed=N" alone are
/// one column, with their means. More runs than fit side by side go below.
std::string table_of_runs(std::span<const ComparedRun> runs);

}  // namespace apps
