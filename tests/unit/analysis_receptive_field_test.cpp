#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "analysis/receptive_field.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using doctest::Approx;

constexpr std::size_t side = 12, M = side * side;

/// Even in one direction, odd in the other, no two neurons alike.
std::vector<float> filter(std::size_t neuron) {
    std::vector<float> field(M);
    for (std::size_t i = 0; i < M; ++i) {
        const double r = static_cast<double>(i / side) - 4.0 - static_cast<double>(neuron % 3);
        const double c = static_cast<double>(i % side) - 5.5;
        field[i] = static_cast<float>(std::exp(-(r * r + c * c) / 8.0) *
                                      std::sin(0.9 * c + static_cast<double>(neuron)));
    }
    return field;
}

enum class Noise { gaussian, sparse };

/// Every pixel by itself: normal, or -1 or 1 in one of twenty and else 0.
std::vector<float> noise(Noise kind, std::size_t n) {
    sim::Stream stream(1, sim::Purpose::test, 0);
    std::vector<float> frames(n * M);
    for (float& pixel : frames)
        if (kind == Noise::gaussian)
            pixel = static_cast<float>(stream.normal());
        else if (const double u = stream.uniform(); u < 0.05)
            pixel = u < 0.025 ? -1.0F : 1.0F;
    return frames;
}

/// Rates [phi . s]_+ of linear-nonlinear neurons, shape (n, N).
std::vector<float> rates(const std::vector<float>& frames, std::size_t n_neurons) {
    std::vector<float> R;
    for (std::size_t k = 0; k < frames.size() / M; ++k)
        for (std::size_t j = 0; j < n_neurons; ++j) {
            const auto phi = filter(j);
            float drive = 0.0F;
            for (std::size_t i = 0; i < M; ++i) drive += phi[i] * frames[k * M + i];
            R.push_back(std::max(drive, 0.0F));
        }
    return R;
}

std::span<const float> field_of(const std::vector<float>& fields, std::size_t neuron) {
    return std::span(fields).subspan(neuron * M, M);
}

}  // namespace

TEST_CASE("the filter of a linear-nonlinear neuron comes back from noise") {
    for (const auto kind : {Noise::gaussian, Noise::sparse}) {
        const std::size_t n = 8000;
        const auto frames = noise(kind, n);
        const auto fields = analysis::spike_triggered_average(frames, rates(frames, 3), M);
        REQUIRE(fields.size() == 3 * M);
        for (std::size_t j = 0; j < 3; ++j) {
            // noise of each pixel over its mean square: M / n times some 2, so r is about 1 / sqrt(1 + 0.04)
            CHECK(analysis::field_correlation(field_of(fields, j), filter(j)) > 0.95);
            CHECK(std::abs(analysis::field_correlation(field_of(fields, j), filter(j + 1))) < 0.9);
        }
    }
}

TEST_CASE("an average by hand") {
    const std::vector<float> frames{1, 2, 3, 4, 5, 9},
        spikes{1, 0, 0, 0, 3, 0};  // 3 frames of 2 px, 2 neurons
    const auto fields = analysis::spike_triggered_average(frames, spikes, 2);
    // the first neuron: 1 and 3 spikes in frames 1 and 3, (1, 2) and (5, 9); all frames have the mean (3, 5)
    CHECK(fields[0] == Approx((1.0 + 15.0) / 4.0 - 3.0));
    CHECK(fields[1] == Approx((2.0 + 27.0) / 4.0 - 5.0));
    CHECK(std::isnan(fields[2]));
    CHECK(std::isnan(fields[3]));
}

TEST_CASE("blocks of neurons and frames agree with a loop") {
    sim::Stream stream(2, sim::Purpose::test, 0);
    const std::size_t n = 2500, n_pixels = 7, n_neurons = 130;  // no multiples of the blocks
    std::vector<float> frames(n * n_pixels), R(n * n_neurons);
    for (float& v : frames) v = static_cast<float>(stream.normal());
    for (float& v : R) v = static_cast<float>(stream.uniform());
    const auto fields = analysis::spike_triggered_average(frames, R, n_pixels);
    for (std::size_t j = 0; j < n_neurons; ++j)
        for (std::size_t i = 0; i < n_pixels; ++i) {
            double sum = 0.0, total = 0.0, mean = 0.0;
            for (std::size_t k = 0; k < n; ++k) {
                const double s = frames[k * n_pixels + i], r = R[k * n_neurons + j];
                sum += r * s, total += r, mean += s / static_cast<double>(n);
            }
            // sums of 1024 terms of about 0.5 in single precision, over some 1250
            CHECK(std::abs(fields[j * n_pixels + i] - (sum / total - mean)) < 1e-5);
        }
}

TEST_CASE("correlation of fields, and what cannot be averaged") {
    const std::vector<float> a{1, 2, 3}, b{-2, -4, -6}, flat{1, 1, 1};
    CHECK(analysis::field_correlation(a, a) == Approx(1.0));
    CHECK(analysis::field_correlation(a, b) == Approx(-1.0));
    CHECK(std::isnan(analysis::field_correlation(a, flat)));
    CHECK(std::isnan(analysis::field_correlation(a, std::vector<float>{1, std::nanf(""), 3})));
    CHECK_THROWS_AS(analysis::field_correlation(a, std::vector<float>{1, 2}), sim::Error);
    const std::vector<float> six(6, 1.0F);
    CHECK_THROWS_AS(analysis::spike_triggered_average(six, six, 0), sim::Error);
    CHECK_THROWS_AS(analysis::spike_triggered_average(six, six, 4), sim::Error);
    CHECK_THROWS_AS(analysis::spike_triggered_average(six, std::vector<float>(4), 2), sim::Error);
    CHECK_THROWS_AS(analysis::spike_triggered_average(six, std::vector<float>(3, -1.0F), 2),
                    sim::NumericsError);
    CHECK_THROWS_AS(
        analysis::spike_triggered_average(std::vector<float>(6, std::numeric_limits<float>::infinity()),
                                          std::vector<float>(3, 1.0F), 2),
        sim::NumericsError);
}
