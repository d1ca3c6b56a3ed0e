// The loops over neurons that stand side by side in slca_dense.cpp, and the steps that find when one of them fires.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/elementary.hpp"
#include "sim/simd.hpp"
#include "sim/time.hpp"

namespace models::slca {

using sim::Time;

/// Times of spikes: a step [tau] after which the next one is below rounding; the least rate of rise, relative
/// to its parts, at which steps are taken; and how far [tau].
constexpr double kCloseEnough = 1e-4, kLeastSlope = 1e-6, kFarOff = 100.0;

/// A stretch of time.
struct Stretch {
    Time dt;
    double decay;  // e^{-dt/tau}
    double gain;   // tau (1 - e^{-dt/tau}): what u - b = 1 adds to v
};

// The loops below have bits where one would write conditions, so that compilers make vectors of them. The
// bits of floats that are not negative sort as the floats do.
inline std::int64_t one_if_negative(double x) {
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(x) >> 63);
}
inline std::int32_t all_bits_if_negative(float x) { return std::bit_cast<std::int32_t>(x) >> 31; }
constexpr std::int32_t kNobody = std::numeric_limits<std::int32_t>::max();

/// Brings neurons to the end of a stretch. Returns how many may have got to their threshold in it: v is above
/// it in the end, or falls then and was below a tangent that is above it.
inline std::int64_t pass_time(std::size_t size, const Stretch stretch, const double* __restrict c,
                              const double* __restrict theta, const double* __restrict v,
                              const double* __restrict excess, double* __restrict next_v,
                              double* __restrict next_excess) {
    std::int64_t count = 0;
    for (std::size_t k = 0; k < size; ++k) {
        const double tangent = sim::fused(c[k] + excess[k], stretch.dt, v[k]);
        next_v[k] = sim::fused(excess[k], stretch.gain, sim::fused(c[k], stretch.dt, v[k]));
        next_excess[k] = excess[k] * stretch.decay;
        count += one_if_negative(theta[k] - next_v[k]) |
                 (one_if_negative(c[k] + next_excess[k]) & one_if_negative(theta[k] - tangent));
    }
    return count;
}

/// 1/x for x > 0 to four digits, without a division: Newton's steps from a guess at the bits.
inline float roughly_inverse(float x) {
    const float y = std::bit_cast<float>(0x7EF311C7U - std::bit_cast<std::uint32_t>(x));
    const float z = y * (2.0F - x * y);
    return z * (2.0F - x * z);
}

/// Subtracts kick x weight from u - b, and estimates when each neuron fires: v rises at the slope it has,
/// which bends towards b. Returns the least estimate, as bits that have the slot in place of the low ones;
/// from kNoGuess on there is none.
constexpr std::int32_t kNoGuess = std::bit_cast<std::int32_t>(std::numeric_limits<float>::infinity());
inline std::int32_t kick_and_guess(std::size_t size, double kick, float half_per_tau, std::int32_t low_bits,
                                   const float* __restrict w, const double* __restrict c,
                                   const double* __restrict theta, const double* __restrict v,
                                   double* __restrict excess) {
    std::int32_t least = kNobody;
    for (std::size_t k = 0; k < size; ++k) {
        excess[k] = sim::fused(-kick, static_cast<double>(w[k]), excess[k]);
        const auto missing = static_cast<float>(theta[k] - v[k]);
        const auto slope = static_cast<float>(c[k] + excess[k]);
        const float bend = -half_per_tau * static_cast<float>(excess[k]) * missing, square = slope * slope;
        const float bent = square + 2.0F * bend;
        const float time = missing * (square + bend) * roughly_inverse(slope * bent);
        std::int32_t key =
            std::bit_cast<std::int32_t>(time) | all_bits_if_negative(slope) | all_bits_if_negative(bent);
        key &= kNobody & ~low_bits & ~all_bits_if_negative(missing);
        key |= static_cast<std::int32_t>(k);
        least = key < least ? key : least;
    }
    return least;
}

/// 1 - e^{-x}, x >= 0; for x <= 1/4, as it is between spikes, by its Taylor polynomial.
// Inlined always: each instruction set needs its own, for `fused`.
[[gnu::always_inline]] inline double part_gone(double x) {
    if (x > 0.25) return -sim::expm1(-x);
    const auto pair = [x](double even, double odd) { return sim::fused(-odd, x, even); };
    const double x2 = x * x, x4 = x2 * x2;
    const double low = sim::fused(x2, pair(1.0 / 6.0, 1.0 / 24.0), pair(1.0, 1.0 / 2.0));
    const double middle = sim::fused(x2, pair(1.0 / 5040.0, 1.0 / 40320.0), pair(1.0 / 120.0, 1.0 / 720.0));
    const double high =
        sim::fused(x2, pair(1.0 / 39916800.0, 1.0 / 479001600.0), pair(1.0 / 362880.0, 1.0 / 3628800.0));
    return x * sim::fused(x4, sim::fused(x4, high, middle), low);
}

/// How v goes up: c x + excess (1 - e^{-x}) has to become `missing`, in units of tau and of x = dt/tau.
struct Way {
    double missing, c, excess;
};
/// Where it does; x < 0 if steps from the guess do not lead there.
struct Crossing {
    double x, part_gone;
};
/// Each step solves the Taylor polynomial of third order, which raises the error to the fourth power.
inline Crossing cross(const Way& way, double x) {
    for (int iteration = 0; iteration < 8; ++iteration) {
        const double gone = part_gone(x), then = sim::fused(-way.excess, gone, way.excess);
        const double slope = way.c + then;
        if (!(slope > kLeastSlope * (std::abs(way.c) + std::abs(then)))) break;  // not rising to it from here
        const double missing = sim::fused(-way.excess, gone, sim::fused(-way.c, x, way.missing));
        const double per_slope = 1.0 / slope, newton = missing * per_slope, bend = 0.5 * then * per_slope;
        const double cubic = bend * sim::fused(2.0, bend, -1.0 / 3.0);
        const double step = sim::fused(newton * newton, sim::fused(newton, cubic, bend), newton);
        x += step;
        if (!(x >= 0.0) || !(x < kFarOff)) break;
        if (std::abs(newton) * std::max(1.0, std::abs(bend)) < kCloseEnough) {
            const double more = step * sim::fused(-step, sim::fused(-step, 1.0 / 6.0, 0.5), 1.0);
            return {x, sim::fused(-gone, more, gone + more)};
        }
    }
    return {-1.0, 0.0};
}

/// Spikes of one neuron that far neurons have not felt yet.
struct Column {
    const float* w;
    double v, excess;  // what is subtracted for a weight of 1
};

/// Brings neurons to the end of a stretch, with the spikes of two neurons in it.
inline void catch_up(std::size_t n, const Stretch stretch, const Column x, const Column y,
                     const double* __restrict c, double* __restrict v, double* __restrict excess) {
    const float* __restrict wx = x.w;
    const float* __restrict wy = y.w;
    for (std::size_t k = 0; k < n; ++k) {
        const double to_x = static_cast<double>(wx[k]), to_y = static_cast<double>(wy[k]);
        const double then = sim::fused(excess[k], stretch.gain, sim::fused(c[k], stretch.dt, v[k]));
        v[k] = sim::fused(-y.v, to_y, sim::fused(-x.v, to_x, then));
        excess[k] = sim::fused(-y.excess, to_y, sim::fused(-x.excess, to_x, excess[k] * stretch.decay));
    }
}
/// The spikes of two more neurons.
inline void subtract(std::size_t n, const Column x, const Column y, double* __restrict v,
                     double* __restrict excess) {
    const float* __restrict wx = x.w;
    const float* __restrict wy = y.w;
    for (std::size_t k = 0; k < n; ++k) {
        const double to_x = static_cast<double>(wx[k]), to_y = static_cast<double>(wy[k]);
        v[k] = sim::fused(-y.v, to_y, sim::fused(-x.v, to_x, v[k]));
        excess[k] = sim::fused(-y.excess, to_y, sim::fused(-x.excess, to_x, excess[k]));
    }
}

inline double positive_part(double x) { return x > 0.0 ? x : 0.0; }

/// Writes by how much v stays below a limit until the horizon, at least, if no spike arrives; `offset` is
/// added. v rises by what its two parts can add: where it is convex (u < b) its largest value is at one of
/// the ends, so this is it. Returns the least of what is not negative, as bits.
inline std::int32_t look(std::size_t n, const Stretch ahead, const double* __restrict c,
                         const double* __restrict limit, const double* __restrict v,
                         const double* __restrict excess, const float* __restrict offset,
                         float* __restrict spare) {
    std::int32_t least = kNobody;
    for (std::size_t k = 0; k < n; ++k) {
        const double rise = positive_part(sim::fused(positive_part(c[k]), ahead.dt, excess[k] * ahead.gain));
        spare[k] = static_cast<float>(limit[k] - v[k] - rise) + offset[k];
        const std::int32_t bits =
            (std::bit_cast<std::int32_t>(spare[k]) | all_bits_if_negative(spare[k])) & kNobody;
        least = bits < least ? bits : least;
    }
    return least;
}

inline bool any_negative(const float* x, std::size_t size) {
    std::int32_t any = 0;
    for (std::size_t k = 0; k < size; ++k) any |= std::bit_cast<std::int32_t>(x[k]);
    return any < 0;
}

}  // namespace models::slca
