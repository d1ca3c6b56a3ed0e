#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"
#include "analysis/statistics.hpp"

namespace analysis {
namespace {

struct DistributionHeading {
    const char* property;
    const char* words;
};

// What the figure of tuning does not show.
constexpr DistributionHeading kDistributionHeadings[] = {
    {"preferred_orientation", "Preferred orientation [deg]"},
    {"peak_spatial_frequency", "Peak spatial frequency / median"},
    {"schiller_index", "Schiller’s index of bandwidth"},
    {"suppression_index", "Suppression index"},
    {"summation_field", "Summation field / median"},
    {"surround_diameter", "Surround diameter / median"},
    {"surround_ratio", "Surround / summation field"},
    {"nx", "Width of fields nx [cycles]"},
    {"ny", "Length of fields ny [cycles]"}};

/// The comparison with V1's own reference of a property; null if no neuron has it.
const Comparison* comparison_of(const Analysis& analysis, const std::string& property) {
    const auto found = std::ranges::find(analysis.comparisons, property, &Comparison::reference);
    return found == analysis.comparisons.end() || found->n == 0 ? nullptr : &*found;
}

std::vector<DistributionHeading> headings_of(const Analysis& analysis) {
    std::vector<DistributionHeading> all;
    for (const DistributionHeading& heading : kDistributionHeadings)
        if (comparison_of(analysis, heading.property) != nullptr) all.push_back(heading);
    return all;
}

bool grows_by_factors(const std::vector<double>& edges) {
    return edges.front() > 0.0 && std::abs(edges[1] * edges[1] / (edges[0] * edges[2]) - 1.0) < 0.05;
}

void set_x_axis(Gnuplot& plot, const std::vector<double>& edges) {
    plot << fmt::format("set xrange [{}:{}]", edges.front(), edges.back());
    if (grows_by_factors(edges))
        plot << "set logscale x; set xtics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)";
    else
        plot << fmt::format("set xtics {}", ticks(edges.back() - edges.front(), 5));
    if (edges.back() - edges.front() == 180.0) plot << "set xtics 0,45";
}

std::string note_on(const Comparison& c) {
    return has_too_few(c) ? fmt::format("{} neurons", c.n) : fmt::format("KS {:.2f}", c.ks.value);
}

constexpr std::size_t kHistogramsAcross = 3;
constexpr double kHistogramWide = 348.0, kHistogramHigh = 236.0;

Box box_of(std::size_t place) {
    return {56.0 + static_cast<double>(place % kHistogramsAcross) * kHistogramWide,
            66.0 + static_cast<double>(place / kHistogramsAcross) * kHistogramHigh, 278.0, 160.0};
}

void draw_heading(Gnuplot& plot, const Box& box, const std::string& words, const std::string& note) {
    plot.text(box.left - 32.0, box.top - 18.0, fmt::format("{{/:Bold {}}}", words), "left font ',11.5'");
    plot.text(box.left + box.width, box.top - 18.0, note,
              fmt::format("right font ',10.5' tc rgb '{}'", kColourQuiet));
}

/// None of a circular property, and of scaled ones both are 1.
void mark_medians(Gnuplot& plot, const SideBySide& both) {
    if (both.macaque.period > 0.0 || both.macaque.scaled) return;
    mark_median(plot, both.macaque.distribution().median(), kColourMacaque);
    mark_median(plot, median(both.model), kColourModel);
}

void draw_histograms(Gnuplot& plot, const SideBySide& both) {
    const auto& edges = both.macaque.bin_edges;
    const auto of_model = fractions(both.model, edges), of_macaque = normalised(both.macaque.bin_counts);
    const double top = 1.18 * std::max(std::ranges::max(of_model), std::ranges::max(of_macaque));
    set_x_axis(plot, edges);
    plot << fmt::format("set yrange [0:{}]; set ytics 0,{}", top, ticks(top, 4));
    plot << fmt::format(
        "plot {} with boxxyerror fs solid 0.42 noborder lc rgb '{}', {} with lines lw 1.8 lc rgb '{}'",
        plot.table(bars(edges, of_model)), kColourModel, plot.table(outline(edges, of_macaque)),
        kColourMacaque);
}

void draw_one(Gnuplot& plot, const Analysis& analysis, const DistributionHeading& heading,
              std::size_t place) {
    const Box box = box_of(place);
    const auto both = side_by_side(analysis.property(heading.property), v1_reference(heading.property));
    plot.panel(box);
    if (place == 0)
        draw_legend(plot, 24.0, 14.0,
                    {{"■ running network", kColourModel}, {"— macaque V1", kColourMacaque}});
    draw_heading(plot, box, heading.words, note_on(*comparison_of(analysis, heading.property)));
    mark_medians(plot, both);
    draw_histograms(plot, both);
}

}  // namespace

std::optional<Figure> draw_other_histograms(const Analysis& analysis, const std::filesystem::path& dir) {
    const auto headings = headings_of(analysis);
    if (headings.empty()) return std::nullopt;
    const std::size_t n_rows = (headings.size() + kHistogramsAcross - 1) / kHistogramsAcross;
    Gnuplot plot("other_histograms", 1040,
                 static_cast<int>(32.0 + static_cast<double>(n_rows) * kHistogramHigh));
    for (std::size_t k = 0; k < headings.size(); ++k) draw_one(plot, analysis, headings[k], k);
    plot.draw(dir);
    return Figure{
        "other_histograms",
        "Further properties beside macaque V1",
        "Fractions of neurons in the bins of the papers (see the table). Filled blue: the running "
        "network; black: macaque V1; ticks at the top: medians; what lies beyond the bins counts for "
        "the outermost. A model has no degrees: frequencies and diameters of both were divided by "
        "their medians, so that only shapes of distributions are compared.",
        "Histograms of further properties for the model and for macaque V1.",
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_shapes(const Analysis& analysis, const std::filesystem::path& dir) {
    if (analysis.shapes.n == 0) return std::nullopt;
    Gnuplot plot("shapes", 470, 440);
    draw_shapes_panel(plot, {62.0, 16.0, 370.0, 370.0}, "", analysis.property("nx"), analysis.property("ny"),
                      kColourModel);
    plot.draw(dir);
    const ShapeComparison& shapes = analysis.shapes;
    return Figure{
        "shapes",
        "Shapes of receptive fields",
        fmt::format("Each of the {} fields that a Gabor function explains, by the widths of its envelope "
                    "across (nx) and along (ny) its bars, in cycles; those beyond the axes stand at "
                    "their rim. Grey: where the cells of macaque V1 are, {}; the fuller, the more. "
                    "Kullback–Leibler divergence of the joint counts {:.2f} [{:.2f}, {:.2f}] nats; {:.2f} "
                    "would be expected of as many cells of the macaque itself.",
                    shapes.n, shapes.citation, shapes.kl.value, shapes.kl.low, shapes.kl.high,
                    shapes.ceiling),
        "Scatter of nx and ny of the model's receptive fields over counts of macaque cells.",
        plot.width(),
        plot.height()};
}

}  // namespace analysis
