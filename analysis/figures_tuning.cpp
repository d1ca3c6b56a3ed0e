#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "analysis/field_image.hpp"
#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"
#include "analysis/v1_reference.hpp"

namespace analysis {
namespace {

using Legend = std::vector<std::pair<std::string, std::string>>;  // words, colour

/// Whether it was measured what receptive fields alone say.
bool has_fields(const Analysis& analysis) { return analysis.linear.tuning.size() > 0; }

// ---- tuning curves

/// n responding neurons at even quantiles of circular variance, sharpest first.
std::vector<std::size_t> sample_neurons(const Tuning& tuning, std::size_t n) {
    std::vector<double> variance = tuning.circular_variance;
    for (std::size_t i = 0; i < variance.size(); ++i)
        if (tuning.responds[i] == 0) variance[i] = std::numeric_limits<double>::quiet_NaN();
    return even_sample(variance, n);
}

std::size_t nearest(const std::vector<double>& values, double x) {
    const auto farther = [x](double y, double z) { return std::abs(y - x) < std::abs(z - x); };
    return static_cast<std::size_t>(std::min_element(values.begin(), values.end(), farther) - values.begin());
}

/// Mean response over phases at the neuron's peak spatial frequency, largest 1, from 0 deg to 180 deg.
Rows tuning_curve(const GratingAxes& axes, const GratingResponses& all, std::size_t neuron) {
    const std::size_t n_f = axes.spatial_frequency.size(), n_phases = axes.phase.size();
    const std::size_t f = nearest(axes.spatial_frequency, all.tuning.peak_spatial_frequency[neuron]);
    Rows rows;
    for (std::size_t o = 0; o < axes.orientation.size(); ++o) {
        const float* R = all.responses.data() + ((neuron * axes.orientation.size() + o) * n_f + f) * n_phases;
        rows.push_back({axes.orientation[o], std::accumulate(R, R + n_phases, 0.0)});
    }
    double most = 0.0;
    for (const auto& row : rows) most = std::max(most, row[1]);
    for (auto& row : rows) row[1] /= most > 0.0 ? most : 1.0;
    rows.push_back({rows.front()[0] + 180.0, rows.front()[1]});
    return rows;
}

constexpr std::size_t kCurvesAcross = 6;
constexpr double kCellWidth = 169.0, kCellHeight = 222.0, kThumbSide = 64.0;

void draw_thumb(Gnuplot& plot, const RecordedRun& run, const FieldCrop& crop, std::size_t neuron, double left,
                double top) {
    const std::size_t longer = std::max(crop.height(), crop.width());
    const double k = std::max(1.0, std::floor(kThumbSide / static_cast<double>(longer)));
    Raster image(crop.width(), crop.height(), 1);
    crop.paint(run.Phi.data(), neuron, image, 0, 0);
    plot.picture({left, top, k * static_cast<double>(crop.width()), k * static_cast<double>(crop.height())},
                 image);
}

Legend legend_of_curves(const Analysis& analysis) {
    Legend all{{"— running network", kColourModel}};
    if (has_fields(analysis)) all.push_back({"- - receptive field alone", kColourLinear});
    return all;
}

/// One neuron: its receptive field, if it has one; its circular variance, its curves.
void draw_neuron(Gnuplot& plot, const RecordedRun& run, const FieldCrop* crop, const Analysis& analysis,
                 std::size_t neuron, std::size_t place) {
    const double left = 28.0 + static_cast<double>(place % kCurvesAcross) * kCellWidth;
    const double top = 34.0 + static_cast<double>(place / kCurvesAcross) * kCellHeight;
    if (crop != nullptr) draw_thumb(plot, run, *crop, neuron, left, top);
    plot.panel({left, top + 78.0, kCellWidth - 32.0, 92.0});
    if (place == 0) draw_legend(plot, 28.0, 14.0, legend_of_curves(analysis));
    const auto quiet = fmt::format("left font ',10' tc rgb '{}'", kColourQuiet);
    const double words = left + (crop != nullptr ? 72.0 : 0.0);
    plot.text(words, top + 14.0, fmt::format("CV {:.2f}", analysis.network.tuning.circular_variance[neuron]),
              "left font ',11'");
    plot.text(words, top + 34.0, fmt::format("row {}", neuron / run.cols), quiet);
    plot.text(words, top + 49.0, fmt::format("col {}", neuron % run.cols), quiet);
    plot << "set xrange [0:180]; set yrange [0:1.05]; set xtics 0,90,180; set format x '%g°'; set ytics (0, "
            "1)";
    if (place % kCurvesAcross != 0) plot << "set ytics ('' 0, '' 1)";
    std::string linear;
    if (has_fields(analysis) && analysis.linear.tuning.responds[neuron] != 0)
        linear =
            fmt::format("{} with lines lw 1.3 dt (5,3) lc rgb '{}', ",
                        plot.table(tuning_curve(analysis.gratings, analysis.linear, neuron)), kColourLinear);
    plot << fmt::format("plot {}{} with linespoints lw 1.8 pt 7 ps 0.3 lc rgb '{}'", linear,
                        plot.table(tuning_curve(analysis.gratings, analysis.network, neuron)), kColourModel);
}

// ---- histograms

/// A property with its heading, which names the axis too.
struct TuningProperty {
    const char* name;
    const char* heading;
    std::vector<double> Tuning::*values;
};

const TuningProperty kProperties[] = {
    {"circular_variance", "Circular variance", &Tuning::circular_variance},
    {"half_bandwidth", "Half-bandwidth at 1/√2 of the peak [deg]", &Tuning::half_bandwidth},
    {"orth_pref", "Orthogonal over preferred response", &Tuning::orth_pref},
    {"F1_F0", "F1/F0", &Tuning::F1_F0}};

std::vector<double> responding(const Tuning& tuning, const std::vector<double>& values) {
    std::vector<double> kept;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (tuning.responds[i] != 0 && std::isfinite(values[i])) kept.push_back(values[i]);
    return kept;
}

std::string distance_words(const Analysis& analysis, const std::string& property) {
    for (const Comparison& c : analysis.comparisons)
        if (c.reference == property && std::isfinite(c.ks.value))
            return fmt::format("KS {:.2f} [{:.2f}, {:.2f}]", c.ks.value, c.ks.low, c.ks.high);
    return "";
}

double highest(const std::vector<double>& heights) {
    return heights.empty() ? 0.0 : *std::max_element(heights.begin(), heights.end());
}

Legend legend_of_histograms(const Analysis& analysis) {
    Legend all{
        {analysis.is_complex.empty() ? "■ running network" : "■ neurons and complex cells", kColourModel}};
    if (has_fields(analysis)) all.push_back({"— receptive field alone", kColourLinear});
    all.push_back({"— macaque V1", kColourMacaque});
    return all;
}

void draw_histogram(Gnuplot& plot, const Analysis& analysis, const TuningProperty& property,
                    std::size_t place) {
    const double left = 70.0 + static_cast<double>(place % 2) * 510.0,
                 top = 68.0 + static_cast<double>(place / 2) * 268.0;
    const Reference& v1 = v1_reference(property.name);
    const auto& edges = v1.bin_edges;
    const Tuning compared = analysis.compared();
    const auto model = responding(compared, compared.*property.values);
    const auto linear = responding(analysis.linear.tuning, analysis.linear.tuning.*property.values);
    const auto of_model = fractions(model, edges), of_linear = fractions(linear, edges),
               of_v1 = normalised(v1.bin_counts);
    const double top_of_axis = 1.18 * std::max({highest(of_model), highest(of_linear), highest(of_v1)});
    plot.panel({left, top, 440.0, 190.0});
    if (place == 0) draw_legend(plot, 6.0, 14.0, legend_of_histograms(analysis));
    plot.text(left - (place % 2 == 0 ? 64.0 : 44.0), top - 20.0,
              fmt::format("{{/:Bold {}}}", property.heading), "left");
    plot.text(left + 440.0, top - 20.0, distance_words(analysis, property.name),
              fmt::format("right font ',11' tc rgb '{}'", kColourQuiet));
    if (!linear.empty()) mark_median(plot, median(linear), kColourLinear);
    mark_median(plot, v1.distribution().median(), kColourMacaque);
    mark_median(plot, median(model), kColourModel);
    plot << fmt::format("set xrange [{}:{}]; set yrange [0:{}]", edges.front(), edges.back(), top_of_axis);
    plot << fmt::format("set ytics 0,{}", ticks(top_of_axis, 4));
    if (edges.back() == 90.0) plot << "set xtics 0,30,90";
    if (place % 2 == 0)
        plot << fmt::format("set ylabel 'fraction of neurons' offset 0.6,0 tc rgb '{}'", kColourQuiet);
    const std::string line_of_fields = has_fields(analysis)
                                           ? fmt::format("{} with lines lw 1.3 lc rgb '{}', ",
                                                         plot.table(outline(edges, of_linear)), kColourLinear)
                                           : "";
    plot << fmt::format(
        "plot {} with boxxyerror fs solid 0.42 noborder lc rgb '{}', {}{} with lines lw 1.8 lc rgb '{}'",
        plot.table(bars(edges, of_model)), kColourModel, line_of_fields, plot.table(outline(edges, of_v1)),
        kColourMacaque);
}

}  // namespace

std::optional<Figure> draw_tuning_curves(const RecordedRun& run, const Analysis& analysis,
                                         const std::filesystem::path& dir) {
    const auto sample = sample_neurons(analysis.network.tuning, 2 * kCurvesAcross);
    if (sample.empty() || analysis.network.tuning.size() != run.size()) return std::nullopt;
    const auto crop = run.Phi.empty() ? std::nullopt : std::optional<FieldCrop>(run);
    const bool two_rows = sample.size() > kCurvesAcross;
    Gnuplot plot("tuning_curves", 1040, static_cast<int>(two_rows ? 2.0 * kCellHeight : kCellHeight) + 10);
    for (std::size_t k = 0; k < sample.size(); ++k)
        draw_neuron(plot, run, crop ? &*crop : nullptr, analysis, sample[k], k);
    plot.draw(dir);
    return Figure{
        "tuning_curves",
        "Tuning to orientation",
        fmt::format("{} of the neurons that respond to gratings, at even quantiles of circular variance "
                    "(CV){}. Solid blue: response of the running network{}; the mean over phases at the "
                    "neuron’s own peak spatial frequency, largest 1, against the orientation of the bars.",
                    sample.size(), crop ? ", with their receptive fields" : "",
                    has_fields(analysis) ? "; dashed orange: of the receptive field alone, [φ·s]₊" : ""),
        "Orientation tuning curves of sample neurons.",
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_tuning_histograms(const Analysis& analysis, const std::filesystem::path& dir) {
    if (analysis.network.tuning.size() == 0) return std::nullopt;
    Gnuplot plot("tuning_histograms", 1040, 558);
    std::size_t place = 0;
    for (const TuningProperty& property : kProperties) draw_histogram(plot, analysis, property, place++);
    plot.draw(dir);
    const auto responds = analysis.compared().responds;
    return Figure{
        "tuning_histograms",
        "Tuning beside macaque V1",
        fmt::format("Fractions of neurons. Filled blue: responses of the running network{} ({} of {} "
                    "respond to gratings);{} black: "
                    "macaque V1, {}. Ticks at the top: medians. KS: Kolmogorov–Smirnov distance of "
                    "the running network from the monkey, with its bootstrap 95 % interval. "
                    "Neurons whose tuning never falls to 1/√2 of its peak have no half-bandwidth.",
                    analysis.is_complex.empty() ? "" : " and of the complex cells taken in its place",
                    std::count(responds.begin(), responds.end(), std::uint8_t{1}), responds.size(),
                    has_fields(analysis) ? " orange: the receptive fields alone;" : "",
                    v1_reference("circular_variance").citation),
        "Histograms of four measures of tuning for the model and for macaque V1.",
        plot.width(),
        plot.height()};
}

}  // namespace analysis
