#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"

namespace analysis {
namespace {

using Curve = std::vector<double>;
using Rows = std::vector<std::vector<double>>;

constexpr std::size_t most_points = 600;  // of a curve; more cannot be told apart on paper

/// Means of consecutive stretches, so that at most `most_points` are left.
Rows thinned(const Curve& x, const Curve& y) {
    const std::size_t stretch = (x.size() + most_points - 1) / most_points;
    Rows rows;
    for (std::size_t i = 0; i < x.size(); i += stretch) {
        const std::size_t end = std::min(i + stretch, x.size());
        double sum_x = 0.0, sum_y = 0.0;
        for (std::size_t j = i; j < end; ++j) sum_x += x[j], sum_y += y[j];
        const auto n = static_cast<double>(end - i);
        rows.push_back({sum_x / n, sum_y / n});
    }
    return rows;
}

/// Mean over a window of 1/40 of the curve; narrower at its steep beginning, one-sided at its end.
Rows smoothed(const Rows& rows) {
    const std::size_t half = rows.size() / 80;
    Rows result;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t first = i - std::min(half, i), last = std::min(i + (i - first), rows.size() - 1);
        double sum = 0.0;
        for (std::size_t j = first; j <= last; ++j) sum += rows[j][1];
        result.push_back({rows[i][0], sum / static_cast<double>(last - first + 1)});
    }
    return result;
}

Rows columns(const Curve& x, const Curve& y) {
    Rows rows;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) rows.push_back({x[i], y[i]});
    return rows;
}

Curve scaled(const Curve& y, double factor) {
    Curve result(y);
    for (double& value : result) value *= factor;
    return result;
}

/// The panels, three in a row, filled from the left.
class Grid {
  public:
    Grid(Gnuplot& plot, double last_batch) : plot_(plot), last_batch_(last_batch) {}

    void next(const std::string& title) {
        const double left = 58.0 + static_cast<double>(n_ % 3) * 345.0;
        const double top = 34.0 + static_cast<double>(n_ / 3) * 262.0;
        plot_.panel({left, top, 275.0, 178.0});
        plot_.text(left - 42.0, top - 18.0, "{/:Bold " + title + "}", "left");
        plot_ << fmt::format("set xrange [0:{}]; set xlabel 'batches learned' offset 0,0.4 tc rgb '{}'", last_batch_,
                             colour_quiet);
        ++n_;
    }

    /// A raw curve, pale, with its running mean.
    void curve(const Curve& x, const Curve& y, const std::string& more = "", const std::string& title = "") {
        const Rows raw = thinned(x, y);
        plot_ << fmt::format("plot {} with lines lw 0.8 lc rgb '{}' notitle, {} with lines lw 1.8 lc rgb '{}' title '{}'{}",
                             plot_.table(raw), colour_pale, plot_.table(smoothed(raw)), colour_model, title,
                             more.empty() ? "" : ", " + more);
    }

  private:
    Gnuplot& plot_;
    double last_batch_;
    int n_ = 0;
};

void draw_energy(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    const auto& held_out = learning.held_out;
    std::string more;
    if (!held_out.batch.empty())
        more = fmt::format(
            "{} with points pt 7 ps 0.55 lc rgb '{}' title 'held-out', {} with lines lw 1.2 dt (6,4) lc rgb '{}' "
            "title 'held-out, optimum'",
            plot.table(columns(held_out.batch, held_out.energy)), colour_linear,
            plot.table(columns(held_out.batch, held_out.optimal_energy)), colour_macaque);
    grid.next("Energy");
    plot << "set key top right spacing 1.15 samplen 1.6 font ',10.5'";
    grid.curve(learning.batch, learning.energy, more, "training");
}

void draw_gap(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    grid.next("Gap to the optimum");
    plot << "set logscale y; set format y '10^{%T}'; set xlabel 'batches learned'";
    plot << fmt::format("plot {} with linespoints lw 1.2 pt 7 ps 0.55 lc rgb '{}'",
                        plot.table(columns(learning.held_out.batch, learning.held_out.relative_gap)), colour_linear);
}

bool any_above_zero(const Curve& y) {
    return std::any_of(y.begin(), y.end(), [](double value) { return value > 0.0; });
}

void draw_panels(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    const Curve& batch = learning.batch;
    draw_energy(plot, grid, learning);
    grid.next("Reconstruction error");
    plot << "set yrange [0:*]";
    grid.curve(batch, learning.reconstruction_error);
    if (any_above_zero(learning.held_out.relative_gap)) draw_gap(plot, grid, learning);
    grid.next("Active neurons [%]");
    plot << "set yrange [0:*]";
    grid.curve(batch, scaled(learning.active_fraction, 100.0));
    if (any_above_zero(learning.spikes_per_presentation)) {
        grid.next("Spikes per presentation");
        plot << "set yrange [0:*]";
        grid.curve(batch, learning.spikes_per_presentation);
    }
    grid.next("Dead neurons");
    plot << "set yrange [0:*]";
    grid.curve(batch, learning.dead_neurons);
}

std::string caption(const LearningCurves& learning) {
    std::string words =
        "Pale: mean over each batch; dark: running mean over 1/40 of the run. Energy is ½|s − Φa|² + κ/2 a′La + λ′a; "
        "reconstruction error is |s − Φa|²/|s|²; a neuron is active if a > 0 and dead if its running activity is below "
        "1 % of the mean neuron’s.";
    if (!learning.held_out.batch.empty())
        words += " Orange: frames never learned from. Dashed: the least energy any code of those frames can have; the gap "
                 "is the median over frames of (E − E*) / |E* − E(0)|.";
    return words;
}

}  // namespace

std::optional<Figure> draw_learning(const RecordedRun& run, const std::filesystem::path& dir) {
    const LearningCurves& learning = run.learning;
    if (learning.batch.size() < 2 || learning.energy.empty()) return std::nullopt;
    const int n_panels = 4 + any_above_zero(learning.held_out.relative_gap) +
                         any_above_zero(learning.spikes_per_presentation);
    Gnuplot plot("learning", 1040, n_panels > 3 ? 528 : 266);
    Grid grid(plot, learning.batch.back() + 1.0);
    draw_panels(plot, grid, learning);
    plot.draw(dir);
    return Figure{"learning",
                  "Learning",
                  caption(learning),
                  "Curves of energy, reconstruction error and activity over the batches learned.",
                  plot.width(),
                  plot.height()};
}

}  // namespace analysis
