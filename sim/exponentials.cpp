#include "sim/exponentials.hpp"

#include "sim/log_of_part.hpp"
#include "sim/simd.hpp"

namespace sim {
namespace {

constexpr std::size_t kLanes = kExponentials / 2;  // a block of random bits has two numbers of 53
constexpr std::uint64_t kLow = 0xFFFFFFFF;

/// Each 32 bits of a counter, and then what becomes of them, for all lanes.
struct Counters {
    std::uint64_t a[kLanes], b[kLanes], c[kLanes], d[kLanes];
};

/// Philox4x32-10 (Salmon et al. 2011) of all lanes at once.
inline void scramble(Counters& x, std::uint64_t key_0, std::uint64_t key_1) {
    for (int round = 0; round < 10; ++round) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const std::uint64_t of_a = 0xD2511F53 * x.a[lane], of_c = 0xCD9E8D57 * x.c[lane];
            x.a[lane] = (of_c >> 32U) ^ x.b[lane] ^ key_0;
            x.b[lane] = of_c & kLow;
            x.c[lane] = (of_a >> 32U) ^ x.d[lane] ^ key_1;
            x.d[lane] = of_a & kLow;
        }
        key_0 = (key_0 + 0x9E3779B9) & kLow;
        key_1 = (key_1 + 0xBB67AE85) & kLow;
    }
}

/// As Stream::uniform() makes it: a whole number below 2^53, exact, over 2^53.
inline double uniform_of(std::uint64_t high, std::uint64_t low) {
    const std::uint64_t of_53 = ((high >> 5U) << 26U) | (low >> 6U);
    // Two halves that are exact in a double with a given exponent: conversions from 64 bits are slow.
    const double upper = double_of(0x4530000000000000 | (of_53 >> 32U)) - 0x1p84,
                 lower = double_of(0x4330000000000000 | (of_53 & kLow)) - 0x1p52;
    return (upper + lower) * 0x1.0p-53;
}

/// x where all bits of `where` are set, y where none is.
inline double chosen(std::uint64_t where, double x, double y) {
    return double_of((bits_of(x) & where) | (bits_of(y) & ~where));
}

/// log1p(x) for -1 < x <= 0, as sim/elementary.cpp has it, but both ways, and then one is chosen: without a branch,
/// so that many go side by side.
inline double log1p_of_part(double x) {
    const std::uint64_t is_near = x > kNearestLog ? ~std::uint64_t{0} : 0;
    const double sum = 1.0 + x;
    const auto [m, k] = split(sum);
    const double c = chosen(is_near, 0.0, (x - (sum - 1.0)) / sum), f = chosen(is_near, x, m - 1.0),
                 whole = chosen(is_near, 0.0, k);
    const auto [more, half] = log_of_part(f);
    return more + (whole * kLn2Low + c) - half + f + whole * kLn2High;
}

void fill(Counters x, std::uint64_t key_0, std::uint64_t key_1, double* out) {
    scramble(x, key_0, key_1);
    double u[kExponentials];
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        u[lane] = uniform_of(x.a[lane], x.b[lane]);
        u[kLanes + lane] = uniform_of(x.c[lane], x.d[lane]);
    }
    for (double& one : u) one = log1p_of_part(-one);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        out[2 * lane] = u[lane];
        out[2 * lane + 1] = u[kLanes + lane];
    }
}

}  // namespace

std::array<double, kExponentials> exponentials(std::uint64_t seed, Purpose purpose, std::uint64_t index,
                                               std::uint32_t block) {
    Counters x;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        x.a[lane] = (block * kLanes + lane) & kLow;
        x.b[lane] = static_cast<std::uint32_t>(purpose);
        x.c[lane] = index & kLow;
        x.d[lane] = index >> 32U;
    }
    std::array<double, kExponentials> all;
    simd<fill>(x, seed & kLow, seed >> 32U, all.data());
    return all;
}

}  // namespace sim
