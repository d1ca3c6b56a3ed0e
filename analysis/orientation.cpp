#include "analysis/orientation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace analysis {

OrientationMeter::OrientationMeter(std::size_t height, std::size_t width)
    : height_(height),
      width_(width),
      rows_(2 * height),
      cols_(2 * width),
      fourier_(rows_, cols_),
      padded_(fourier_.n_pixels()),
      spectrum_(fourier_.n_frequencies()) {}

Orientation OrientationMeter::operator()(std::span<const float> patch) {
    std::ranges::fill(padded_, 0.0F);
    for (std::size_t i = 0; i < height_; ++i)
        std::copy_n(patch.data() + i * width_, width_, padded_.data() + i * cols_);
    fourier_.forward(padded_, spectrum_);
    double power = 0.0;
    std::complex<double> sum = 0.0;  // f_x + i f_y squared is |f|^2 e^{2 i theta}
    const std::size_t half = cols_ / 2 + 1;
    for (std::size_t at = 0; at < spectrum_.size(); ++at) {
        const std::size_t row = at / half, col = at % half;
        // What lies at half a cycle has no direction; what lies within is there twice, but for f_x = 0.
        if (2 * row == rows_ || 2 * col == cols_) continue;
        const double fx = static_cast<double>(col) / static_cast<double>(cols_),
                     fy = static_cast<double>(row) / static_cast<double>(rows_) -
                          (2 * row > rows_ ? 1.0 : 0.0);
        const std::complex<double> f(fx, fy);
        const double P = (col == 0 ? 1.0 : 2.0) * static_cast<double>(std::norm(spectrum_[at]));
        power += P * std::norm(f);
        sum += P * f * f;
    }
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    if (power == 0.0) return {kNone, kNone, 0.0};
    const double theta = 0.5 * std::arg(sum);
    return {theta < 0.0 ? theta + std::numbers::pi : theta, std::sqrt(-std::log(std::abs(sum) / power)),
            power};
}

}  // namespace analysis
