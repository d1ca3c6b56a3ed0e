#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/field_image.hpp"
#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"

namespace analysis {
namespace {

constexpr Rgb kBlue{0x00, 0x72, 0xB2};  // kColourModel

/// Colour of a neuron: of its preferred orientation if that is known.
Rgb neuron_colour(const Analysis* analysis, std::size_t neuron) {
    if (analysis == nullptr) return kBlue;
    const auto& own = analysis->map.source == "linear" ? analysis->linear : analysis->network;
    const auto& preferred = own.tuning.preferred_orientation;
    if (neuron >= preferred.size() || !std::isfinite(preferred[neuron])) return {120, 120, 120};
    return orientation_colour(preferred[neuron]);
}

/// Rank of each neuron that fired, by its first spike.
std::map<std::size_t, std::size_t> ranks(const Presentation& p) {
    std::map<std::size_t, std::size_t> rank;
    for (const std::size_t neuron : p.neuron)
        rank.emplace(neuron, rank.size());  // spikes come in order of time
    return rank;
}

constexpr double kColumn = 818.0;  // of pictures, beside it
constexpr Box kRasterBox{64.0, 34.0, 690.0, 400.0};

void draw_raster(Gnuplot& plot, const Presentation& p, const Analysis* analysis) {
    const auto rank = ranks(p);
    const auto n = static_cast<double>(rank.size());
    const double px = (n + 1.0) / kRasterBox.height;             // [neurons]
    const double length = std::clamp(0.8, 2.5 * px, 14.0 * px);  // of a tick [neurons]
    std::vector<std::vector<double>> marks;
    for (std::size_t i = 0; i < p.time.size(); ++i) {
        const auto row = static_cast<double>(rank.at(p.neuron[i])) + 1.0;
        marks.push_back(
            {p.time[i], row - 0.5 * length, 0.0, length, packed(neuron_colour(analysis, p.neuron[i]))});
    }
    plot.panel(kRasterBox);
    plot.text(kRasterBox.left - 60.0, kRasterBox.top - 18.0, "{/:Bold Spikes}", "left");
    plot << fmt::format("set xrange [0:{}]; set yrange [0:{}]; set ytics {}", p.duration, n + 1.0,
                        n > 5.0 ? ticks(n + 1.0, 8) : "1");
    plot << fmt::format(
        "set xlabel 'time since the presentation began [ms]' offset 0,0.2 tc rgb '{0}'; set ylabel 'neuron, "
        "by first spike' offset 0.8,0 tc rgb '{0}'",
        kColourQuiet);
    plot << fmt::format("plot {} using 1:2:3:4:5 with vectors nohead lw {} lc rgb variable",
                        plot.table(marks), p.time.size() > 1500 ? 1.0 : 1.8);
}

/// Phi a.
std::vector<float> reconstruction(const RecordedRun& run, const std::vector<float>& code) {
    std::vector<float> sum(run.height * run.width, 0.0F);
    for (std::size_t i = 0; i < run.size(); ++i) {
        if (code[i] == 0.0F) continue;
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += code[i] * run.field(i)[k];
    }
    return sum;
}

/// The code in its place on the sheet: a veil where silent, the fuller the colour the more active, on light paper as on
/// dark. Of kernels that all places share, the most active at each place.
Raster code_picture(const RecordedRun& run, const Presentation& p, const Analysis* analysis) {
    const std::size_t n_at_place = std::max<std::size_t>(run.kernels.n, 1), cols = run.cols / n_at_place;
    constexpr double kSilent = 0.09;  // opacity
    Raster image(cols, run.rows, 4);
    const float most = std::max(1e-30F, *std::max_element(p.code.begin(), p.code.end()));
    for (std::size_t place = 0; place < run.rows * cols; ++place) {
        const auto first = p.code.begin() + static_cast<std::ptrdiff_t>(place * n_at_place);
        const auto active = std::max_element(first, first + static_cast<std::ptrdiff_t>(n_at_place));
        const double part =
            *active > 0.0F ? 0.15 + 0.85 * std::sqrt(static_cast<double>(*active / most)) : kSilent;
        const auto neuron = static_cast<std::size_t>(active - p.code.begin());
        image.set(place / cols, place % cols,
                  *active > 0.0F ? neuron_colour(analysis, neuron) : Rgb{120, 120, 120}, part);
    }
    return image;
}

/// A picture with a heading, as large as a square of `side` allows at whole magnification.
void draw_picture(Gnuplot& plot, const Raster& image, const std::string& heading, double left, double top,
                  double side) {
    const auto longer = static_cast<double>(std::max(image.width, image.height));
    const double k = side >= longer ? std::floor(side / longer) : side / longer;
    plot.text(left, top - 18.0, heading, "left");
    plot.picture({left, top, k * static_cast<double>(image.width), k * static_cast<double>(image.height)},
                 image);
}

/// Phi a; of several senses, one beside the other.
void draw_reconstruction(Gnuplot& plot, const RecordedRun& run, const std::vector<float>& code) {
    constexpr double kTop = 266.0, kSide = 168.0, kStep = kSide + 28.0;
    const std::vector<float> sum = reconstruction(run, code);
    if (run.senses.empty())
        return draw_picture(plot, field_picture(sum.data(), run.height, run.width),
                            "{/:Bold Reconstruction} Φa", kColumn, kTop, kSide);
    const double part = 1.0 / static_cast<double>(run.senses.size());
    for (std::size_t m = 0; m < run.senses.size(); ++m) {
        const RecordedSense& sense = run.senses[m];
        const double left = kColumn + static_cast<double>(m) * part * kStep;
        draw_picture(plot, field_picture(sum.data() + sense.first_pixel, sense.height, sense.width),
                     m == 0 ? "{/:Bold Reconstruction} Φa" : "", left, kTop, part * (kStep - 8.0));
    }
}

}  // namespace

std::optional<Figure> draw_activity(const RecordedRun& run, const Analysis* analysis,
                                    const std::filesystem::path& dir) {
    if (!run.presentation || run.Phi.empty() || run.presentation->code.size() != run.size())
        return std::nullopt;
    const Presentation& p = *run.presentation;
    Gnuplot plot("activity", 1040, 492);
    draw_raster(plot, p, analysis);
    draw_picture(plot, code_picture(run, p, analysis),
                 run.kernels.n > 0 ? "{/:Bold Code}, place by place" : "{/:Bold Code} on the sheet", kColumn,
                 34.0, 196.0);
    draw_reconstruction(plot, run, p.code);
    plot.draw(dir);
    const auto n_active = std::count_if(p.code.begin(), p.code.end(), [](float a) { return a > 0.0F; });
    return Figure{
        "activity",
        "One presentation, spike by spike",
        fmt::format(
            "Presentation {} ({}): {} spikes of {} neurons in {:g} ms, in order of first spike. Its code has "
            "{} active neurons of {}{}; the reconstruction is Φa with the final fields{}.{}",
            p.number, p.held_out ? "held out" : "training", p.time.size(), ranks(p).size(), p.duration,
            n_active, run.size(), std::isfinite(p.energy) ? fmt::format(" and energy {:.4f}", p.energy) : "",
            run.has_channels ? ", the planes of all channels added up" : "",
            analysis != nullptr ? " Colour: preferred orientation, as in the map." : ""),
        "Spike raster of one presentation, the code on the sheet and the reconstructed stimulus.",
        plot.width(),
        plot.height()};
}

}  // namespace analysis
