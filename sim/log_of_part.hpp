// The parts that logarithms are made of, for those who take many at a time (sim/elementary.hpp has one).
#pragma once
#include <bit>
#include <cstdint>

namespace sim {

// ln 2 in two parts, the first so short that its multiples are exact (fdlibm, Sun Microsystems 1993).
constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
/// Above sqrt(1/2) - 1, and below sqrt(2) - 1, log1p(x) needs no power of two.
constexpr double kNearestLog = -0.2928932188134524;

inline std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
inline double double_of(std::uint64_t bits) { return std::bit_cast<double>(bits); }

/// log(m) for f = m - 1, sqrt(1/2) < m < sqrt(2), and the part of log that is added: s (f^2/2 + R) - f^2/2.
struct LogOfPart {
    double more, f;
};
inline LogOfPart log_of_part(double f) {
    const double half = 0.5 * f * f, s = f / (2.0 + f), z = s * s, w = z * z;
    const double even =
        w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd =
        z * (6.666666666666735130e-01 +
             w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return {s * (half + odd + even), half};
}

/// A normal number > 0 as m 2^k, sqrt(1/2) < m < sqrt(2); k is whole.
struct LogParts {
    double m, k;
};
inline LogParts split(double x) {
    const std::uint64_t from = 0x3FE6A09E;  // the high word of sqrt(1/2)
    const std::uint64_t bits = bits_of(x), word = (bits >> 32U) + (0x3FF00000 - from);
    // 2^52 and a whole number below it, side by side: conversions from 64 bits are slow.
    const double k = double_of(0x4330000000000000 | (word >> 20U)) - (0x1p52 + 0x3FF);
    return {double_of((((word & 0x000FFFFFU) + from) << 32U) | (bits & 0xFFFFFFFFU)), k};
}

/// log(x) of a normal number > 0.
inline double log_of_normal(double x, double more_powers = 0.0) {
    const auto [m, k] = split(x);
    const double f = m - 1.0, whole = k + more_powers;
    const auto [more, half] = log_of_part(f);
    return more + whole * kLn2Low - half + f + whole * kLn2High;
}

}  // namespace sim
