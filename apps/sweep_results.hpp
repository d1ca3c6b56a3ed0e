// What a sweep has to show: its table, its best points, its figure.
#pragma once
#include <string>

#include "apps/options.hpp"
#include "apps/sweep_folder.hpp"
#include "apps/sweep_plan.hpp"

namespace apps {

/// Writes the table and draws the figure of all points that are done, and prints the best; nothing if none is.
/// sweep: the sweep file. throws IoError; ConfigError if the score is no column
void show_results(const SweepPlan& plan, const SweepFolder& folder, const std::string& sweep,
                  const CommonOptions& options);

}  // namespace apps
