#include "analysis/panels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/colour.hpp"
#include "analysis/statistics.hpp"

namespace analysis {
namespace {

/// About what a text takes at font size 11 [px]: only gnuplot knows.
double width_of(const std::string& words) {
    constexpr double kNarrow = 4.2, kWide = 7.2;
    double width = 0.0;
    for (const char c : words) {
        const bool goes_on = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;  // a character in UTF-8
        if (!goes_on)
            width +=
                std::string_view("ijlrtf.,:;|'()[] ").find(c) == std::string_view::npos ? kWide : kNarrow;
    }
    return width;
}

void divide_all(std::vector<double>& values, double by) {
    for (double& value : values) value /= by;
}

/// A cell of the counts: its edges and a grey, the more opaque the more cells, on light paper as on dark.
std::vector<double> shaded(const std::vector<double>& edges, std::size_t x, std::size_t y, double part) {
    return {edges[x],
            edges[y],
            edges[x],
            edges[x + 1],
            edges[y],
            edges[y + 1],
            packed(kRgbQuiet, 0.74 * std::sqrt(part))};
}

Rows shaded_counts(const ShapeReference& shapes) {
    const std::size_t n = shapes.edges.size() - 1;
    const double most = *std::ranges::max_element(shapes.counts);
    Rows rows;
    for (std::size_t x = 0; x < n; ++x)
        for (std::size_t y = 0; y < n; ++y)
            if (const double count = shapes.counts[x * n + y]; count > 0.0)
                rows.push_back(shaded(shapes.edges, x, y, count / most));
    return rows;
}

Rows dots(std::span<const double> nx, std::span<const double> ny, double low, double high) {
    Rows rows;
    for (std::size_t i = 0; i < nx.size(); ++i)
        if (std::isfinite(nx[i]) && std::isfinite(ny[i]))
            rows.push_back({std::clamp(nx[i], low, high), std::clamp(ny[i], low, high)});
    return rows;
}

}  // namespace

std::size_t stretch_of(std::size_t n) {
    constexpr std::size_t kMostPoints = 600;
    return (n + kMostPoints - 1) / kMostPoints;
}

Rows thinned(const std::vector<double>& x, const std::vector<double>& y) {
    const std::size_t stretch = stretch_of(x.size());
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

void draw_legend(Gnuplot& plot, double left, double top,
                 const std::vector<std::pair<std::string, std::string>>& words_and_colours) {
    for (const auto& [words, colour] : words_and_colours) {
        plot.plain_text(left, top, words, fmt::format("left font ',11' tc rgb '{}'", colour));
        left += 22.0 + width_of(words);
    }
}

std::vector<std::size_t> even_sample(std::span<const double> values, std::size_t n) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i])) order.push_back(i);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
    if (order.size() <= n) return order;
    std::vector<std::size_t> sample;
    for (std::size_t k = 0; k < n; ++k) sample.push_back(order[(2 * k + 1) * order.size() / (2 * n)]);
    return sample;
}

std::vector<double> fractions(const std::vector<double>& values, const std::vector<double>& edges) {
    std::vector<double> result(edges.size() - 1, 0.0);
    for (const double value : values) {
        const auto bin = std::upper_bound(edges.begin() + 1, edges.end() - 1, value) - edges.begin() - 1;
        result[static_cast<std::size_t>(bin)] += 1.0 / static_cast<double>(values.size());
    }
    return result;
}

std::vector<double> normalised(std::vector<double> counts) {
    divide_all(counts, std::accumulate(counts.begin(), counts.end(), 0.0));
    return counts;
}

Rows bars(const std::vector<double>& edges, const std::vector<double>& heights) {
    Rows rows;
    for (std::size_t i = 0; i < heights.size(); ++i)
        rows.push_back(
            {0.5 * (edges[i] + edges[i + 1]), heights[i], edges[i], edges[i + 1], 0.0, heights[i]});
    return rows;
}

Rows outline(const std::vector<double>& edges, const std::vector<double>& heights) {
    Rows rows{{edges.front(), 0.0}};
    for (std::size_t i = 0; i < heights.size(); ++i)
        rows.push_back({edges[i], heights[i]}), rows.push_back({edges[i + 1], heights[i]});
    rows.push_back({edges.back(), 0.0});
    return rows;
}

void mark_median(Gnuplot& plot, double x, const char* colour) {
    if (std::isfinite(x))
        plot << fmt::format(
            "set arrow from {0}, graph 1.0 to {0}, graph 0.9 nohead lw 2.2 lc rgb '{1}' front", x, colour);
}

SideBySide side_by_side(std::vector<double> model, Reference macaque) {
    model = finite(model);
    if (macaque.scaled) {
        const double middle = macaque.distribution().median();
        divide_all(model, median(model));
        divide_all(macaque.quantiles, middle);
        divide_all(macaque.bin_edges, middle);
    }
    if (macaque.period > 0.0 && !macaque.bin_edges.empty())
        for (double& x : model)
            x -= macaque.period * std::floor((x - macaque.bin_edges.front()) / macaque.period);
    return {std::move(model), std::move(macaque)};
}

void draw_shapes_panel(Gnuplot& plot, const Box& box, const std::string& title, std::span<const double> nx,
                       std::span<const double> ny, const char* colour) {
    const ShapeReference& shapes = v1_shapes();
    const double low = shapes.edges.front(), high = shapes.edges.back();
    plot.panel(box);
    plot.plain_text(box.left, box.top - 10.0, title, fmt::format("left font ',11' tc rgb '{}'", colour));
    plot << fmt::format("set logscale xy; set xrange [{0}:{1}]; set yrange [{0}:{1}]", low / 1.06,
                        high * 1.06);
    plot << "set xtics (0.1, 0.2, 0.5, 1); set ytics (0.1, 0.2, 0.5, 1)";
    plot << fmt::format(
        "set xlabel 'nx [cycles]' offset 0,0.4 tc rgb '{0}'; set ylabel 'ny [cycles]' offset "
        "1.2,0 tc rgb '{0}'",
        kColourQuiet);
    plot << fmt::format(
        "plot {} using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable, {} using 1:2 with "
        "points pt 7 ps 0.25 lc rgb '#80{}'",
        plot.table(shaded_counts(shapes)), plot.table(dots(nx, ny, low, high)),
        std::string(colour).substr(1));
}

}  // namespace analysis
