// What several figures draw in the same way.
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/gnuplot.hpp"
#include "analysis/statistics.hpp"
#include "analysis/v1_reference.hpp"

namespace analysis {

using Rows = std::vector<std::vector<double>>;  // of a table to be plotted

/// Points of a curve that are drawn as one: more than a few hundred cannot be told apart on paper.
std::size_t stretch_of(std::size_t n);
/// A curve as means of such stretches.
Rows thinned(const std::vector<double>& x, const std::vector<double>& y);

/// Words in the colours of what they name, one after the other; as they stand: a "_" lowers nothing.
void draw_legend(Gnuplot& plot, double left, double top,
                 const std::vector<std::pair<std::string, std::string>>& words_and_colours);

/// Indices of n of the values that are not NaN, at even quantiles, ascending by value; all if they are fewer.
std::vector<std::size_t> even_sample(std::span<const double> values, std::size_t n);

/// Fractions in bins; the last holds its upper edge too, and what lies outside counts for the outermost bins.
std::vector<double> fractions(const std::vector<double>& values, const std::vector<double>& edges);

/// Divided by their sum.
std::vector<double> normalised(std::vector<double> counts);

/// x, y, x low, x high, y low, y high of each bar.
Rows bars(const std::vector<double>& edges, const std::vector<double>& heights);

/// The outline of a histogram, down to the axis at both ends.
Rows outline(const std::vector<double>& edges, const std::vector<double>& heights);

/// A tick hanging from the top of the panel; nothing for NaN.
void mark_median(Gnuplot& plot, double x, const char* colour);

/// Values of a model and a reference in the same units and range: both divided by their medians if the
/// reference is scaled, wrapped into its range if it is circular.
struct SideBySide {
    std::vector<double> model;
    Reference macaque;
};
SideBySide side_by_side(std::vector<double> model, Reference macaque);

/// nx and ny of a model's receptive fields as dots on the counts of macaque V1 (`v1_shapes`), both axes
/// logarithmic, under a title in the colour of the dots; what lies beyond the counts is drawn at their rim.
void draw_shapes_panel(Gnuplot& plot, const Box& box, const std::string& title, std::span<const double> nx,
                       std::span<const double> ny, const char* colour);

}  // namespace analysis
