#include "models/stimuli/contrast_normalisation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace models {
namespace {

constexpr std::size_t kRadius = 7;  // of G [px]
constexpr double kRounding = 1e-6;  // of single precision: less contrast than this is none

using Taps = std::array<double, 2 * kRadius + 1>;

Taps gaussian() {
    Taps taps{};
    for (std::size_t i = 0; i < taps.size(); ++i) {
        const double x = 3.0 * (static_cast<double>(i) / kRadius - 1.0);  // standard deviations
        taps[i] = std::exp(-0.5 * x * x);
    }
    const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
    for (double& tap : taps) tap /= sum;
    return taps;
}

/// The pixel `place - kRadius` of n mirrored pixels: ... 1 0 | 0 1 ... n-1 | n-1 n-2 ...
std::size_t mirrored(std::size_t place, std::size_t n) {
    const std::size_t at = place < kRadius ? kRadius - 1 - place : place - kRadius;
    return std::min(at < n ? at : 2 * n - 1 - at, n - 1);
}

/// Blurs n lines of `length` pixels, `step` apart in a line and `next` from line to line.
std::vector<double> blurred(const std::vector<double>& pixels, std::size_t n, std::size_t next,
                            std::size_t length, std::size_t step) {
    static const Taps taps = gaussian();
    std::vector<double> result(pixels.size(), 0.0);
    for (std::size_t line = 0; line < n; ++line)
        for (std::size_t x = 0; x < length; ++x)
            for (std::size_t i = 0; i < taps.size(); ++i)
                result[line * next + x * step] +=
                    taps[i] * pixels[line * next + mirrored(x + i, length) * step];
    return result;
}

std::vector<double> blurred(const std::vector<double>& pixels, std::size_t rows, std::size_t cols) {
    return blurred(blurred(pixels, rows, cols, cols, 1), cols, 1, rows, cols);
}

}  // namespace

Image normalise_contrast(const Image& image) {
    std::vector<double> s(image.pixels.begin(), image.pixels.end());
    double brightest = 0.0;
    for (const double x : s) brightest = std::max(brightest, std::abs(x));
    const std::vector<double> mean = blurred(s, image.height, image.width);
    for (std::size_t p = 0; p < s.size(); ++p) s[p] -= mean[p];
    std::vector<double> n = s;
    for (double& x : n) x *= x;
    n = blurred(n, image.height, image.width);
    for (double& x : n) x = std::sqrt(x);
    const double floor = std::accumulate(n.begin(), n.end(), 0.0) / static_cast<double>(n.size());
    Image result{image.height, image.width, std::vector<float>(s.size(), 0.0F)};
    if (floor > kRounding * brightest)
        for (std::size_t p = 0; p < s.size(); ++p)
            result.pixels[p] = static_cast<float>(s[p] / std::max(floor, n[p]));
    return result;
}

}  // namespace models
