#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <map>
#include <numbers>

#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"
#include "analysis/statistics.hpp"

namespace analysis {
namespace {

using Complex = std::complex<double>;

constexpr double kRadius = 3.4;  // of a pinwheel's mark [px]
constexpr double kDegrees = std::numbers::pi / 180.0;

/// The smoothed map as vectors, to be read between neurons.
class VectorMap {
  public:
    explicit VectorMap(const OrientationMap& map) : map_(map) {}

    /// Value at a place of the sheet, by Catmull-Rom splines: smooth, and exact at the neurons.
    Complex at(double row, double col) const {
        const double r0 = std::floor(row), c0 = std::floor(col);
        const auto wr = weights(row - r0), wc = weights(col - c0);
        Complex sum = 0.0;
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j)
                sum += wr[i] * wc[j] *
                       value(static_cast<long>(r0) - 1 + static_cast<long>(i),
                             static_cast<long>(c0) - 1 + static_cast<long>(j));
        return sum;
    }

  private:
    static std::array<double, 4> weights(double t) {
        return {t * (-0.5 + t * (1.0 - 0.5 * t)), 1.0 + t * t * (-2.5 + 1.5 * t),
                t * (0.5 + t * (2.0 - 1.5 * t)), t * t * (-0.5 + 0.5 * t)};
    }

    std::size_t place(long i, std::size_t n) const {
        const long size = static_cast<long>(n);
        return static_cast<std::size_t>(map_.boundary == Boundary::periodic ? (i % size + size) % size
                                                                            : std::clamp(i, 0L, size - 1));
    }

    Complex value(long row, long col) const {
        const std::size_t i = place(row, map_.rows) * map_.cols + place(col, map_.cols);
        return std::isfinite(map_.orientation[i])
                   ? std::polar(map_.selectivity[i], 2.0 * kDegrees * map_.orientation[i])
                   : Complex{0.0};
    }

    const OrientationMap& map_;
};

/// The smoothed map with `k` pixels to the sheet unit.
Raster smooth_picture(const OrientationMap& map, std::size_t k) {
    const VectorMap vectors(map);
    const auto unit = static_cast<double>(k);
    Raster image(map.cols * k, map.rows * k, 3);
    for (std::size_t y = 0; y < image.height; ++y) {
        for (std::size_t x = 0; x < image.width; ++x) {
            const Complex z = vectors.at((static_cast<double>(y) + 0.5) / unit - 0.5,
                                         (static_cast<double>(x) + 0.5) / unit - 0.5);
            const bool oriented = std::abs(z) > 1e-12;
            image.set(y, x, oriented ? orientation_colour(std::arg(z) / (2.0 * kDegrees)) : kColourNone);
        }
    }
    return image;
}

/// Preferred orientation neuron by neuron, one pixel each.
Raster neuron_picture(const std::vector<double>& preferred, std::size_t rows, std::size_t cols) {
    Raster image(cols, rows, 3);
    for (std::size_t i = 0; i < rows * cols; ++i)
        image.set(i / cols, i % cols, orientation_colour(preferred[i]));
    return image;
}

/// The pinwheels as elements of a plot over `smooth_picture`: filled +, open -, ringed in black to show on
/// any colour.
std::string pinwheel_marks(Gnuplot& plot, const MapMeasures& map, std::size_t k) {
    const auto unit = static_cast<double>(k);
    const auto rows = static_cast<double>(map.map.rows), cols = static_cast<double>(map.map.cols);
    // On a periodic sheet a pinwheel beyond the last neuron stands half in, half out: draw it where it is in.
    const auto pixel = [&](double x, double n) { return ((x > n - 0.5 ? x - n : x) + 0.5) * unit - 0.5; };
    std::vector<std::vector<double>> positive, negative;
    for (const Pinwheel& p : map.pinwheels)
        (p.sign > 0 ? positive : negative).push_back({pixel(p.col, cols), pixel(p.row, rows)});
    std::string marks;
    const auto add = [&](const std::string& data, const char* style, const char* colour, double lw) {
        marks += fmt::format("{}{} using 1:2:({}) with circles fs {} lw {} lc rgb '{}'",
                             marks.empty() ? "" : ", ", data, kRadius, style, lw, colour);
    };
    if (!positive.empty()) {
        const std::string data = plot.table(positive);
        add(data, "solid noborder", "#FFFFFF", 1.0);
        add(data, "empty border", "#000000", 1.1);
    }
    if (!negative.empty()) {
        const std::string data = plot.table(negative);
        add(data, "empty border", "#000000", 2.6);
        add(data, "empty border", "#FFFFFF", 1.4);
    }
    return marks;
}

/// Bars of eight orientations in their colours, one below the other.
void draw_key(Gnuplot& plot, double left, double top) {
    constexpr int n = 8;
    constexpr double step = 30.0, half = 11.0;
    std::vector<std::vector<double>> bars;
    for (int i = 0; i < n; ++i) {
        const double orientation = 180.0 * i / n;
        const double dx = half * std::cos(orientation * kDegrees),
                     dy = half * std::sin(orientation * kDegrees);
        bars.push_back({-dx, i * step + dy, 2.0 * dx, -2.0 * dy, packed(orientation_colour(orientation))});
        plot.text(left + 36.0, top + (i + 0.5) * step, fmt::format("{:g}°", orientation),
                  fmt::format("left font ',10.5' tc rgb '{}'", kColourQuiet));
    }
    plot << fmt::format(
        "set lmargin at screen X({}); set rmargin at screen X({}); set tmargin at screen Y({}); set bmargin "
        "at screen Y({})\n"
        "unset border; unset tics; set xrange [{}:{}]; set yrange [{}:{}]",
        left, left + step, top, top + n * step, -0.5 * step, 0.5 * step, (n - 0.5) * step, -0.5 * step);
    plot << fmt::format("plot {} using 1:2:3:4:5 with vectors nohead lw 5 lc rgb variable", plot.table(bars));
}

/// A bar of one wavelength under the map.
void draw_scale(Gnuplot& plot, double left, double top, double wavelength, double unit) {
    if (!std::isfinite(wavelength)) return;
    const double length = wavelength * unit;
    plot << fmt::format(
        "set arrow from screen X({}), screen Y({}) to screen X({}), screen Y({}) nohead lw 2.5 lc rgb '{}'",
        left, top, left + length, top, kColourText);
    plot.text(left + length + 10.0, top, fmt::format("one wavelength, {:.1f} neurons", wavelength),
              "left font ',10.5'");
}

/// Medians of y in bins of x one wide, each at the middle of its bin; those of fewer than ten are left out.
Rows medians_by(const std::vector<double>& x, const std::vector<double>& y) {
    constexpr std::size_t kFewest = 10;
    std::map<int, std::vector<double>> bins;
    for (std::size_t i = 0; i < x.size(); ++i)
        if (std::isfinite(x[i]) && std::isfinite(y[i]))
            bins[static_cast<int>(std::floor(x[i]))].push_back(y[i]);
    Rows rows;
    for (const auto& [bin, values] : bins)
        if (values.size() >= kFewest) rows.push_back({bin + 0.5, median(values)});
    return rows;
}

std::string whose(const std::string& source) {
    return source == "linear" ? "receptive fields alone" : "running network";
}

}  // namespace

std::optional<Figure> draw_orientation_map(const Analysis& analysis, const std::filesystem::path& dir) {
    const MapMeasures& map = analysis.map;
    const auto& preferred =
        (map.source == "linear" ? analysis.linear : analysis.network).tuning.preferred_orientation;
    const std::size_t rows = map.map.rows, cols = map.map.cols;
    if (rows * cols == 0 || preferred.size() != rows * cols) return std::nullopt;
    const auto k = std::max<std::size_t>(1, 452 / std::max(rows, cols));
    const double width = static_cast<double>(k * cols), height = static_cast<double>(k * rows);
    constexpr double top = 34.0, gap = 24.0;
    Gnuplot plot("orientation_map", static_cast<int>(2.0 * width + gap + 104.0),
                 static_cast<int>(std::max(height, 250.0) + top + 36.0));
    plot.text(2.0, top - 17.0, "{/:Bold Smoothed}, with pinwheels (filled +, open −)", "left");
    draw_scale(plot, 2.0, top + height + 18.0, map.wavelength, static_cast<double>(k));
    const std::string marks = pinwheel_marks(plot, map, k);
    plot.picture({2.0, top, width, height}, smooth_picture(map.map, k), marks);
    plot.text(2.0 + width + gap, top - 17.0, "{/:Bold Neuron by neuron}", "left");
    plot.picture({2.0 + width + gap, top, width, height}, neuron_picture(preferred, rows, cols));
    draw_key(plot, 2.0 * (width + gap) + 6.0, top);
    plot.draw(dir);
    return Figure{
        "orientation_map",
        "Orientation map",
        fmt::format(
            "Preferred orientation over the sheet, from the responses of the {} to gratings. Left: the local "
            "mean of e²ⁱᶿ with a Gaussian of {:g} sheet units, drawn between neurons by splines, and the {} "
            "places where its real and imaginary part are both zero; round a filled circle orientation turns "
            "with the walk, round an open one against it. Right: each neuron for itself; grey where it has "
            "no orientation. Neighbours differ by {:.1f}° on average (45° by chance).",
            whose(map.source), map.map.smoothing, map.pinwheels.size(), map.neighbour_difference),
        fmt::format("Colour-coded map of preferred orientation with {} pinwheels.", map.pinwheels.size()),
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_map_spectrum(const Analysis& analysis, const std::filesystem::path& dir) {
    const Spectrum& spectrum = analysis.map.spectrum;
    if (spectrum.wavenumber.size() < 2) return std::nullopt;
    const double wavelength = analysis.map.wavelength;
    Gnuplot plot("map_spectrum", 620, 330);
    plot.panel({62.0, 30.0, 530.0, 236.0});
    plot << fmt::format("set xrange [0:{}]; set yrange [0:1.05]; set ytics 0.25", spectrum.wavenumber.back());
    plot << fmt::format(
        "set xlabel 'wavenumber [cycles per neuron]' offset 0,0.2 tc rgb '{0}'; set ylabel 'power' offset "
        "0.6,0 tc rgb '{0}'",
        kColourQuiet);
    if (std::isfinite(wavelength)) {
        plot << fmt::format("set arrow from {0}, graph 0 to {0}, graph 1 nohead lw 1.2 dt (6,4) lc rgb '{1}'",
                            1.0 / wavelength, kColourLinear);
        plot << fmt::format(
            "set label 'wavelength {:.1f} neurons' at {}, graph 0.95 left offset 0.8,0 tc rgb '{}'",
            wavelength, 1.0 / wavelength, kColourLinear);
    }
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < spectrum.wavenumber.size(); ++i)
        rows.push_back({spectrum.wavenumber[i], spectrum.power[i]});
    plot << fmt::format("plot {} with linespoints lw 1.6 pt 7 ps 0.45 lc rgb '{}'", plot.table(rows),
                        kColourModel);
    plot.draw(dir);
    const std::string peak = std::isfinite(wavelength)
                                 ? fmt::format(
                                       "Dashed: the wavelength of {:.2f} neurons at the peak of a fitted "
                                       "Gaussian on a parabola. With it, the map has {:.2f} pinwheels per "
                                       "squared wavelength (π in ferret, tree shrew and galago).",
                                       wavelength, analysis.map.pinwheel_density)
                                 : "No wavelength was found: the curve fitted to the spectrum has no peak.";
    return Figure{
        "map_spectrum",
        "Spectrum of the map",
        "Power of the smoothed map e²ⁱᶿ by wavenumber, the mean over directions, largest 1. " + peak,
        "Radial power spectrum of the orientation map with its wavelength marked.",
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_tuning_at_pinwheels(const Analysis& analysis, const std::filesystem::path& dir) {
    const auto distance = analysis.property("pinwheel_distance");
    const auto variance = analysis.property("circular_variance");
    const double rho = rank_correlation(distance, variance);
    if (!std::isfinite(rho)) return std::nullopt;
    Rows dots;
    for (std::size_t i = 0; i < distance.size(); ++i) dots.push_back({distance[i], variance[i]});
    Gnuplot plot("tuning_at_pinwheels", 620, 330);
    plot.panel({62.0, 20.0, 530.0, 246.0});
    plot << "set xrange [0:*]; set yrange [0:1]; set ytics 0.25";
    plot << fmt::format(
        "set xlabel 'distance to the nearest pinwheel [neurons]' offset 0,0.2 tc rgb '{0}'; set ylabel "
        "'circular variance' offset 0.6,0 tc rgb '{0}'",
        kColourQuiet);
    plot << fmt::format(
        "plot {} with points pt 7 ps 0.25 lc rgb '{}', {} with linespoints lw 2.2 pt 7 ps 0.6 lc rgb '{}'",
        plot.table(dots), kColourPale, plot.table(medians_by(distance, variance)), kColourModel);
    plot.draw(dir);
    return Figure{"tuning_at_pinwheels",
                  "Tuning near pinwheels",
                  fmt::format("Circular variance of each neuron that responds (pale) by its distance to the "
                              "nearest pinwheel, with medians in steps of one neuron. Spearman’s correlation "
                              "{:.2f}; below 0, neurons at pinwheels are tuned more broadly.",
                              rho),
                  "Scatter of circular variance against distance to the nearest pinwheel.",
                  plot.width(),
                  plot.height()};
}

}  // namespace analysis
