// How well a code rebuilds what was seen, and how sparse it is: one meaning everywhere.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace sim {

/// 10 log10((max s - min s)^2 / mean squared error) [dB]; NaN where s is of one grey. An error below the rounding of
/// single precision counts as that rounding, 2^-24 of the range: what is rebuilt as it was has 144.5 dB.
/// squared_error: |s - Phi a|^2, summed over pixels
inline double psnr(std::span<const float> s, double squared_error) {
    constexpr double kHalfEpsilon = std::numeric_limits<float>::epsilon() / 2.0;
    const auto [low, high] = std::ranges::minmax(s);
    const double range = static_cast<double>(high) - static_cast<double>(low),
                 most = range * range * static_cast<double>(s.size());
    if (range == 0.0) return std::numeric_limits<double>::quiet_NaN();
    return 10.0 * std::log10(most / std::max(squared_error, most * kHalfEpsilon * kHalfEpsilon));
}

/// 1 - active / all coefficients.
inline double sparseness(std::span<const float> code) {
    const auto silent = std::ranges::count(code, 0.0F);
    return static_cast<double>(silent) / static_cast<double>(code.size());
}

}  // namespace sim
