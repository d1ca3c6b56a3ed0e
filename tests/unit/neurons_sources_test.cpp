// Sources of spikes.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "sim/error.hpp"
#include "tests/cells.hpp"

using doctest::Approx;
using test::drive;
using test::make_cells;

TEST_CASE("poisson: counts and intervals are those of a Poisson process") {
    constexpr std::size_t n = 200;
    constexpr double rate = 50.0, T = 20000.0;  // expected spikes of each: 1000
    const auto spikes = drive(*make_cells("poisson", "rate: 50 Hz", n), {}, T);
    std::vector<std::vector<double>> trains(n);
    for (const sim::Spike& spike : spikes) trains[spike.neuron].push_back(spike.t);

    double sum_of_squares = 0.0, short_intervals = 0.0, intervals = 0.0, sum = 0.0, sum2 = 0.0;
    for (const auto& train : trains) {
        const double excess = static_cast<double>(train.size()) - rate * T / 1e3;
        sum_of_squares += excess * excess;
        for (std::size_t k = 1; k < train.size(); ++k) {
            const double interval = train[k] - train[k - 1];
            ++intervals;
            sum += interval;
            sum2 += interval * interval;
            if (interval < 2.0) ++short_intervals;
        }
    }
    // bounds: five standard deviations of each statistic
    const double N = rate * T / 1e3 * n;
    CHECK(std::abs(static_cast<double>(spikes.size()) - N) < 5.0 * std::sqrt(N));
    const double fano = sum_of_squares / static_cast<double>(n) / (rate * T / 1e3);
    CHECK(std::abs(fano - 1.0) < 5.0 * std::sqrt(2.0 / static_cast<double>(n)));
    CHECK(std::abs(sum2 / intervals / (2.0 * (sum / intervals) * (sum / intervals)) - 1.0) <
          5.0 * 2.0 / std::sqrt(N));
    const double p = 1.0 - std::exp(-0.1);
    CHECK(std::abs(short_intervals / intervals - p) < 5.0 * std::sqrt(p * (1.0 - p) / N));
}

TEST_CASE(
    "poisson: populations and seeds have trains of their own, more neurons leave the first as they are") {
    const auto& registry = sim::Registry<sim::Population>::instance();
    const auto train = [&](std::size_t n, std::uint64_t seed, std::uint32_t number) {
        const auto p = sim::Params::parse("poisson: {rate: 100 Hz}", "x.yaml");
        std::vector<double> first;
        for (const auto& spike : drive(*registry.make("poisson", p, {n, seed, number}), {}, 100.0))
            if (spike.neuron == 0) first.push_back(spike.t);
        return first;
    };
    CHECK(train(1, 1, 0) == train(1, 1, 0));
    CHECK(train(1, 1, 0) == train(50, 1, 0));
    CHECK(train(1, 1, 0) != train(1, 1, 1));
    CHECK(train(1, 1, 0) != train(1, 2, 0));
    CHECK(drive(*make_cells("poisson", "rate: 0 Hz", 3), {}, 1e9).empty());
}

TEST_CASE("spike_list: every neuron fires at every time, whatever their order in the list") {
    const auto spikes = drive(*make_cells("spike_list", "times: [3 ms, 1 ms, 3 ms]", 2), {}, 10.0);
    REQUIRE(spikes.size() == 6);
    CHECK(test::times(spikes) == std::vector{1.0, 1.0, 3.0, 3.0, 3.0, 3.0});
    for (std::size_t k = 0; k < 6; ++k) CHECK(spikes[k].neuron == k % 2);
    CHECK(drive(*make_cells("spike_list", "times: [3 ms]"), {}, 3.0).empty());  // not before 3
}

TEST_CASE("spike_list: each time may name its neuron") {
    const auto spikes =
        drive(*make_cells("spike_list", "times: [2 ms, 1 ms, 2 ms], neurons: [4, 1, 0]", 5), {}, 10.0);
    REQUIRE(spikes.size() == 3);
    CHECK(test::times(spikes) == std::vector{1.0, 2.0, 2.0});
    CHECK(spikes[0].neuron == 1);
    CHECK(spikes[1].neuron == 0);
    CHECK(spikes[2].neuron == 4);
    for (const char* bad : {"times: [1 ms], neurons: [0, 1]", "times: [1 ms], neurons: [5]",
                            "times: [1 ms], neurons: [0.5]", "times: [-1 ms]"})
        CHECK_THROWS_AS(make_cells("spike_list", bad, 5), sim::ConfigError);
}
