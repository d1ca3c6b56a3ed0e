#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/field_image.hpp"
#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/numbers.hpp"
#include "analysis/panels.hpp"
#include "analysis/statistics.hpp"

namespace analysis {
namespace {

// ---- responses to contrast and size

/// Curves of several neurons over the same x, each divided by its peak. One that never responds is NaN.
struct Curves {
    std::vector<double> x;
    std::vector<std::vector<double>> y;  // shape (n_neurons, n_x)

    Curves(const std::vector<double>& x_, const std::vector<float>& responses) : x(x_) {
        for (auto at = responses.begin(); at != responses.end(); at += static_cast<long>(x.size())) {
            const auto end = at + static_cast<long>(x.size());
            const double peak = *std::max_element(at, end);
            y.emplace_back();
            for (auto r = at; r != end; ++r) y.back().push_back(peak > 0.0 ? *r / peak : kNan);
        }
    }
    Rows rows_of(const std::vector<double>& curve) const {
        Rows rows;
        for (std::size_t k = 0; k < x.size(); ++k) rows.push_back({x[k], curve[k]});
        return rows;
    }
    std::vector<double> medians() const {
        std::vector<double> result;
        for (std::size_t k = 0; k < x.size(); ++k) {
            std::vector<double> column;
            for (const auto& curve : y) column.push_back(curve[k]);
            result.push_back(median(finite(column)));
        }
        return result;
    }
    /// n neurons at even quantiles of the sum of their curve, which is small where responses come late or are
    /// suppressed.
    std::vector<std::size_t> some(std::size_t n) const {
        std::vector<double> sum;
        for (const auto& curve : y) {
            sum.push_back(0.0);
            for (const double value : curve) sum.back() += value;
        }
        return even_sample(sum, n);
    }
};

constexpr std::size_t kNeuronsShown = 14;

void draw_curves(Gnuplot& plot, const Box& box, const Curves& curves, const std::string& heading,
                 const std::string& x_label, bool is_logarithmic) {
    plot.panel(box);
    plot.text(box.left - 44.0, box.top - 18.0, fmt::format("{{/:Bold {}}}", heading), "left");
    const double low = curves.x.front(), high = curves.x.back();
    plot << fmt::format("set xrange [{}:{}]; set yrange [0:1.05]; set ytics 0.25",
                        is_logarithmic ? low / 1.05 : 0.0, is_logarithmic ? high * 1.05 : 1.02 * high);
    if (is_logarithmic)
        plot << "set logscale x; set xtics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)";
    plot << fmt::format("set xlabel '{}' offset 0,0.2 tc rgb '{}'", x_label, kColourQuiet);
    plot << fmt::format("set ylabel 'response / peak' offset 0.6,0 tc rgb '{}'", kColourQuiet);
    std::string elements;
    for (const std::size_t neuron : curves.some(kNeuronsShown))
        elements += fmt::format("{} with lines lw 1 lc rgb '{}', ",
                                plot.table(curves.rows_of(curves.y[neuron])), kColourPale);
    plot << fmt::format("plot {}{} with linespoints lw 2.4 pt 7 ps 0.6 lc rgb '{}'", elements,
                        plot.table(curves.rows_of(curves.medians())), kColourModel);
}

std::string suppression_words(const Analysis& analysis) {
    const auto index = finite(analysis.property("suppression_index"));
    return index.empty()
               ? ""
               : fmt::format(" The median suppression index is {:.2f} (macaque {:.2f}).", median(index),
                             v1_reference("suppression_index").distribution().median());
}

// ---- spike-triggered averages

constexpr std::size_t kAveragesAcross = 10;
constexpr double kThumb = 84.0, kThumbStep = 96.0, kThumbsLeft = 80.0, kThumbsTop = 30.0;

void draw_thumb(Gnuplot& plot, const FieldCrop& crop, const std::vector<float>& fields, std::size_t neuron,
                double left, double top) {
    const auto longer = static_cast<double>(std::max(crop.height(), crop.width()));
    const double k = longer <= kThumb ? std::floor(2.0 * kThumb / longer) / 2.0 : kThumb / longer;
    Raster image(crop.width(), crop.height(), 1);
    crop.paint(fields.data(), neuron, image, 0, 0);
    plot.picture({left, top, k * static_cast<double>(crop.width()), k * static_cast<double>(crop.height())},
                 image);
}

/// A row of the figure: fields with a number under each, if there is any.
struct Strip {
    const char* heading;
    const std::vector<float>* fields;
    std::vector<double> correlation;
};

void draw_strip(Gnuplot& plot, const FieldCrop& crop, const Strip& strip,
                const std::vector<std::size_t>& neurons, double top) {
    plot.text(4.0, top + 0.5 * kThumb, strip.heading, "left font ',11'");
    for (std::size_t k = 0; k < neurons.size(); ++k) {
        const double left = kThumbsLeft + static_cast<double>(k) * kThumbStep;
        if (!strip.correlation.empty())
            plot.text(left, top + kThumb + 9.0, fmt::format("{:.2f}", strip.correlation[neurons[k]]),
                      fmt::format("left font ',10' tc rgb '{}'", kColourQuiet));
        draw_thumb(plot, crop, *strip.fields, neurons[k], left, top);
    }
}

/// NaN where either is.
std::vector<double> means(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> result;
    for (std::size_t i = 0; i < a.size(); ++i) result.push_back(0.5 * (a[i] + b[i]));
    return result;
}

}  // namespace

std::optional<Figure> draw_response_curves(const Analysis& analysis, const std::filesystem::path& dir) {
    const bool has_contrast = !analysis.contrast.contrast.empty(), has_size = !analysis.size.neuron.empty();
    if (!has_contrast && !has_size) return std::nullopt;
    Gnuplot plot("response_curves", has_contrast && has_size ? 1040 : 520, 330);
    double left = 60.0;
    const auto draw = [&](const Curves& curves, const char* heading, const char* x_label,
                          bool is_logarithmic) {
        draw_curves(plot, {left, 34.0, 430.0, 232.0}, curves, heading, x_label, is_logarithmic);
        left += 526.0;
    };
    if (has_contrast)
        draw({analysis.contrast.contrast, analysis.contrast.responses}, "Contrast",
             "contrast (norm of a frame)", true);
    if (has_size)
        draw({analysis.size.diameter, analysis.size.responses}, "Size", "diameter of the disc [px]", false);
    plot.draw(dir);
    return Figure{
        "response_curves",
        "Responses to contrast and size",
        fmt::format("Responses to each neuron’s best grating, divided by their peak: of some neurons "
                    "(pale) and the median of all tested (blue).{}",
                    suppression_words(analysis)),
        "Contrast response and size tuning curves of some neurons with their median.",
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_spike_triggered_averages(const RecordedRun& run, const Analysis& analysis,
                                                    const std::filesystem::path& dir) {
    const NoiseRecording& noise = analysis.noise;
    if (noise.white.size() != run.Phi.size() || noise.sparse.size() != run.Phi.size()) return std::nullopt;
    const auto white = analysis.property("sta_white"), sparse = analysis.property("sta_sparse");
    auto neurons = even_sample(means(white, sparse), kAveragesAcross);
    if (neurons.empty()) return std::nullopt;
    std::ranges::reverse(neurons);
    const FieldCrop crop(run);
    Gnuplot plot("spike_triggered_averages", 1040, 352);
    double top = kThumbsTop - 20.0;
    for (const Strip& strip : {Strip{"field Φ", &run.Phi, {}}, Strip{"white\\nnoise", &noise.white, white},
                               Strip{"sparse\\nnoise", &noise.sparse, sparse}}) {
        draw_strip(plot, crop, strip, neurons, top);
        top += strip.correlation.empty() ? kThumbStep : kThumbStep + 22.0;
    }
    plot.draw(dir);
    return Figure{
        "spike_triggered_averages",
        "Receptive fields as an experiment would find them",
        fmt::format("Receptive fields Φ of {} neurons and their spike-triggered averages over {} frames of "
                    "white and of sparse noise, from the most alike to the least; below each its "
                    "correlation with Φ. Medians of all neurons: {:.2f} under white, {:.2f} under sparse "
                    "noise. Each picture is scaled to its own largest absolute value, zero in mid grey.",
                    neurons.size(), noise.n_frames, median(finite(white)), median(finite(sparse))),
        "Receptive fields of some neurons above their spike-triggered averages.",
        plot.width(),
        plot.height()};
}

}  // namespace analysis
