#include "analysis/gabor.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <complex>

#include "analysis/least_squares.hpp"
#include "analysis/numbers.hpp"
#include "analysis/products.hpp"
#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace analysis {
namespace {

constexpr double kLeastWidth = 0.5;         // [px]
constexpr double kGreatestFrequency = 0.5;  // [cycles/px]
constexpr double kGoodEnough = 0.9;         // explained variance after which no further start is tried
constexpr std::size_t kPeaks = 3, kStarts = 3;

using Index = Eigen::Index;
using Array = Eigen::ArrayXd;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Linear = Eigen::Vector2d;  // amplitude cos(phase), -amplitude sin(phase)

/// What the search moves: centre [px], orientation [rad], and logarithms of frequency and widths.
enum GaborParameter : Index { kRow, kCol, kTheta, kFrequency, kSigmaX, kSigmaY, kParameters };

// ---- the pixels

/// The smallest rectangle outside which a field is 0.
struct FieldWindow {
    std::size_t top = 0, left = 0;
    Matrix value;    // shape (rows, columns)
    Array row, col;  // of each value, in the order they are stored

    double longer_side() const { return static_cast<double>(std::max(value.rows(), value.cols())); }
    Eigen::Map<const Vector> values() const { return {value.data(), value.size()}; }
    double squared_deviations() const { return (value.array() - value.mean()).square().sum(); }
};

FieldWindow window_of(std::span<const float> field, std::size_t width) {
    using Field = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto columns = static_cast<Index>(width), rows = static_cast<Index>(field.size()) / columns;
    const Eigen::Map<const Field> all(field.data(), rows, columns);
    Index top = rows, bottom = -1, left = columns, right = -1;
    for (Index r = 0; r < rows; ++r)
        for (Index c = 0; c < columns; ++c)
            if (all(r, c) < 0.0F || all(r, c) > 0.0F) {
                top = std::min(top, r), bottom = std::max(bottom, r);
                left = std::min(left, c), right = std::max(right, c);
            }
    if (bottom < 0) return {};
    FieldWindow window{static_cast<std::size_t>(top),
                       static_cast<std::size_t>(left),
                       all.block(top, left, bottom - top + 1, right - left + 1).cast<double>(),
                       {},
                       {}};
    const Index height = window.value.rows();
    const Array place =
        Array::LinSpaced(window.value.size(), 0.0, static_cast<double>(window.value.size() - 1));
    window.col = (place / static_cast<double>(height)).floor();
    window.row = place - static_cast<double>(height) * window.col;
    return window;
}

// ---- the function

/// The two Gabor functions of phase 0 and -90 deg at given parameters, of which every phase is a sum.
struct Basis {
    Array across, along, angle, cosine, sine;

    Basis(const FieldWindow& window, const Vector& p) {
        const Array right = window.col - p(kCol), up = p(kRow) - window.row;
        across = std::cos(p(kTheta)) * up - std::sin(p(kTheta)) * right;
        along = std::cos(p(kTheta)) * right + std::sin(p(kTheta)) * up;
        angle = 2.0 * kPi * std::exp(p(kFrequency)) * across;
        const Array envelope =
            (-0.5 * ((across * std::exp(-p(kSigmaX))).square() + (along * std::exp(-p(kSigmaY))).square()))
                .exp();
        cosine = envelope * angle.cos();
        sine = envelope * angle.sin();
    }

    /// Coefficients of the best sum of the two for each column of `targets`, shape (2, n).
    Eigen::Matrix2Xd solve(const Matrix& targets) const {
        Eigen::Matrix2d gram;
        gram << cosine.square().sum(), (cosine * sine).sum(), (cosine * sine).sum(), sine.square().sum();
        gram.diagonal().array() += 1e-12 * gram.trace();  // the sine is 0 at 1/2 cycle/px on the pixels
        Eigen::Matrix2Xd products(2, targets.cols());
        products.row(0) = cosine.matrix().transpose() * targets;
        products.row(1) = sine.matrix().transpose() * targets;
        const double determinant = gram(0, 0) * gram(1, 1) - gram(0, 1) * gram(1, 0);
        Eigen::Matrix2Xd a(2, targets.cols());
        a.row(0) = (gram(1, 1) * products.row(0) - gram(0, 1) * products.row(1)) / determinant;
        a.row(1) = (gram(0, 0) * products.row(1) - gram(1, 0) * products.row(0)) / determinant;
        return a;
    }
    Array sum(const Linear& a) const { return a(0) * cosine + a(1) * sine; }
    /// The columns of `targets` less the best sums of the two.
    void project_out(Matrix& targets) const {
        const Eigen::Matrix2Xd a = solve(targets);
        targets -= cosine.matrix() * a.row(0) + sine.matrix() * a.row(1);
    }
};

/// Derivatives of a(0) cosine + a(1) sine by the parameters, shape (pixels, kParameters).
Matrix derivatives(const Basis& basis, const Vector& p, const Linear& a) {
    const Array value = basis.sum(a);
    const Array by_angle = a(1) * basis.cosine - a(0) * basis.sine;
    const Array in_widths_x = basis.across * std::exp(-2.0 * p(kSigmaX));
    const Array in_widths_y = basis.along * std::exp(-2.0 * p(kSigmaY));
    const Array by_across = 2.0 * kPi * std::exp(p(kFrequency)) * by_angle - in_widths_x * value;
    const Array by_along = -in_widths_y * value;
    const double cos = std::cos(p(kTheta)), sin = std::sin(p(kTheta));
    Matrix result(value.size(), static_cast<Index>(kParameters));
    result.col(kRow) = cos * by_across + sin * by_along;
    result.col(kCol) = sin * by_across - cos * by_along;
    result.col(kTheta) = basis.across * by_along - basis.along * by_across;
    result.col(kFrequency) = basis.angle * by_angle;
    result.col(kSigmaX) = basis.across * in_widths_x * value;
    result.col(kSigmaY) = basis.along * in_widths_y * value;
    return result;
}

/// What the best sum of the two leaves of the field, and Kaufman's derivatives of it: of those of the sum,
/// the part that no other sum could take up. The gradient of the squared error is exact.
void residuals(const FieldWindow& window, const Vector& p, Vector& r, Matrix* dr) {
    const Basis basis(window, p);
    const Linear a = basis.solve(window.values());
    r = basis.sum(a).matrix() - window.values();
    if (dr == nullptr) return;
    *dr = derivatives(basis, p, a);
    basis.project_out(*dr);
}

double squared_error(const FieldWindow& window, const Vector& p) {
    Vector r;
    residuals(window, p, r, nullptr);
    return r.squaredNorm();
}

// ---- where to start

/// A wave vector [cycles/px], to the right and up, and the power of the field at it.
struct Wave {
    double right, up, power;

    double frequency() const { return std::hypot(right, up); }
};

/// cos and -sin of 2 pi f x at pixels x = 0 .. n - 1 and frequencies -1/2 .. 1/2 in steps of 1 / (2 side), shape
/// (frequencies, n).
struct Waves {
    Matrix real, imag;

    Waves(Index n, Index side) : real(2 * side + 1, n), imag(2 * side + 1, n) {
        for (Index k = 0; k <= 2 * side; ++k)
            for (Index x = 0; x < n; ++x) {
                const double angle = -kPi * static_cast<double>((k - side) * x) / static_cast<double>(side);
                real(k, x) = std::cos(angle);
                imag(k, x) = std::sin(angle);
            }
    }
};

/// Power of the field at every wave vector of the upper half plane the fit may have.
std::vector<Wave> spectrum(const FieldWindow& window) {
    const auto side = std::max(window.value.rows(), window.value.cols());
    const Waves down(window.value.rows(), side), along(window.value.cols(), side);
    const Matrix half_real = product(down.real, window.value), half_imag = product(down.imag, window.value);
    const Matrix along_real = along.real.transpose(), along_imag = along.imag.transpose();
    const Matrix real = product(half_real, along_real) - product(half_imag, along_imag);
    const Matrix imag = product(half_real, along_imag) + product(half_imag, along_real);
    std::vector<Wave> waves;
    const double step = 0.5 / static_cast<double>(side);
    for (Index i = 0; i <= side; ++i)  // a wave that runs up the rows has a negative frequency down them
        for (Index j = 0; j <= 2 * side; ++j) {
            const Wave wave{step * static_cast<double>(j - side), step * static_cast<double>(side - i),
                            real(i, j) * real(i, j) + imag(i, j) * imag(i, j)};
            if (wave.frequency() >= 2.0 * step && wave.frequency() <= kGreatestFrequency)
                waves.push_back(wave);
        }
    return waves;
}

/// The greatest, and the greatest among those further than 2/n from all before, where n is the longer side.
std::vector<Wave> peaks(const FieldWindow& window) {
    auto waves = spectrum(window);
    std::vector<Wave> found;
    while (found.size() < kPeaks && !waves.empty()) {
        const Wave top = *std::max_element(waves.begin(), waves.end(),
                                           [](const Wave& a, const Wave& b) { return a.power < b.power; });
        found.push_back(top);
        std::erase_if(waves, [&](const Wave& w) {
            const double same = std::hypot(w.right - top.right, w.up - top.up);
            const double opposite = std::hypot(w.right + top.right, w.up + top.up);
            return std::min(same, opposite) < 2.0 / window.longer_side();
        });
    }
    return found;
}

/// Centre and spread of the squared field: that of a Gabor function is half as wide in variance.
struct Moments {
    double row, col, up_up, right_right, up_right;

    explicit Moments(const FieldWindow& window) {
        const Array energy = window.values().array().square() / window.values().squaredNorm();
        row = (energy * window.row).sum();
        col = (energy * window.col).sum();
        up_up = (energy * (window.row - row).square()).sum();
        right_right = (energy * (window.col - col).square()).sum();
        up_right = -(energy * (window.row - row) * (window.col - col)).sum();
    }
    /// Width of the Gabor function in the direction (right, up) of norm 1.
    double width(double right, double up) const {
        const double variance = right * right * right_right + up * up * up_up + 2.0 * right * up * up_right;
        return std::max(std::sqrt(2.0 * std::max(variance, 0.0)), kLeastWidth);
    }
};

struct Start {
    Vector p;
    double error;
};

/// Starts at the peaks of the spectrum with several frequencies and widths, the best first.
std::vector<Start> starts(const FieldWindow& window) {
    const Moments moments(window);
    std::vector<Start> result;
    for (const Wave& wave : peaks(window)) {
        const double right = wave.right / wave.frequency(), up = wave.up / wave.frequency();
        for (const double across : {0.5, 1.0})
            for (const double along : {0.5, 1.0})
                for (const double faster : {1.0, 1.5}) {
                    Vector p(static_cast<Index>(kParameters));
                    p << moments.row, moments.col, std::atan2(-right, up),
                        std::log(std::min(faster * wave.frequency(), kGreatestFrequency)),
                        std::log(std::max(across * moments.width(right, up), kLeastWidth)),
                        std::log(std::max(along * moments.width(up, -right), kLeastWidth));
                    const double error = squared_error(window, p);
                    result.push_back({std::move(p), error});
                }
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Start& a, const Start& b) { return a.error < b.error; });
    return result;
}

// ---- the fit

Bounds bounds(const FieldWindow& window) {
    const double side = window.longer_side();
    const auto log_width = std::log(kLeastWidth);
    Bounds result{Vector(static_cast<Index>(kParameters)), Vector(static_cast<Index>(kParameters))};
    result.low << 0.0, 0.0, -kInfinity, -std::log(side), log_width, log_width;
    result.high << static_cast<double>(window.value.rows() - 1), static_cast<double>(window.value.cols() - 1),
        kInfinity, std::log(kGreatestFrequency), std::log(side), std::log(side);
    return result;
}

Minimum best_fit(const FieldWindow& window) {
    const Residuals errors = [&](const Vector& p, Vector& r, Matrix* dr) { residuals(window, p, r, dr); };
    const auto enough = (1.0 - kGoodEnough) * window.squared_deviations();
    Minimum best{{}, kInfinity};
    auto candidates = starts(window);
    candidates.resize(std::min(candidates.size(), kStarts));
    for (const Start& start : candidates) {
        auto minimum =
            least_squares(errors, static_cast<std::size_t>(window.value.size()), start.p, bounds(window));
        if (minimum.sum_of_squares < best.sum_of_squares) best = std::move(minimum);
        if (best.sum_of_squares < enough) break;
    }
    return best;
}

double positive_remainder(double x, double period) {
    const double rest = x - period * std::floor(x / period);
    return rest < period ? rest : 0.0;  // rounding
}

/// The parameters in their ranges: half a turn of the bars turns x round, and with it the phase.
Gabor gabor(const FieldWindow& window, const Minimum& fit) {
    const Vector& p = fit.p;
    const Linear a = Basis(window, p).solve(window.values());
    const double turned = positive_remainder(p(kTheta) * 180.0 / kPi, 360.0);
    const double phase = std::atan2(-a(1), a(0)) * 180.0 / kPi;
    return {.row = static_cast<double>(window.top) + p(kRow),
            .col = static_cast<double>(window.left) + p(kCol),
            .orientation = positive_remainder(turned, 180.0),
            .frequency = std::exp(p(kFrequency)),
            .phase = positive_remainder(turned < 180.0 ? phase : -phase, 360.0),
            .sigma_x = std::exp(p(kSigmaX)),
            .sigma_y = std::exp(p(kSigmaY)),
            .amplitude = a.norm(),
            .explained_variance = 1.0 - fit.sum_of_squares / window.squared_deviations()};
}

}  // namespace

Gabor fit_gabor(std::span<const float> field, std::size_t height, std::size_t width) {
    if (field.size() != height * width)
        throw sim::Error(
            fmt::format("gabor: a field of {} x {} px has {} values", height, width, field.size()));
    constexpr Gabor none{kNan, kNan, kNan, kNan, kNan, kNan, kNan, kNan, kNan};
    if (field.empty() || !std::all_of(field.begin(), field.end(), [](float v) { return std::isfinite(v); }))
        return none;
    const FieldWindow window = window_of(field, width);
    const bool flat = window.value.size() < 2 || !(window.squared_deviations() > 0.0);
    return flat ? none : gabor(window, best_fit(window));
}

std::vector<Gabor> fit_gabors(std::span<const float> fields, std::size_t height, std::size_t width) {
    const auto size = height * width;
    if (size == 0 || fields.size() % size != 0)
        throw sim::Error(fmt::format("gabor: {} values are no whole number of fields of {} x {} px",
                                     fields.size(), height, width));
    std::vector<Gabor> result(fields.size() / size);
    sim::parallel_for<std::size_t>(0, result.size(), [&](std::size_t i) {
        result[i] = fit_gabor(fields.subspan(i * size, size), height, width);
    });
    return result;
}

}  // namespace analysis
