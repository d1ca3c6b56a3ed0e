#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "analysis/population_activity.hpp"
#include "analysis/statistics.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Boundary;
using analysis::Spikes;
using doctest::Approx;
using Values = std::vector<double>;

/// A spike train made of its intervals.
struct Train {
    Values t;
    std::vector<std::uint64_t> neuron;

    Spikes spikes(std::size_t n_neurons = 1) const { return {t, neuron, n_neurons}; }
};

/// Sums of k exponential intervals: a Poisson process of 10 per second for k = 1.
Train gamma_process(std::size_t n, int k) {
    sim::Stream stream(4, sim::Purpose::test, static_cast<std::uint64_t>(k));
    Train train;
    double t = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        for (int j = 0; j < k; ++j) t -= 100.0 / k * std::log1p(-stream.uniform());
        train.t.push_back(t);
    }
    train.neuron.assign(n, 0);
    return train;
}

}  // namespace

TEST_CASE("sparseness is 0 of equal responses, 1 of a single one") {
    CHECK(analysis::sparseness(Values{3, 3, 3, 3}) == Approx(0.0).epsilon(1e-12));
    CHECK(analysis::sparseness(Values{0, 0, 7, 0}) == 1.0);
    CHECK(analysis::sparseness(Values{1, 3}) == Approx((1.0 - 4.0 / 5.0) * 2.0));
    CHECK(std::isnan(analysis::sparseness(Values{0, 0})));
    CHECK(std::isnan(analysis::sparseness(Values{1})));
    Values exponential;  // mean 1, mean square 2
    for (int i = 0; i < 100000; ++i) exponential.push_back(-std::log((i + 0.5) / 100000.0));
    CHECK(analysis::sparseness(exponential) == Approx(0.5).epsilon(0.001).scale(0));
}

TEST_CASE("sparseness over stimuli and over neurons") {
    const std::vector<float> R{1, 1, 0, 3, 0, 0, 5, 0, 0, 0, 0, 0};  // 4 stimuli, 3 neurons
    const auto s = analysis::measure_sparseness(R, 3);
    REQUIRE(s.lifetime.size() == 3);
    REQUIRE(s.population.size() == 4);
    CHECK(s.lifetime[0] == Approx((1.0 - 81.0 / 4.0 / 35.0) / 0.75));
    CHECK(s.lifetime[1] == 1.0);
    CHECK(std::isnan(s.lifetime[2]));
    CHECK(s.population[0] == Approx((1.0 - 4.0 / 6.0) * 1.5));
    CHECK(s.population[2] == 1.0);
    CHECK(std::isnan(s.population[3]));
    CHECK_THROWS_AS(analysis::measure_sparseness(R, 5), sim::Error);
    CHECK_THROWS_AS(analysis::measure_sparseness(std::vector<float>{-1}, 1), sim::NumericsError);
}

TEST_CASE("intervals of a clock, of three spikes, of a Poisson and a gamma process") {
    CHECK(analysis::interval_variation(Train{{1, 2, 3, 4}, {0, 0, 0, 0}}.spikes())[0] ==
          Approx(0.0).epsilon(1e-9));
    const Train two{{1, 2, 2.5, 4, 9, 9}, {0, 1, 0, 0, 1, 2}};
    const auto cv = analysis::interval_variation(two.spikes(4));
    CHECK(cv[0] == Approx(0.0).epsilon(1e-12));  // 1.5 and 1.5
    CHECK(std::isnan(cv[1]));                    // one interval
    CHECK(std::isnan(cv[2]));
    CHECK(std::isnan(cv[3]));
    CHECK(analysis::interval_variation(Train{{0, 1, 4}, {0, 0, 0}}.spikes())[0] ==
          Approx(0.5));  // 1, 3: 1 over 2
    CHECK(analysis::interval_variation(gamma_process(40000, 1).spikes())[0] ==
          Approx(1.0).epsilon(0.03).scale(0));
    CHECK(analysis::interval_variation(gamma_process(40000, 4).spikes())[0] ==
          Approx(0.5).epsilon(0.03).scale(0));
}

TEST_CASE("counts of a clock, of a Poisson and a gamma process") {
    const auto fano = [](const Train& train, double window) {
        return analysis::fano_factors(train.spikes(), 0.0, train.t.back(), window)[0];
    };
    CHECK(fano(gamma_process(40000, 1), 1000.0) == Approx(1.0).epsilon(0.1).scale(0));  // 4000 windows: 2 %
    CHECK(fano(gamma_process(40000, 4), 10000.0) ==
          Approx(0.25).epsilon(0.2).scale(0));  // CV^2 in long windows
    const Train by_hand{{0.0, 0.5, 1.0, 3.9, 4.0, 99.0}, {0, 0, 0, 0, 0, 1}};
    const auto factors = analysis::fano_factors(by_hand.spikes(2), 0.0, 4.0, 1.0);  // counts 2 1 0 1
    CHECK(factors[0] == Approx((1.0 + 0.0 + 1.0 + 0.0) / 3.0));
    CHECK(std::isnan(factors[1]));
    CHECK_THROWS_AS(analysis::fano_factors(by_hand.spikes(2), 0.0, 4.0, 3.0), sim::Error);
    CHECK_THROWS_AS(analysis::fano_factors(by_hand.spikes(2), 0.0, 4.0, 0.0), sim::Error);
    // two windows, whatever the rounding of 0.3 / 0.15
    CHECK_NOTHROW(analysis::fano_factors(by_hand.spikes(2), 0.0, 0.3, 0.15));
}

TEST_CASE("spikes that are none are refused") {
    CHECK_THROWS_AS(analysis::interval_variation(Train{{2, 1}, {0, 0}}.spikes()), sim::Error);
    CHECK_THROWS_AS(analysis::interval_variation(Train{{1, 2}, {0, 1}}.spikes()), sim::Error);
    CHECK_THROWS_AS(analysis::interval_variation(Train{{1, 2}, {0}}.spikes()), sim::Error);
}

TEST_CASE("correlations of a wave on the sheet fall with distance as its cosine") {
    // r_i(k) = cos(2 pi (x_i - k) / 16): correlation cos(2 pi (x_i - x_j) / 16) over whole periods
    const std::size_t rows = 1, cols = 16;
    std::vector<float> R;
    for (int k = 0; k < 64; ++k)
        for (int x = 0; x < 16; ++x)
            R.push_back(static_cast<float>(std::cos(std::numbers::pi * (x - k) / 8.0)));
    const Values edges{0.5, 1.5, 2.5, 4.5, 8.5, 20.0};
    const auto wave = [](double d) { return std::cos(std::numbers::pi * d / 8.0); };
    const auto ring = analysis::correlation_by_distance(R, rows, cols, Boundary::periodic, edges);
    CHECK(ring.n_pairs == std::vector<std::size_t>{16, 16, 32, 16 * 3 + 8, 0});
    CHECK(ring.correlation[0] == Approx(wave(1)).epsilon(1e-5));
    CHECK(ring.correlation[2] == Approx(0.5 * (wave(3) + wave(4))).epsilon(1e-5));
    CHECK(ring.distance[2] == Approx(3.5));
    CHECK(std::isnan(ring.correlation[4]));
    const auto line = analysis::correlation_by_distance(R, rows, cols, Boundary::open, edges);
    CHECK(line.n_pairs ==
          std::vector<std::size_t>{15, 14, 13 + 12, 11 + 10 + 9 + 8, 7 + 6 + 5 + 4 + 3 + 2 + 1});
    CHECK(line.correlation[1] == Approx(wave(2)).epsilon(1e-5));
}

TEST_CASE("correlations over blocks of neurons agree with a loop, silent neurons left out") {
    const std::size_t rows = 9, cols = 17, n = rows * cols, n_stimuli = 30;
    sim::Stream stream(5, sim::Purpose::test, 0);
    std::vector<float> R(n_stimuli * n);
    for (float& r : R) r = static_cast<float>(stream.uniform());
    for (std::size_t k = 0; k < n_stimuli; ++k) R[k * n + 40] = 0.1F;
    const Values edges{0.0, 3.0, 40.0};
    const auto binned = analysis::correlation_by_distance(R, rows, cols, Boundary::open, edges);
    double sum = 0.0;
    std::size_t n_pairs = 0;
    const auto responses = [&](std::size_t i) {
        Values r;
        for (std::size_t k = 0; k < n_stimuli; ++k) r.push_back(static_cast<double>(R[k * n + i]));
        return r;
    };
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const double d = std::hypot(static_cast<double>(i / cols) - static_cast<double>(j / cols),
                                        static_cast<double>(i % cols) - static_cast<double>(j % cols));
            if (d >= 3.0 || i == 40 || j == 40) continue;
            sum += analysis::correlation(responses(i), responses(j));
            ++n_pairs;
        }
    CHECK(binned.n_pairs[0] == n_pairs);
    CHECK(binned.n_pairs[0] + binned.n_pairs[1] == (n - 1) * (n - 2) / 2);
    CHECK(binned.correlation[0] == Approx(sum / static_cast<double>(n_pairs)).epsilon(1e-5));
    CHECK_THROWS_AS(analysis::correlation_by_distance(R, rows, 16, Boundary::open, edges), sim::Error);
    CHECK_THROWS_AS(analysis::correlation_by_distance(R, rows, cols, Boundary::open, Values{1, 1}),
                    sim::Error);
    CHECK_THROWS_AS(
        analysis::correlation_by_distance(std::vector<float>(n), rows, cols, Boundary::open, edges),
        sim::Error);
}
