#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"
#include "analysis/statistics.hpp"

namespace analysis {
namespace {

// Told apart also by the colour-blind (after Okabe & Ito 2008); further runs are dashed.
constexpr std::array kRunColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};

const char* colour_of(std::size_t run) { return kRunColours[run % kRunColours.size()]; }

int dash_of(std::size_t run) { return 1 + static_cast<int>(run / kRunColours.size()) % 5; }

struct Heading {
    const char* property;
    const char* words;
};

constexpr Heading kHeadings[] = {{"circular_variance", "Circular variance"},
                                 {"half_bandwidth", "Half-bandwidth [deg]"},
                                 {"orth_pref", "Orthogonal / preferred"}};

void draw_names(Gnuplot& plot, std::span<const NamedAnalysis> runs) {
    std::vector<std::pair<std::string, std::string>> entries{{"macaque V1", kColourMacaque}};
    for (std::size_t run = 0; run < runs.size(); ++run) entries.emplace_back(runs[run].name, colour_of(run));
    constexpr std::size_t kAbreast = 6;
    for (std::size_t first = 0; first < std::min<std::size_t>(entries.size(), 3 * kAbreast);
         first += kAbreast) {
        const auto begin = entries.begin() + static_cast<long>(first);
        const auto end = entries.begin() + static_cast<long>(std::min(first + kAbreast, entries.size()));
        draw_legend(plot, 16.0, 14.0 + 17.0 * static_cast<double>(first / kAbreast), {begin, end});
    }
}

/// Value and cumulative fraction along the graph of a distribution.
Rows cumulative(const Distribution& distribution) {
    Rows rows;
    for (std::size_t i = 0; i < distribution.values().size(); ++i)
        rows.push_back({distribution.values()[i], distribution.probabilities()[i]});
    return rows;
}

constexpr double kFirstLeft = 56.0, kPanelStep = 346.0, kPanelTop = 84.0;

void draw_cumulatives(Gnuplot& plot, std::span<const NamedAnalysis> runs, const Heading& heading,
                      double left) {
    const Reference& macaque = v1_reference(heading.property);
    plot.panel({left, kPanelTop, 276.0, 236.0});
    plot.text(left - 40.0, kPanelTop - 18.0, fmt::format("{{/:Bold {}}}", heading.words), "left");
    plot << fmt::format("set xrange [0:{}]; set yrange [0:1]; set ytics 0.25", macaque.bin_edges.back());
    if (macaque.bin_edges.back() == 90.0) plot << "set xtics 0,30,90";
    const bool is_first = left == kFirstLeft;
    if (is_first) draw_names(plot, runs);
    if (is_first)
        plot << fmt::format("set ylabel 'fraction of neurons below' offset 0.8,0 tc rgb '{}'", kColourQuiet);
    std::string elements = fmt::format("{} with lines lw 3 lc rgb '{}'",
                                       plot.table(cumulative(macaque.distribution())), kColourMacaque);
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const auto values = finite(runs[run].analysis->property(heading.property));
        if (values.empty()) continue;
        elements += fmt::format(", {} with lines lw 1.6 dt {} lc rgb '{}'",
                                plot.table(cumulative(Distribution::from_sample(values))), dash_of(run),
                                colour_of(run));
    }
    plot << "plot " + elements;
}

constexpr std::size_t kShapesAcross = 4;
constexpr double kShapesTop = 376.0, kShapesWide = 258.0, kShapesHigh = 266.0;

void draw_run_shapes(Gnuplot& plot, const NamedAnalysis& run, std::size_t place, std::size_t number) {
    const double left = kFirstLeft + static_cast<double>(place % kShapesAcross) * kShapesWide,
                 top = kShapesTop + static_cast<double>(place / kShapesAcross) * kShapesHigh;
    draw_shapes_panel(plot, {left, top, 190.0, 190.0}, run.name, run.analysis->property("nx"),
                      run.analysis->property("ny"), colour_of(number));
}

std::vector<std::size_t> runs_with_shapes(std::span<const NamedAnalysis> runs) {
    std::vector<std::size_t> all;
    for (std::size_t run = 0; run < runs.size(); ++run)
        if (runs[run].analysis->shapes.n > 0) all.push_back(run);
    return all;
}

}  // namespace

Figure draw_comparison(std::span<const NamedAnalysis> runs, const std::filesystem::path& dir) {
    const auto with_shapes = runs_with_shapes(runs);
    const auto n_rows = (with_shapes.size() + kShapesAcross - 1) / kShapesAcross;
    Gnuplot plot("compare", 1070, static_cast<int>(356.0 + static_cast<double>(n_rows) * kShapesHigh));
    double left = kFirstLeft;
    for (const Heading& heading : kHeadings) {
        draw_cumulatives(plot, runs, heading, left);
        left += kPanelStep;
    }
    for (std::size_t k = 0; k < with_shapes.size(); ++k)
        draw_run_shapes(plot, runs[with_shapes[k]], k, with_shapes[k]);
    plot.draw(dir);
    return Figure{
        "compare",
        "Runs beside macaque V1",
        "Cumulative distributions of tuning, and shapes of receptive fields over counts of macaque cells.",
        "Cumulative distributions of three measures of tuning for several runs and macaque V1.",
        plot.width(),
        plot.height()};
}

}  // namespace analysis
