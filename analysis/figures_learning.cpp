#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"

namespace analysis {
namespace {

using Curve = std::vector<double>;

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

bool any_above_zero(const Curve& y) {
    return std::any_of(y.begin(), y.end(), [](double value) { return value > 0.0; });
}

constexpr int kPanelsAcross = 3;
constexpr double kPanelWidth = 275.0;

/// The panels, filled row by row.
class Grid {
  public:
    Grid(Gnuplot& plot, const LearningCurves& learning, int n_panels)
        : plot_(plot), batch_(learning.batch), n_panels_(n_panels) {}

    void next(const std::string& title) {
        left_ = 62.0 + static_cast<double>(n_ % kPanelsAcross) * 345.0;
        top_ = 34.0 + static_cast<double>(n_ / kPanelsAcross) * 250.0;
        plot_.panel({left_, top_, kPanelWidth, 178.0});
        plot_.text(left_ - 46.0, top_ - 18.0, "{/:Bold " + title + "}", "left");
        plot_ << fmt::format("set xrange [0:{}]", batch_.back() + 1.0);
        if (n_ + kPanelsAcross >= n_panels_)  // nothing below
            plot_ << fmt::format("set xlabel 'batches learned' offset 0,0.4 tc rgb '{}'", kColourQuiet);
        ++n_;
    }

    void range(double low, double high) {
        plot_ << fmt::format("set yrange [{}:{}]; set ytics {}", low, high, ticks(high - low));
    }

    /// A word of the legend, beside the title of the panel just begun, `from_right` px from its right edge.
    void legend(double from_right, const std::string& words, const char* colour) {
        plot_.text(left_ + kPanelWidth - from_right, top_ - 17.0, words,
                   fmt::format("right font ',10.5' tc rgb '{}'", colour));
    }

    /// A raw curve, pale, with its running mean.
    void curve(const Curve& y, const std::string& more = "") {
        const Rows raw = thinned(batch_, y);
        plot_ << fmt::format("plot {} with lines lw 0.8 lc rgb '{}', {} with lines lw 1.8 lc rgb '{}'{}",
                             plot_.table(raw), kColourPale, plot_.table(smoothed(raw)), kColourModel,
                             more.empty() ? "" : ", " + more);
    }

    /// The next panel, from zero up to the highest of these.
    void next_from_zero(const std::string& title, const Curve& y) {
        next(title);
        double most = 0.0;
        for (const double value : y)
            if (std::isfinite(value)) most = std::max(most, value);
        range(0.0, most > 0.0 ? 1.05 * most : 1.0);
        if (most == 0.0) plot_ << "set ytics 1";
    }

    /// A panel of one curve, from zero up.
    void from_zero(const std::string& title, const Curve& y) {
        next_from_zero(title, y);
        curve(y);
    }

  private:
    Gnuplot& plot_;
    const Curve& batch_;
    int n_panels_;
    int n_ = 0;
    double left_ = 0.0, top_ = 0.0;  // of the panel just begun
};

/// From the least to the greatest of the curves, with some air; drift matters here, not zero.
void set_energy_range(Grid& grid, const LearningCurves& learning) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Curve* curve :
         {&learning.energy, &learning.held_out.energy, &learning.held_out.optimal_energy})
        for (const double value : *curve)
            if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    if (!(low <= high)) return;
    const double air = high > low ? 0.06 * (high - low) : 0.1;
    grid.range(low - air, high + air);
}

/// Points and optimum on held-out frames, as elements of the plot of the energy.
std::string held_out_elements(Gnuplot& plot, const LearningCurves::HeldOut& held_out) {
    std::string elements = fmt::format("{} with points pt 7 ps 0.45 lc rgb '{}'",
                                       plot.table(columns(held_out.batch, held_out.energy)), kColourLinear);
    if (any_above_zero(held_out.optimal_energy))
        elements += fmt::format(", {} with points pt 6 ps 0.6 lw 1.2 lc rgb '{}'",
                                plot.table(columns(held_out.batch, held_out.optimal_energy)), kColourMacaque);
    return elements;
}

void draw_energy(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    grid.next("Energy");
    set_energy_range(grid, learning);
    if (learning.held_out.batch.empty()) return grid.curve(learning.energy);
    grid.legend(175.0, "training", kColourModel);
    grid.legend(108.0, "● held out", kColourLinear);
    if (any_above_zero(learning.held_out.optimal_energy))
        grid.legend(0.0, "○ least possible", kColourMacaque);
    grid.curve(learning.energy, held_out_elements(plot, learning.held_out));
}

/// Of the whole and, of linked dictionaries, of each sense.
void draw_errors(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    constexpr double kWord = 70.0;  // px of a name in the legend
    const auto colour = [](std::size_t m) {
        return kColourPopulations[1 + m % (std::size(kColourPopulations) - 1)];
    };
    Curve all = learning.reconstruction_error;
    std::string elements;
    for (std::size_t m = 0; m < learning.sense_errors.size(); ++m) {
        const Curve& errors = learning.sense_errors[m].second;
        all.insert(all.end(), errors.begin(), errors.end());
        elements += fmt::format("{}{} with lines lw 1.4 lc rgb '{}'", m == 0 ? "" : ", ",
                                plot.table(smoothed(thinned(learning.batch, errors))), colour(m));
    }
    grid.next_from_zero("Reconstruction error", all);
    for (std::size_t m = 0; m < learning.sense_errors.size(); ++m)
        grid.legend(kWord * static_cast<double>(learning.sense_errors.size() - 1 - m),
                    learning.sense_errors[m].first, colour(m));
    grid.curve(learning.reconstruction_error, elements);
}

void draw_gap(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    grid.next("Gap to the optimum");
    plot << "set logscale y; set format y '10^{%T}'";
    plot << fmt::format("plot {} with points pt 7 ps 0.6 lc rgb '{}'",
                        plot.table(columns(learning.held_out.batch, learning.held_out.relative_gap)),
                        kColourLinear);
}

void draw_panels(Gnuplot& plot, Grid& grid, const LearningCurves& learning) {
    draw_energy(plot, grid, learning);
    draw_errors(plot, grid, learning);
    if (any_above_zero(learning.held_out.relative_gap)) draw_gap(plot, grid, learning);
    grid.from_zero("Active neurons [%]", scaled(learning.active_fraction, 100.0));
    if (any_above_zero(learning.spikes_per_presentation))
        grid.from_zero("Spikes per presentation", learning.spikes_per_presentation);
    if (any_above_zero(learning.dead_neurons)) grid.from_zero("Dead neurons", learning.dead_neurons);
}

std::string caption(const LearningCurves& learning) {
    const std::size_t stretch = stretch_of(learning.batch.size());
    std::string words = fmt::format(
        "Pale: mean over {}; dark: running mean over 1/40 of the run. Energy is ½|s − Φa|² + κ/2 a′La + λ′a; "
        "reconstruction error is |s − Φa|²/|s|²; a neuron is active if a > 0 and dead if its running "
        "activity is below 1 % of the mean neuron’s{}.",
        stretch == 1 ? "each batch" : fmt::format("{} batches", stretch),
        any_above_zero(learning.dead_neurons) ? "" : "; none was at any time");
    if (!learning.sense_errors.empty())
        words += " Coloured: the reconstruction error of each sense by itself.";
    if (!learning.held_out.batch.empty())
        words +=
            " Orange: frames never learned from. Dashed: the least energy any code of those frames can have; "
            "the gap is the median over frames of E/E* − 1.";
    return words;
}

}  // namespace

std::optional<Figure> draw_learning(const RecordedRun& run, const std::filesystem::path& dir) {
    const LearningCurves& learning = run.learning;
    if (learning.batch.size() < 2 || learning.energy.empty()) return std::nullopt;
    const int n_panels = 3 + any_above_zero(learning.held_out.relative_gap) +
                         any_above_zero(learning.spikes_per_presentation) +
                         any_above_zero(learning.dead_neurons);
    Gnuplot plot("learning", 1040, n_panels > kPanelsAcross ? 514 : 264);
    Grid grid(plot, learning, n_panels);
    draw_panels(plot, grid, learning);
    plot.draw(dir);
    return Figure{
        "learning",        "Learning",
        caption(learning), "Curves of energy, reconstruction error and activity over the batches learned.",
        plot.width(),      plot.height()};
}

}  // namespace analysis
