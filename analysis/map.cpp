#include "analysis/map.hpp"

#include <fftw3.h>
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>

#include "analysis/least_squares.hpp"
#include "analysis/numbers.hpp"
#include "analysis/products.hpp"
#include "analysis/tuning.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

using Complex = std::complex<double>;
using Field = Eigen::Matrix<Complex, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Index = Eigen::Index;

void check_map(std::size_t n, std::size_t rows, std::size_t cols, const char* what) {
    if (n != rows * cols)
        throw sim::Error(
            fmt::format("map: {} has {} values for {} rows and {} columns", what, n, rows, cols));
}

// ---- smoothing

/// S with (S x)_i = sum_j exp(-d_ij^2 / (2 sigma^2)) x_j within 4 sigma along one side of the sheet.
Eigen::MatrixXd gaussian(std::size_t n, double sigma, Boundary boundary) {
    const auto size = static_cast<Index>(n);
    const auto radius = static_cast<Index>(std::ceil(4.0 * sigma));
    Eigen::MatrixXd S = Eigen::MatrixXd::Zero(size, size);
    for (Index i = 0; i < size; ++i)
        for (Index d = -radius; d <= radius; ++d) {
            const auto j = i + d;
            if (boundary == Boundary::open && (j < 0 || j >= size)) continue;
            const double x = d == 0 ? 0.0 : static_cast<double>(d) / sigma;
            S(i, ((j % size) + size) % size) += std::exp(-0.5 * x * x);
        }
    return S;
}

// ---- pinwheels

/// z; exact zeros, whose angle is undefined, are moved a hair, always the same way.
Field field(const OrientationMap& map) {
    Field z(static_cast<Index>(map.rows), static_cast<Index>(map.cols));
    for (Index i = 0; i < z.size(); ++i) {
        const auto j = static_cast<std::size_t>(i);
        z.data()[i] = map.selectivity[j] * doubled_angle(map.orientation[j]);
        if (z.data()[i] == 0.0) z.data()[i] = Complex(1e-300, 1e-300);
    }
    return z;
}

/// Angle from a to b, in [-pi, pi].
double turn(Complex a, Complex b) { return std::arg(b * std::conj(a)); }

/// A square of four neighbouring neurons: z at (row, col), and to the south, east and south-east of it.
struct Cell {
    Complex z, south, east, south_east;

    /// Times the angle of z winds round the cell, counter-clockwise with row 0 on top. A side is walked in
    /// the same direction from both cells it belongs to, so that a zero on it is found in just one of them.
    double winding() const {
        return std::round(
            (turn(z, south) + turn(south, south_east) - turn(east, south_east) - turn(z, east)) /
            (2.0 * kPi));
    }
};

/// How far (u, v) is outside the unit square.
double outside(std::array<double, 2> uv) { return std::max({-uv[0], uv[0] - 1.0, -uv[1], uv[1] - 1.0, 0.0}); }

/// Real roots of A x^2 + B x + C; one that does not exist is not finite.
std::array<double, 2> quadratic_roots(double A, double B, double C) {
    const double root = std::sqrt(std::max(B * B - 4.0 * A * C, 0.0));
    const double q = -0.5 * (B + std::copysign(root, B));
    return {q / A, C / q};
}

/// Where in a cell that holds a pinwheel the bilinear z = a + b u + c v + d u v is 0; u down the rows, v
/// along them, in [0, 1]. u = -(a + c v) / (b + d v) is real where Im (a + c v) conj(b + d v) = 0, quadratic
/// in v.
std::array<double, 2> bilinear_root(const Cell& cell) {
    const Complex a = cell.z, b = cell.south - a, c = cell.east - a, d = cell.south_east - cell.south - c;
    const auto im = [](Complex x, Complex y) { return std::imag(x * std::conj(y)); };
    std::array<double, 2> best{0.5, 0.5};
    double least = kInfinity;
    for (const double v : quadratic_roots(im(c, d), im(a, d) + im(c, b), im(a, b))) {
        const std::array<double, 2> uv{-std::real((a + c * v) / (b + d * v)), v};
        if (std::isfinite(uv[0]) && std::isfinite(v) && outside(uv) < least) {
            best = uv;
            least = outside(uv);
        }
    }
    return {std::clamp(best[0], 0.0, 1.0), std::clamp(best[1], 0.0, 1.0)};
}

// ---- spectrum

/// (z - mean) w, with w a Hann window if the map is open, else 1, and the mean such that this sums to 0.
Field windowed(const OrientationMap& map) {
    Field z(static_cast<Index>(map.rows), static_cast<Index>(map.cols));
    Eigen::MatrixXd window = Eigen::MatrixXd::Ones(z.rows(), z.cols());
    const auto hann = [](Index i, Index n) {
        const double s = std::sin(kPi * (static_cast<double>(i) + 0.5) / static_cast<double>(n));
        return s * s;
    };
    for (Index r = 0; r < z.rows(); ++r)
        for (Index c = 0; c < z.cols(); ++c) {
            const auto i = static_cast<std::size_t>(r * z.cols() + c);
            z(r, c) =
                std::isnan(map.orientation[i]) ? 0.0 : map.selectivity[i] * doubled_angle(map.orientation[i]);
            if (map.boundary == Boundary::open) window(r, c) = hann(r, z.rows()) * hann(c, z.cols());
        }
    const Complex mean = (z.array() * window.array()).sum() / window.sum();
    return (z.array() - mean) * window.array();
}

/// |DFT|^2, in place of z.
void power_spectrum(Field& z) {
    auto* data = reinterpret_cast<fftw_complex*>(z.data());  // FFTW's layout is that of std::complex
    const auto plan = fftw_plan_dft_2d(static_cast<int>(z.rows()), static_cast<int>(z.cols()), data, data,
                                       FFTW_FORWARD, FFTW_ESTIMATE);  // ESTIMATE: the same plan in every run
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    z = z.array().abs2().cast<Complex>();
}

/// Wavenumber of DFT component i of n [cycles/unit], in [-1/2, 1/2).
double frequency(Index i, Index n) {
    return static_cast<double>(2 * i < n ? i : i - n) / static_cast<double>(n);
}

/// Means over rings of wavenumbers `width` wide round multiples of it, from `first` times it.
Spectrum ring_means(const Field& power, double width, std::size_t first) {
    const auto n_rings = static_cast<std::size_t>(std::floor(0.5 / width + 0.5)) + 1;
    std::vector<double> count(n_rings, 0.0), k_sum(n_rings, 0.0), power_sum(n_rings, 0.0);
    for (Index r = 0; r < power.rows(); ++r)
        for (Index c = 0; c < power.cols(); ++c) {
            const double k = std::hypot(frequency(r, power.rows()), frequency(c, power.cols()));
            if (k > 0.5) continue;
            const auto ring = static_cast<std::size_t>(std::floor(k / width + 0.5));
            count[ring] += 1.0;
            k_sum[ring] += k;
            power_sum[ring] += power(r, c).real();
        }
    Spectrum spectrum;
    for (std::size_t i = first; i < n_rings; ++i)
        if (count[i] > 0.0) {
            spectrum.wavenumber.push_back(k_sum[i] / count[i]);
            spectrum.power.push_back(power_sum[i] / count[i]);
        }
    return spectrum;
}

// ---- wavelength

/// A(k) = a0 exp(-(k - a1)^2 / (2 a2^2)) + a3 + a4 x + a5 x^2 with x = (k - lowest) / (highest - lowest): as a0 to a5 in
/// one vector.
class Peak {
  public:
    explicit Peak(const Spectrum& spectrum) : k_(spectrum.wavenumber), power_(spectrum.power) {}

    double lowest() const { return k_.front(); }
    double range() const { return k_.back() - k_.front(); }
    double least_width() const { return 0.5 * range() / static_cast<double>(k_.size() - 1); }

    double at(double k, const Eigen::VectorXd& a) const {
        const double x = (k - lowest()) / range();
        return a(0) * bump(k, a) + a(3) + a(4) * x + a(5) * x * x;
    }
    /// The best of fits from bumps all over the spectrum, some narrow and some wide.
    Minimum fit() const {
        constexpr int kCentres = 12, kWidths = 3;
        const Eigen::VectorXd low{{0.0, lowest(), least_width(), -kInfinity, -kInfinity, -kInfinity}},
            high{{kInfinity, k_.back(), kInfinity, kInfinity, kInfinity, kInfinity}};
        Minimum best{{}, kInfinity};
        for (int i = 0; i < kCentres; ++i)
            for (int j = 1; j <= kWidths; ++j) {
                const double a1 = lowest() + (i + 0.5) / kCentres * range();
                const Eigen::VectorXd start{{1.0, a1, range() / std::pow(3.0, j), 0.0, 0.0, 0.0}};
                const Minimum found =
                    least_squares([this](const auto& a, auto& r, auto* dr) { residuals(a, r, dr); },
                                  k_.size(), start, {low, high}, 200);
                if (found.sum_of_squares < best.sum_of_squares) best = found;
            }
        return best;
    }
    /// Whether A is highest within a2 of a1 and falls to half of that on both sides.
    bool is_seen(const Eigen::VectorXd& a) const {
        constexpr int n = 400;
        std::vector<double> A;
        for (int i = 0; i <= n; ++i) A.push_back(at(lowest() + range() * i / n, a));
        const auto top = std::ranges::max_element(A);
        const double k_top = lowest() + range() * static_cast<double>(top - A.begin()) / n, half = 0.5 * *top;
        return a(0) > 0.0 && std::abs(k_top - a(1)) <= a(2) &&
               *std::min_element(A.begin(), top + 1) <= half && *std::min_element(top, A.end()) <= half;
    }

  private:
    static double bump(double k, const Eigen::VectorXd& a) {
        const double z = (k - a(1)) / a(2);
        return std::exp(-0.5 * z * z);
    }
    void residuals(const Eigen::VectorXd& a, Eigen::VectorXd& r, Eigen::MatrixXd* derivatives) const {
        for (std::size_t i = 0; i < k_.size(); ++i) {
            const auto row = static_cast<Index>(i);
            r(row) = at(k_[i], a) - power_[i];
            if (derivatives == nullptr) continue;
            const double x = (k_[i] - lowest()) / range(), z = (k_[i] - a(1)) / a(2), e = bump(k_[i], a);
            const std::array<double, 6> slope{e, a(0) * e * z / a(2), a(0) * e * z * z / a(2), 1.0, x, x * x};
            for (Index j = 0; j < 6; ++j) (*derivatives)(row, j) = slope[static_cast<std::size_t>(j)];
        }
    }

    const std::vector<double>&k_, &power_;
};

}  // namespace

double OrientationMap::area() const {
    if (boundary == Boundary::periodic) return static_cast<double>(rows * cols);
    return rows < 2 || cols < 2 ? 0.0 : static_cast<double>((rows - 1) * (cols - 1));
}

std::vector<std::pair<std::size_t, std::size_t>> neighbours(std::size_t rows, std::size_t cols,
                                                            Boundary boundary) {
    const bool wraps = boundary == Boundary::periodic;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < cols; ++c) {
            const auto here = r * cols + c;
            if (wraps || r + 1 < rows) pairs.emplace_back(here, (r + 1) % rows * cols + c);
            if (wraps || c + 1 < cols) pairs.emplace_back(here, r * cols + (c + 1) % cols);
        }
    return pairs;
}

double neighbour_difference(std::span<const double> preferred, std::size_t rows, std::size_t cols,
                            Boundary boundary) {
    check_map(preferred.size(), rows, cols, "preferred orientation");
    double sum = 0.0, pairs = 0.0;
    for (const auto& [i, j] : neighbours(rows, cols, boundary)) {
        const double difference = std::abs(std::remainder(preferred[i] - preferred[j], 180.0));
        if (std::isnan(difference)) continue;
        sum += difference;
        pairs += 1.0;
    }
    return sum / pairs;  // NaN if there is no pair
}

OrientationMap orientation_map(std::span<const double> preferred, std::span<const double> weight,
                               std::size_t rows, std::size_t cols, double smoothing, Boundary boundary) {
    check_map(preferred.size(), rows, cols, "preferred orientation");
    check_map(weight.size(), rows, cols, "weight");
    Field z = Field::Zero(static_cast<Index>(rows), static_cast<Index>(cols));
    Eigen::MatrixXd present = Eigen::MatrixXd::Zero(z.rows(), z.cols());
    for (Index i = 0; i < z.size(); ++i) {
        const auto j = static_cast<std::size_t>(i);
        if (std::isnan(preferred[j]) || std::isnan(weight[j])) continue;
        z.data()[i] = weight[j] * doubled_angle(preferred[j]);
        present(i / z.cols(), i % z.cols()) = 1.0;
    }
    const Eigen::MatrixXd down = gaussian(rows, smoothing, boundary);
    const Eigen::MatrixXd along = gaussian(cols, smoothing, boundary).transpose();
    const auto smoothed = [&](const Eigen::MatrixXd& of) { return product(product(down, of), along); };
    const Eigen::MatrixXd real = smoothed(z.real()), imag = smoothed(z.imag()), near = smoothed(present);
    OrientationMap map{rows, cols, boundary, smoothing, {}, {}};
    for (Index r = 0; r < z.rows(); ++r)
        for (Index c = 0; c < z.cols(); ++c) {
            const bool any = near(r, c) > 0.0;
            const Complex sum(real(r, c), imag(r, c));
            map.orientation.push_back(any ? half_angle(sum) : kNan);
            map.selectivity.push_back(any ? std::abs(sum) / near(r, c) : 0.0);
        }
    return map;
}

std::vector<double> local_homogeneity(std::span<const double> preferred, std::size_t rows, std::size_t cols,
                                      double sigma, Boundary boundary) {
    const std::vector<double> alike(preferred.size(), 1.0);
    auto homogeneity = orientation_map(preferred, alike, rows, cols, sigma, boundary).selectivity;
    for (std::size_t i = 0; i < homogeneity.size(); ++i)
        if (std::isnan(preferred[i])) homogeneity[i] = kNan;
    return homogeneity;
}

std::vector<Pinwheel> pinwheels(const OrientationMap& map) {
    const Field z = field(map);
    const bool wraps = map.boundary == Boundary::periodic;
    const auto rows = z.rows(), cols = z.cols();
    std::vector<Pinwheel> found;
    for (Index r = 0; r + (wraps ? 0 : 1) < rows; ++r)
        for (Index c = 0; c + (wraps ? 0 : 1) < cols; ++c) {
            const auto south = (r + 1) % rows, east = (c + 1) % cols;
            const Cell cell{z(r, c), z(south, c), z(r, east), z(south, east)};
            const double winding = cell.winding();
            if (!(std::abs(winding) > 0.0)) continue;  // also where an orientation is missing
            const auto [u, v] = bilinear_root(cell);
            found.push_back({std::fmod(static_cast<double>(r) + u, static_cast<double>(rows)),
                             std::fmod(static_cast<double>(c) + v, static_cast<double>(cols)),
                             winding > 0.0 ? 1 : -1});
        }
    return found;
}

std::vector<double> pinwheel_distance(std::span<const Pinwheel> pinwheels, std::size_t rows, std::size_t cols,
                                      Boundary boundary) {
    const bool wraps = boundary == Boundary::periodic;
    const auto apart = [wraps](double a, double b, std::size_t period) {
        return wraps ? std::remainder(a - b, static_cast<double>(period)) : a - b;
    };
    std::vector<double> distance(rows * cols, pinwheels.empty() ? kNan : kInfinity);
    for (std::size_t i = 0; i < distance.size(); ++i)
        for (const Pinwheel& p : pinwheels) {
            const double down = apart(static_cast<double>(i / cols), p.row, rows);
            const double along = apart(static_cast<double>(i % cols), p.col, cols);
            distance[i] = std::min(distance[i], std::hypot(down, along));
        }
    return distance;
}

Spectrum radial_spectrum(const OrientationMap& map) {
    if (map.orientation.empty()) return {};
    const bool open = map.boundary == Boundary::open;
    const Field z = windowed(map);
    Field power = Field::Zero(z.rows() * (open ? 4 : 1), z.cols() * (open ? 4 : 1));
    power.topLeftCorner(z.rows(), z.cols()) = z;
    power_spectrum(power);
    const auto longer = static_cast<double>(std::max(z.rows(), z.cols()));
    auto spectrum = open ? ring_means(power, 0.5 / longer, 2) : ring_means(power, 1.0 / longer, 1);
    const double greatest =
        spectrum.power.empty() ? 0.0 : *std::max_element(spectrum.power.begin(), spectrum.power.end());
    if (!(greatest > 0.0)) return {};
    for (auto& p : spectrum.power) p /= greatest;
    return spectrum;
}

double wavelength(const Spectrum& spectrum) {
    if (spectrum.wavenumber.size() < 8) return kNan;
    const Peak peak(spectrum);
    const Eigen::VectorXd a = peak.fit().p;
    return a.size() > 0 && peak.is_seen(a) ? 1.0 / a(1) : kNan;
}

double pinwheel_density(std::size_t count, double wavelength, double area) {
    return static_cast<double>(count) * wavelength * wavelength / area;
}

double map_quality(double density) {
    constexpr double shape = 1.8;  // x^(k - 1) e^{-x / theta} has its mode at (k - 1) theta
    const double x = density / kPi;
    return std::pow(x, shape - 1.0) * std::exp(-(shape - 1.0) * (x - 1.0));
}

MapMeasures measure_map(const std::string& source, std::span<const double> preferred,
                        std::span<const double> weight, std::size_t rows, std::size_t cols, double smoothing,
                        Boundary boundary) {
    auto map = orientation_map(preferred, weight, rows, cols, smoothing, boundary);
    auto found = pinwheels(map);
    auto spectrum = radial_spectrum(map);
    const double length = wavelength(spectrum);
    const double density = pinwheel_density(found.size(), length, map.area());
    std::vector<SmoothedDensity> densities;
    for (const double other : {0.5, 0.7, 1.0, 1.5}) {
        const auto smoothed = orientation_map(preferred, weight, rows, cols, other, boundary);
        densities.push_back({other, pinwheel_density(pinwheels(smoothed).size(), length, smoothed.area())});
    }
    return {.source = source,
            .map = std::move(map),
            .pinwheels = std::move(found),
            .spectrum = std::move(spectrum),
            .neighbour_difference = neighbour_difference(preferred, rows, cols, boundary),
            .wavelength = length,
            .pinwheel_density = density,
            .densities = std::move(densities)};
}

}  // namespace analysis
