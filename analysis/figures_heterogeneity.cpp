#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "analysis/gnuplot.hpp"
#include "analysis/heterogeneity.hpp"
#include "analysis/panels.hpp"

namespace analysis {
namespace {

// Told apart also by the colour-blind (after Okabe & Ito 2008).
constexpr std::array kKernelColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                       "#E69F00", "#56B4E9", "#6B6B6B", "#000000"};

const char* colour_of_kernels(std::size_t run) { return kKernelColours[run % kKernelColours.size()]; }

/// In the first panel: labels belong to one.
void draw_names(Gnuplot& plot, std::span<const CodedPhotographs> runs, double left) {
    constexpr std::size_t kAbreast = 4;
    for (std::size_t first = 0; first < runs.size(); first += kAbreast) {
        std::vector<std::pair<std::string, std::string>> entries;
        for (std::size_t run = first; run < std::min(first + kAbreast, runs.size()); ++run)
            entries.emplace_back(runs[run].name, colour_of_kernels(run));
        draw_legend(plot, left, 14.0 + 17.0 * static_cast<double>(first / kAbreast), entries);
    }
}

Figure figure_of(const Gnuplot& plot, const char* title, const char* caption) {
    return {plot.name(), title, caption, caption, plot.width(), plot.height()};
}

void label_axes(Gnuplot& plot, const std::string& x, const std::string& y) {
    plot << fmt::format("set xlabel '{}' offset 0,0.4 tc rgb '{}'; set ylabel '{}' offset 0.8,0 tc rgb '{}'",
                        x, kColourQuiet, y, kColourQuiet);
}

/// Median of each cut.
Rows medians(const std::vector<double>& cut, const std::vector<std::vector<double>>& values) {
    Rows rows;
    for (std::size_t at = 0; at < cut.size(); ++at) rows.push_back({cut[at], median(at_cut(values, at))});
    return rows;
}

struct Reading {
    Cuts CodedPhotographs::*cuts;
    const char* words;
};

constexpr Reading kReadings[] = {{&CodedPhotographs::absolute, "cut-off of |a|"},
                                 {&CodedPhotographs::norm_matched, "cut-off of |a| |d|"},
                                 {&CodedPhotographs::quantile_matched, "part of coefficients cut"}};

void draw_reading(Gnuplot& plot, std::span<const CodedPhotographs> runs, const Reading& reading, bool of_psnr,
                  const Box& box) {
    plot.panel(box);
    if (of_psnr && &reading == &kReadings[0]) draw_names(plot, runs, box.left);
    label_axes(plot, reading.words, of_psnr ? "PSNR [dB]" : "sparseness");
    plot << "set autoscale x; set autoscale y; set xtics 0.1";
    std::string elements;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const Cuts& cuts = runs[run].*reading.cuts;
        elements += fmt::format("{}{} with linespoints pt 7 ps 0.4 lw 2 lc rgb '{}'", run > 0 ? ", " : "",
                                plot.table(medians(cuts.cut, of_psnr ? cuts.psnr : cuts.sparseness)),
                                colour_of_kernels(run));
    }
    plot << "plot " + elements;
}

struct CoursePanel {
    std::vector<std::vector<double>> Course::*x;  // null: time
    const char* x_words;
    std::vector<std::vector<double>> Course::*y;
    const char* y_words;
};

constexpr CoursePanel kCoursePanels[] = {
    {nullptr, "time of presentation [ms]", &Course::psnr, "PSNR [dB]"},
    {nullptr, "time of presentation [ms]", &Course::sparseness, "sparseness"},
    {&Course::spikes, "spikes of a pixel", &Course::psnr, "PSNR [dB]"}};

void draw_course_panel(Gnuplot& plot, std::span<const CodedPhotographs> runs, const CoursePanel& panel,
                       const Box& box) {
    plot.panel(box);
    if (&panel == &kCoursePanels[0]) draw_names(plot, runs, box.left);
    label_axes(plot, panel.x_words, panel.y_words);
    plot << "set autoscale x; set autoscale y; set xtics auto";
    std::string elements;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const Course& course = runs[run].course;
        Rows rows;
        for (std::size_t at = 0; at < course.t.size(); ++at)
            rows.push_back({panel.x ? median(at_cut(course.*panel.x, at)) : course.t[at],
                            median(at_cut(course.*panel.y, at))});
        if (rows.empty()) continue;
        elements += fmt::format("{}{} with linespoints pt 7 ps 0.4 lw 2 lc rgb '{}'",
                                elements.empty() ? "" : ", ", plot.table(rows), colour_of_kernels(run));
    }
    plot << "plot " + elements;
}

/// Weighted fractions in n bins from 0 to `end`; what lies beyond counts for the last.
std::vector<double> weighted(const std::vector<double>& values, const std::vector<double>& weight, double end,
                             std::size_t n) {
    std::vector<double> counts(n, 0.0);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i])) {
            const auto bin =
                static_cast<std::size_t>(std::max(values[i], 0.0) / end * static_cast<double>(n));
            counts[std::min(bin, n - 1)] += weight[i];
        }
    return normalised(counts);
}

struct Angle {
    std::vector<double> Orientations::*values;
    const char* words;
    double end;  // [deg]
    std::size_t bins;
};

constexpr Angle kAngles[] = {{&Orientations::theta, "orientation [deg]", 180.0, 18},
                             {&Orientations::bandwidth, "bandwidth of orientation [deg]", 90.0, 30}};

void draw_angle(Gnuplot& plot, std::span<const CodedPhotographs> runs, const Angle& angle, const Box& box) {
    const auto line = [&](const Orientations& orientations) {
        const auto heights = weighted(orientations.*angle.values, orientations.weight,
                                      angle.end * std::numbers::pi / 180.0, angle.bins);
        Rows rows;
        for (std::size_t bin = 0; bin < heights.size(); ++bin)
            rows.push_back({(static_cast<double>(bin) + 0.5) * angle.end / static_cast<double>(angle.bins),
                            heights[bin]});
        return plot.table(rows);
    };
    plot.panel(box);
    if (&angle == &kAngles[0]) {
        draw_names(plot, runs, box.left);
        draw_legend(plot, 790.0, 14.0, {{"the photographs (dashed)", kColourMacaque}});
    }
    label_axes(plot, angle.words, "fraction");
    plot << fmt::format("set xrange [0:{}]; set yrange [0:*]; set xtics {}", angle.end, angle.end / 6.0);
    std::string elements = fmt::format("{} with lines lw 3 dt (2,1) lc rgb '{}'",
                                       line(orientations_of_patches(runs.front())), kColourMacaque);
    for (std::size_t run = 0; run < runs.size(); ++run)
        elements +=
            fmt::format(", {} with lines lw 2 lc rgb '{}'", line(runs[run].used), colour_of_kernels(run));
    plot << "plot " + elements;
}

/// Kernels in rows of twelve, each scaled to its largest value, zero in mid grey.
Raster mosaic(const CodedPhotographs& run) {
    constexpr std::size_t kAcross = 12;
    const sim::Kernels& kernels = run.placed.kernels;
    const std::size_t down = (kernels.n + kAcross - 1) / kAcross, high = kernels.height + 1,
                      wide = kernels.width + 1;
    Raster image(kAcross * wide + 1, down * high + 1, 1, 160);
    for (std::size_t k = 0; k < kernels.n; ++k) {
        const auto kernel = kernels.kernel(k);
        float most = 1e-30F;
        for (const float value : kernel) most = std::max(most, std::abs(value));
        for (std::size_t i = 0; i < kernels.height; ++i)
            for (std::size_t j = 0; j < kernels.width; ++j)
                *image.at(1 + k / kAcross * high + i, 1 + k % kAcross * wide + j) = static_cast<std::uint8_t>(
                    std::lround(127.5F * (1.0F + kernel[i * kernels.width + j] / most)));
    }
    return image;
}

}  // namespace

Figure draw_scatter(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir) {
    Gnuplot plot("heterogeneity_scatter", 720, 520);
    plot.panel({64.0, 64.0, 620.0, 400.0});
    draw_names(plot, runs, 64.0);
    label_axes(plot, "sparseness", "PSNR [dB]");
    plot << "set autoscale x; set autoscale y";
    std::string elements;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const CodedPhotographs& one = runs[run];
        Rows dots;
        for (std::size_t i = 0; i < one.psnr.size(); ++i) dots.push_back({one.sparseness[i], one.psnr[i]});
        const Interval x = median_interval(one.sparseness), y = median_interval(one.psnr);
        elements += fmt::format("{}{} with points pt 7 ps 0.5 lc rgb '#90{}', ", run > 0 ? ", " : "",
                                plot.table(dots), colour_of_kernels(run) + 1);
        elements += fmt::format("{} using 1:2:3:4:5:6 with xyerrorbars pt 5 ps 1 lw 2 lc rgb '{}'",
                                plot.table({{x.value, y.value, x.low, x.high, y.low, y.high}}),
                                colour_of_kernels(run));
    }
    plot << "plot " + elements;
    plot.draw(dir);
    return figure_of(
        plot, "Precision and sparseness",
        "PSNR of the reconstruction against sparseness of the code: each photograph, and the medians "
        "with their 95 % intervals.");
}

Figure draw_resilience(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir) {
    Gnuplot plot("heterogeneity_resilience", 1100, 700);
    double left = 64.0;
    for (const Reading& reading : kReadings) {
        draw_reading(plot, runs, reading, true, {left, 74.0, 270.0, 250.0});
        draw_reading(plot, runs, reading, false, {left, 384.0, 270.0, 250.0});
        left += 358.0;
    }
    plot.draw(dir);
    return figure_of(
        plot, "Resilience",
        "Median PSNR and sparseness after small coefficients were cut, in three readings of small.");
}

Figure draw_orientations(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir) {
    Gnuplot plot("heterogeneity_orientations", 1000, 420);
    draw_angle(plot, runs, kAngles[0], {64.0, 70.0, 400.0, 290.0});
    draw_angle(plot, runs, kAngles[1], {560.0, 70.0, 400.0, 290.0});
    plot.draw(dir);
    return figure_of(
        plot, "Orientations used",
        "Orientation and bandwidth of the kernels, weighted by the contrast they carry, and of patches "
        "of the photographs, weighted by their squared gradient (structure tensor).");
}

Figure draw_kernels(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir) {
    constexpr std::size_t kAcross = 3;
    constexpr double kSide = 314.0, kStep = 336.0;
    const std::size_t n_rows = (runs.size() + kAcross - 1) / kAcross;
    Gnuplot plot("heterogeneity_kernels", 1030, static_cast<int>(20.0 + 352.0 * static_cast<double>(n_rows)));
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const double left = 12.0 + kStep * static_cast<double>(run % kAcross),
                     top = 30.0 + 352.0 * static_cast<double>(run / kAcross);
        const Raster image = mosaic(runs[run]);
        plot.plain_text(left, top - 10.0, runs[run].name,
                        fmt::format("left font ',11' tc rgb '{}'", colour_of_kernels(run)));
        plot.picture(
            {left, top, kSide, kSide * static_cast<double>(image.height) / static_cast<double>(image.width)},
            image);
    }
    plot.draw(dir);
    return figure_of(plot, "Kernels",
                     "All kernels, each scaled to its largest absolute value, zero in mid grey.");
}

Figure draw_course(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir) {
    Gnuplot plot("heterogeneity_course", 1100, 390);
    double left = 64.0;
    for (const CoursePanel& panel : kCoursePanels) {
        draw_course_panel(plot, runs, panel, {left, 74.0, 270.0, 250.0});
        left += 358.0;
    }
    plot.draw(dir);
    return figure_of(plot, "Course of a presentation",
                     "Medians of PSNR and sparseness of the code so far against time of presentation, and of "
                     "PSNR against spikes.");
}

}  // namespace analysis
