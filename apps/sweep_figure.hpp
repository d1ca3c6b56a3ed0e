#pragma once
#include <string>

#include "apps/sweep_table.hpp"

namespace apps {

/// Draws a result against the swept keys: DIR/score.svg, .png and .gp. One key: a line; two: a line for each
/// value of the second, or a map if they are many. Over further keys, and over the seed, mean and range are
/// shown.
///
/// column  of the table's results
/// throws IoError if gnuplot is missing or fails
void draw_score(const SweepTable& table, std::size_t column, const std::string& dir);

}  // namespace apps
