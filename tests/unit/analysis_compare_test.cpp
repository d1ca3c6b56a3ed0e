#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "analysis/compare.hpp"
#include "analysis/v1_reference.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Tuning;
using doctest::Approx;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// n neurons drawn from the macaque itself.
Tuning macaque(std::size_t n, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 5);
    Tuning tuning;
    const auto fill = [&](std::vector<double>& values, const char* property) {
        const auto distribution = analysis::v1_reference(property).distribution();
        for (std::size_t i = 0; i < n; ++i) values.push_back(distribution.quantile(stream.uniform()));
    };
    fill(tuning.circular_variance, "circular_variance");
    fill(tuning.half_bandwidth, "half_bandwidth");
    fill(tuning.orth_pref, "orth_pref");
    fill(tuning.F1_F0, "F1_F0");
    tuning.responds.assign(n, 1);
    return tuning;
}

}  // namespace

TEST_CASE("cells of the macaque itself come as close as the ceiling says") {
    double ratio = 0.0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const auto comparisons = analysis::compare_with_v1(macaque(256, seed), seed);
        REQUIRE(comparisons.size() == 4);
        for (const auto& c : comparisons) {
            CAPTURE(c.property);
            CHECK(c.n == 256);
            CHECK(c.ks.value < 2.5 * c.ceiling);  // the 0.1 % tail of the Kolmogorov distribution is at 2.2
            CHECK(c.ks.low < c.ks.high);
            CHECK(c.wasserstein.low < c.wasserstein.high);
            CHECK(c.median_macaque == analysis::v1_reference(c.property).distribution().median());
            CHECK(c.citation == analysis::v1_reference(c.property).citation);
            ratio += c.ks.value / c.ceiling / 32.0;
        }
    }
    CHECK(ratio == Approx(1.0).epsilon(0.2).scale(0));  // 32 distances, each +- 30 %
}

TEST_CASE("a shift of every neuron is the Wasserstein distance") {
    auto tuning = macaque(2000, 3);
    for (double& v : tuning.half_bandwidth) v += 30.0;
    const auto comparisons = analysis::compare_with_v1(tuning, 1);
    CHECK(comparisons[1].property == "half_bandwidth");
    CHECK(comparisons[1].wasserstein.value ==
          Approx(30.0).epsilon(0.05).scale(0));  // 12 / sqrt 2000 = 0.3 deg
    CHECK(comparisons[1].wasserstein.low < 30.5);
    CHECK(comparisons[1].wasserstein.high > 29.5);
    CHECK(comparisons[1].median_model == Approx(53.25).epsilon(0.02).scale(0));
    CHECK(comparisons[1].ks.value > 0.8);
    CHECK(comparisons[0].ks.value < 0.05);
}

TEST_CASE("neurons without a response or a bandwidth are not compared") {
    auto tuning = macaque(100, 4);
    for (std::size_t i = 0; i < 30; ++i) tuning.half_bandwidth[i] = kNan;
    for (std::size_t i = 20; i < 40; ++i) tuning.responds[i] = 0;
    const auto comparisons = analysis::compare_with_v1(tuning, 1);
    CHECK(comparisons[0].n == 80);
    CHECK(comparisons[1].n == 60);
    tuning.responds.assign(100, 0);
    for (const auto& c : analysis::compare_with_v1(tuning, 1)) {
        CHECK(c.n == 0);
        CHECK(std::isnan(c.ks.value));
        CHECK(std::isnan(c.wasserstein.high));
        CHECK(std::isnan(c.median_model));
        CHECK(std::isnan(c.ceiling));
        CHECK(!std::isnan(c.median_macaque));
    }
}

TEST_CASE("the same seed gives the same intervals") {
    const auto tuning = macaque(60, 5);
    const auto a = analysis::compare_with_v1(tuning, 11), b = analysis::compare_with_v1(tuning, 11);
    const auto other = analysis::compare_with_v1(tuning, 12);
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].ks.low == b[i].ks.low);
        CHECK(a[i].wasserstein.high == b[i].wasserstein.high);
        CHECK(a[i].ceiling == b[i].ceiling);
        CHECK(a[i].ks.value == other[i].ks.value);
        CHECK(a[i].ceiling != other[i].ceiling);
    }
}
