#include "analysis/complex_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/error.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace analysis {
namespace {

constexpr std::uint64_t kExponents = std::uint64_t{3} << 40, kPicked = std::uint64_t{4} << 40;  // streams
constexpr double kLeastExponent = 0.5, kGreatestExponent = 4.0;
constexpr double kReach = 3.0;  // widths; beyond, weights are below 1 %

double apart(std::size_t i, std::size_t j, std::size_t n, Boundary boundary) {
    const double d = std::abs(static_cast<double>(i) - static_cast<double>(j));
    return boundary == Boundary::periodic ? std::min(d, static_cast<double>(n) - d) : d;
}

/// A neuron of a pool and its weight.
struct Pooled {
    std::size_t neuron;
    double weight;
};

std::vector<Pooled> pool_of(std::size_t i, const Tuning& tuning, std::size_t rows, std::size_t cols,
                            Boundary boundary, const ComplexSettings& settings) {
    const double theta = tuning.preferred_orientation[i];
    std::vector<Pooled> pool;
    if (!std::isfinite(theta)) return pool;
    for (std::size_t j = 0; j < tuning.size(); ++j) {
        const double d =
            std::hypot(apart(i / cols, j / cols, rows, boundary), apart(i % cols, j % cols, cols, boundary));
        if (d > kReach * settings.width || !std::isfinite(tuning.preferred_orientation[j])) continue;
        const double likeness =
            std::abs(std::cos((theta - tuning.preferred_orientation[j]) * std::numbers::pi / 180.0));
        pool.push_back({j, std::exp(-0.5 * d * d / (settings.width * settings.width)) *
                               std::pow(likeness, 2.0 * settings.sharpness)});
    }
    return pool;
}

double exponent_of(std::size_t i, const ComplexSettings& settings, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::analysis, kExponents + i);
    return std::clamp(settings.exponent + settings.exponent_spread * stream.normal(), kLeastExponent,
                      kGreatestExponent);
}

}  // namespace

std::vector<float> pool_energy(std::span<const float> R, const Tuning& tuning, std::size_t rows,
                               std::size_t cols, Boundary boundary, const ComplexSettings& settings,
                               std::uint64_t seed) {
    const std::size_t N = rows * cols, n = N > 0 ? R.size() / N : 0;
    if (tuning.size() != N || n * N != R.size())
        throw sim::Error(
            fmt::format("complex cells: {} responses and the tuning of {} neurons are not of {} x {}",
                        R.size(), tuning.size(), rows, cols));
    std::vector<float> pooled(R.size(), 0.0F);
    sim::parallel_for(std::size_t{0}, N, [&](std::size_t i) {
        std::vector<double> energy(n, 0.0);
        for (const auto& [j, weight] : pool_of(i, tuning, rows, cols, boundary, settings))
            for (std::size_t k = 0; k < n; ++k) {
                const double r = static_cast<double>(R[j * n + k]);
                energy[k] += weight * r * r;
            }
        const double most = n > 0 ? *std::max_element(energy.begin(), energy.end()) : 0.0;
        if (!(most > 0.0)) return;
        const double exponent = exponent_of(i, settings, seed);
        for (std::size_t k = 0; k < n; ++k)
            pooled[i * n + k] = static_cast<float>(std::pow(energy[k] / most, 0.5 * exponent));
    });
    return pooled;
}

std::vector<std::uint8_t> pick_complex(std::size_t n, double fraction, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::analysis, kPicked);
    std::vector<std::uint8_t> picked;
    for (std::size_t i = 0; i < n; ++i) picked.push_back(stream.uniform() < fraction ? 1 : 0);
    return picked;
}

Tuning sample_of(const Tuning& simple, const Tuning& complex, std::span<const std::uint8_t> is_complex) {
    Tuning sample = simple;
    for (std::size_t i = 0; i < is_complex.size(); ++i) {
        if (is_complex[i] == 0) continue;
        for (const auto values :
             {&Tuning::preferred_orientation, &Tuning::circular_variance, &Tuning::half_bandwidth,
              &Tuning::orth_pref, &Tuning::F1_F0, &Tuning::peak_spatial_frequency, &Tuning::OSI,
              &Tuning::frequency_bandwidth, &Tuning::schiller_index})
            (sample.*values)[i] = (complex.*values)[i];
        sample.responds[i] = complex.responds[i];
    }
    return sample;
}

}  // namespace analysis
