#include "apps/sweep_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "analysis/gnuplot.hpp"
#include "apps/none.hpp"

namespace apps {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr std::size_t kMostLines = 6;  // more are a map
constexpr double kLogFrom = 30.0;      // largest over smallest value, from which on an axis is logarithmic

/// A swept key as an axis: its different values, and which of them each point has.
struct Axis {
    std::string key, unit;
    std::vector<std::string> labels;  // of the values
    std::vector<double> places;       // where they stand: themselves, or 0, 1, ... for texts
    bool are_numbers;
    std::vector<std::size_t> of_point;  // index into places

    std::string title() const { return unit == "1" ? key : fmt::format("{} [{}]", key, unit); }
    std::size_t size() const { return places.size(); }
    bool is_logarithmic() const {
        return are_numbers && size() > 2 && places.front() > 0.0 &&
               places.back() / places.front() >= kLogFrom;
    }
};

std::string label_of(const std::string& value, bool is_number, const std::string& unit) {
    if (value.empty()) return "(config)";
    return is_number && unit != "1" ? value.substr(0, value.find(unit)) : value;
}

/// Numbers in their order, texts in that of the sweep. A key that some points leave to the config is texts.
Axis axis_of(const SweepTable& table, std::size_t k) {
    const SweptValues swept = swept_values(table, k);
    const bool are_numbers = swept.are_numbers && std::none_of(swept.numbers.begin(), swept.numbers.end(),
                                                               [](double x) { return std::isnan(x); });
    Axis axis{table.keys[k], are_numbers ? swept.unit : "1", {}, {}, are_numbers, {}};
    std::vector<std::size_t> order(table.points.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (are_numbers)
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t x, std::size_t y) { return swept.numbers[x] < swept.numbers[y]; });
    axis.of_point.resize(order.size());
    std::map<std::string, std::size_t> seen;
    for (const std::size_t p : order) {
        const std::string label = label_of(table.values[p][k], are_numbers, swept.unit);
        const auto [found, is_new] = seen.try_emplace(label, axis.size());
        if (is_new) {
            axis.labels.push_back(label);
            axis.places.push_back(are_numbers ? swept.numbers[p] : static_cast<double>(axis.size()));
        }
        axis.of_point[p] = found->second;
    }
    return axis;
}

bool is_seed(const Axis& axis) { return axis.key == "seed" || axis.key.ends_with(".seed"); }

/// The axes worth drawing: keys that differ, seeds only if there is nothing else, numbers before texts and
/// long axes before short ones.
std::vector<Axis> axes_of(const SweepTable& table) {
    std::vector<Axis> axes;
    for (std::size_t k = 0; k < table.keys.size(); ++k)
        if (Axis axis = axis_of(table, k); axis.size() > 1) axes.push_back(std::move(axis));
    const auto first_seed =
        std::stable_partition(axes.begin(), axes.end(), [](const Axis& axis) { return !is_seed(axis); });
    if (first_seed != axes.begin()) axes.erase(first_seed, axes.end());
    std::stable_sort(axes.begin(), axes.end(), [](const Axis& x, const Axis& y) {
        return std::pair(x.are_numbers, x.size()) > std::pair(y.are_numbers, y.size());
    });
    return axes;
}

/// Scores of the points that share a place on the drawn axes.
struct Cell {
    std::vector<double> scores;

    double mean() const {
        return scores.empty()
                   ? kNone
                   : std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
    }
    double least() const { return scores.empty() ? kNone : *std::min_element(scores.begin(), scores.end()); }
    double most() const { return scores.empty() ? kNone : *std::max_element(scores.begin(), scores.end()); }
};

/// cells[line][x]; one line where `by` is none.
std::vector<std::vector<Cell>> cells_of(const SweepTable& table, std::size_t column, const Axis& x,
                                        const Axis* by) {
    std::vector<std::vector<Cell>> cells(by == nullptr ? 1 : by->size(), std::vector<Cell>(x.size()));
    for (std::size_t p = 0; p < table.points.size(); ++p)
        if (const double score = table.results[p][column]; std::isfinite(score))
            cells[by == nullptr ? 0 : by->of_point[p]][x.of_point[p]].scores.push_back(score);
    return cells;
}

constexpr analysis::Box kBox{78.0, 62.0, 500.0, 296.0};
constexpr analysis::Box kMapBox{78.0, 44.0, 462.0, 314.0};  // leaves room for the scale of colours
constexpr int kWidth = 620, kHeight = 420;
// Told apart also by the colour-blind (after Okabe & Ito 2008).
constexpr const char* kLineColours[kMostLines] = {"#0072B2", "#D55E00", "#009E73",
                                                  "#CC79A7", "#E69F00", "#56B4E9"};

/// gnuplot's single quotes around any text.
std::string in_quotes(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
    return result + "'";
}

/// Text at a place of the figure, as it stands: a "_" lowers nothing.
void plain_text(analysis::Gnuplot& plot, double left, double top, const std::string& words,
                const std::string& options) {
    plot << fmt::format("set label {} at screen X({}), screen Y({}) noenhanced {}", in_quotes(words), left,
                        top, options);
}

/// What was averaged over, for the line under the title.
std::string note_on(const SweepTable& table, const std::vector<std::vector<Cell>>& cells,
                    const std::vector<std::string>& drawn, bool with_range) {
    std::size_t most = 0;
    for (const auto& line : cells)
        for (const Cell& cell : line) most = std::max(most, cell.scores.size());
    if (most < 2) return "";
    std::vector<std::string> others;
    for (std::size_t k = 0; k < table.keys.size(); ++k)
        if (std::find(drawn.begin(), drawn.end(), table.keys[k]) == drawn.end() &&
            axis_of(table, k).size() > 1)
            others.push_back(table.keys[k]);
    return fmt::format("{} over {}", with_range ? "mean and range" : "mean", fmt::join(others, ", "));
}

void draw_title(analysis::Gnuplot& plot, const std::string& title, const std::string& note) {
    plain_text(plot, 14.0, 20.0, title,
               fmt::format("left font 'DejaVu Sans:Bold,12' tc rgb '{}'", analysis::kColourText));
    plain_text(plot, kBox.left + kBox.width, 20.0, note,
               fmt::format("right font ',10.5' tc rgb '{}'", analysis::kColourQuiet));
}

/// About what a text takes at font size 11 [px]: only gnuplot knows.
double width_of(const std::string& words) {
    const auto is_narrow = [](char c) {
        return std::string_view("ijlrtf.,:;|'()[]").find(c) != std::string_view::npos;
    };
    double width = 0.0;
    for (const char c : words) width += is_narrow(c) ? 4.0 : 6.9;
    return width;
}

/// Words in the colours of the lines, in a row under the title.
void draw_legend(analysis::Gnuplot& plot, const Axis& by) {
    double left = 14.0;
    const auto add = [&](const std::string& words, const char* colour) {
        plain_text(plot, left, 40.0, words, fmt::format("left font ',11' tc rgb '{}'", colour));
        left += 16.0 + width_of(words);
    };
    add(by.title() + ":", analysis::kColourQuiet);
    for (std::size_t i = 0; i < by.size(); ++i) add(by.labels[i], kLineColours[i]);
}

std::string tick_labels(const Axis& axis, const std::vector<double>& places) {
    std::vector<std::string> tics;
    for (std::size_t i = 0; i < axis.size(); ++i)
        tics.push_back(fmt::format("{} {:.9g}", in_quotes(axis.labels[i]), places[i]));
    return fmt::format("({}) noenhanced", fmt::join(tics, ", "));
}

void set_x(analysis::Gnuplot& plot, const Axis& x) {
    constexpr std::size_t kMostTics = 12;
    const double low = x.places.front(), high = x.places.back();
    if (x.is_logarithmic())
        plot << fmt::format("set logscale x; set xrange [{:.9g}:{:.9g}]", low / 1.15, high * 1.15);
    else
        plot << fmt::format("set xrange [{:.9g}:{:.9g}]", low - 0.05 * (high - low),
                            high + 0.05 * (high - low));
    if (x.size() <= kMostTics) plot << "set xtics " + tick_labels(x, x.places);
    plot << fmt::format("set xlabel {} noenhanced offset 0,0.2 tc rgb '{}'", in_quotes(x.title()),
                        analysis::kColourQuiet);
}

/// Mean, least and greatest score at each place that has any.
Rows summaries(const Axis& x, const std::vector<Cell>& cells) {
    Rows rows;
    for (std::size_t i = 0; i < x.size(); ++i)
        if (!cells[i].scores.empty())
            rows.push_back({x.places[i], cells[i].mean(), cells[i].least(), cells[i].most()});
    return rows;
}

/// Where several points share a place, each by itself.
Rows single_points(const Axis& x, const std::vector<Cell>& cells) {
    Rows rows;
    for (std::size_t i = 0; i < x.size(); ++i)
        if (cells[i].scores.size() > 1)
            for (const double score : cells[i].scores) rows.push_back({x.places[i], score});
    return rows;
}

/// A line of means in a band of ranges; between texts there is nothing to join.
void add_line(analysis::Gnuplot& plot, const Axis& x, const std::vector<Cell>& cells, const char* colour,
              std::vector<std::string>& elements) {
    const Rows means = summaries(x, cells), single = single_points(x, cells);
    if (means.empty()) return;
    const std::string table = plot.table(means);
    const auto add = [&](const std::string& data, const char* how) {
        elements.push_back(fmt::format("{} {} lc rgb '{}'", data, how, colour));
    };
    if (!single.empty()) {
        add(table, x.are_numbers ? "using 1:3:4 with filledcurves fs transparent solid 0.13 noborder"
                                 : "using 1:2:3:4 with yerrorbars pt 7 ps 0 lw 1.2");
        add(plot.table(single), "using 1:2 with points pt 7 ps 0.3");
    }
    if (x.are_numbers) add(table, "using 1:2 with lines lw 1.8");
    add(table, "using 1:2 with points pt 7 ps 0.7");
}

void draw_lines(analysis::Gnuplot& plot, const Axis& x, const std::vector<std::vector<Cell>>& cells) {
    std::vector<std::string> elements;
    for (std::size_t i = 0; i < cells.size(); ++i) add_line(plot, x, cells[i], kLineColours[i], elements);
    if (elements.empty()) return;
    set_x(plot, x);
    plot << fmt::format("set offsets graph 0, graph 0, graph 0.06, graph 0.06\nplot {}",
                        fmt::join(elements, ", "));
}

std::vector<double> counted(const Axis& axis) {
    std::vector<double> places(axis.size());
    std::iota(places.begin(), places.end(), 0.0);
    return places;
}

/// Cells of equal size whatever the steps between values, with the number in each if they are few.
void draw_map(analysis::Gnuplot& plot, const Axis& x, const Axis& y,
              const std::vector<std::vector<Cell>>& cells) {
    constexpr std::size_t kMostNumbers = 100;
    Rows rows;
    for (std::size_t j = 0; j < y.size(); ++j)
        for (std::size_t i = 0; i < x.size(); ++i)
            rows.push_back({static_cast<double>(i), static_cast<double>(j), cells[j][i].mean()});
    plot << fmt::format("set xrange [-0.5:{}.5]; set yrange [-0.5:{}.5]; set border 0", x.size() - 1,
                        y.size() - 1);
    plot << "set xtics scale 0 " + tick_labels(x, counted(x));
    plot << "set ytics scale 0 " + tick_labels(y, counted(y));
    plot << fmt::format("set xlabel {} noenhanced tc rgb '{}'", in_quotes(x.title()), analysis::kColourQuiet);
    plot << fmt::format("set ylabel {} noenhanced tc rgb '{}'", in_quotes(y.title()), analysis::kColourQuiet);
    plot << fmt::format(
        "set palette defined (0 '#fbfcfd', 0.5 '#a9c9e2', 1 '#4d94c8')\n"
        "set colorbox user origin screen X({0}), screen Y({1}) size screen 0.018, screen {2}\n"
        "set cbtics font ',10.5' tc rgb '{3}' scale 0.4; set cbrange [*:*]",
        kMapBox.left + kMapBox.width + 12.0, kMapBox.top + kMapBox.height, kMapBox.height / kHeight,
        analysis::kColourQuiet);
    const std::string table = plot.table(rows);
    std::string elements = table + " using 1:2:3 with image pixels";
    if (rows.size() <= kMostNumbers)
        elements += fmt::format(", {} using 1:2:(sprintf('%.3g', $3)) with labels font ',9' tc rgb '{}'",
                                table, analysis::kColourOnPale);
    plot << "plot " + elements;
}

}  // namespace

void draw_score(const SweepTable& table, std::size_t column, const std::string& dir) {
    const std::vector<Axis> axes = axes_of(table);
    if (axes.empty()) return;
    const Axis &x = axes[0], *by = axes.size() > 1 ? &axes[1] : nullptr;
    const auto cells = cells_of(table, column, x, by);
    const bool is_map = by != nullptr && by->size() > kMostLines;

    analysis::Gnuplot plot("score", kWidth, kHeight);
    plot << "unset key; set datafile missing 'NaN'";
    std::vector<std::string> drawn{x.key};
    if (by != nullptr) drawn.push_back(by->key);
    plot.panel(is_map ? kMapBox : kBox);
    draw_title(plot, table.columns[column], note_on(table, cells, drawn, !is_map));
    if (by != nullptr && !is_map) draw_legend(plot, *by);
    if (is_map)
        draw_map(plot, x, *by, cells);
    else
        draw_lines(plot, x, cells);
    plot.draw(dir);
}

}  // namespace apps
