// Polynomials on [0, 1] by their Bernstein coefficients, which bound them: what lies within a step of a
// solver is found with certainty. Source: Farin (2002), Curves and Surfaces for CAGD.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace models {

template <std::size_t M>
using Bernstein = std::array<double, M>;

/// The two halves of a polynomial, each on [0, 1] again (de Casteljau); `cut` in (0, 1).
template <std::size_t M>
std::pair<Bernstein<M>, Bernstein<M>> split(Bernstein<M> b, double cut) {
    Bernstein<M> left{};
    for (std::size_t k = 0; k < M; ++k) {
        left[k] = b[0];
        for (std::size_t i = 0; i + 1 < M - k; ++i) b[i] += cut * (b[i + 1] - b[i]);
    }
    return {left, b};
}

template <std::size_t M>
double evaluate(Bernstein<M> b, double x) {
    for (std::size_t k = M - 1; k > 0; --k)
        for (std::size_t i = 0; i < k; ++i) b[i] += x * (b[i + 1] - b[i]);
    return b[0];
}

/// The derivative.
template <std::size_t M>
Bernstein<M - 1> slope(const Bernstein<M>& b) {
    Bernstein<M - 1> d{};
    for (std::size_t i = 0; i + 1 < M; ++i) d[i] = static_cast<double>(M - 1) * (b[i + 1] - b[i]);
    return d;
}

/// The quintic with these values and slopes at 0 and 1 and these values at 1/3 and 2/3.
inline Bernstein<6> quintic(double at_0, double slope_0, double at_third, double at_two_thirds, double at_1,
                            double slope_1) {
    Bernstein<6> b{at_0, at_0 + slope_0 / 5.0, 0.0, 0.0, at_1 - slope_1 / 5.0, at_1};
    const double r1 = 243.0 * at_third - (32.0 * b[0] + 80.0 * b[1] + 10.0 * b[4] + b[5]);
    const double r2 = 243.0 * at_two_thirds - (b[0] + 10.0 * b[1] + 80.0 * b[4] + 32.0 * b[5]);
    b[2] = (2.0 * r1 - r2) / 120.0;
    b[3] = (2.0 * r2 - r1) / 120.0;
    return b;
}

/// The first x in [0, 1] at which the polynomial rises from below 0 to 0 or above; none if it never does.
/// Pieces that cannot hold it are left out by their coefficients; one as flat as rounding is taken for a
/// line.
template <std::size_t M>
std::optional<double> first_rise(const Bernstein<M>& b, double low = 0.0, double high = 1.0) {
    constexpr double kNoise = 1e-12;
    const auto [min, max] = std::minmax_element(b.begin(), b.end());
    if (*max < 0.0 || *min >= 0.0) return std::nullopt;
    const double middle = 0.5 * (low + high);
    if (*max - *min < kNoise || !(low < middle && middle < high)) {
        if (b.front() >= 0.0 || b.back() < 0.0) return std::nullopt;
        return low + (high - low) * b.front() / (b.front() - b.back());
    }
    const auto [left, right] = split(b, 0.5);
    if (const auto found = first_rise(left, low, middle)) return found;
    return first_rise(right, middle, high);
}

}  // namespace models
