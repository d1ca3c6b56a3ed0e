#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "analysis/v1_reference.hpp"
#include "sim/error.hpp"

using analysis::v1_reference;
using analysis::v1_references;
using doctest::Approx;

TEST_CASE("every reference is a distribution, with its units, source and number of cells") {
    std::set<std::string> names;
    for (const auto& reference : v1_references()) {
        CAPTURE(reference.name);
        CHECK(names.insert(reference.name).second);
        CHECK(&v1_reference(reference.name) == &reference);
        CHECK_NOTHROW(reference.distribution());
        CHECK(!reference.units.empty());
        CHECK(!reference.citation.empty());
        CHECK((reference.n > 0 || reference.property == "pinwheel_density"));
    }
    CHECK(names.size() == 9);
}

TEST_CASE("histograms count every cell and agree with the percentiles") {
    int n_histograms = 0;
    for (const auto& reference : v1_references()) {
        if (reference.bin_counts.empty()) continue;
        ++n_histograms;
        CAPTURE(reference.name);
        REQUIRE(reference.bin_edges.size() == reference.bin_counts.size() + 1);
        const auto n = static_cast<double>(reference.n);
        CHECK(std::accumulate(reference.bin_counts.begin(), reference.bin_counts.end(), 0.0) == n);
        const auto distribution = reference.distribution();
        double below = 0.0;
        for (std::size_t i = 0; i < reference.bin_counts.size(); ++i) {
            below += reference.bin_counts[i];
            // percentiles 5 or 10 % apart leave the distribution between them open to half of that
            CHECK(std::abs(distribution.cdf(reference.bin_edges[i + 1]) - below / n) < 0.05);
        }
    }
    CHECK(n_histograms == 4);
}

TEST_CASE("simple and complex cells make up all cells") {
    const auto& all = v1_reference("circular_variance");
    const auto& simple = v1_reference("circular_variance_simple");
    const auto& complex = v1_reference("circular_variance_complex");
    CHECK(simple.n + complex.n == all.n);
    const double share = static_cast<double>(simple.n) / static_cast<double>(all.n);
    for (const double x : {0.2, 0.4, 0.6, 0.8, 0.9}) {
        const double mixed =
            share * simple.distribution().cdf(x) + (1.0 - share) * complex.distribution().cdf(x);
        CHECK(std::abs(mixed - all.distribution().cdf(x)) < 0.02);
    }
    // simple cells are those with F1/F0 > 1
    CHECK(1.0 - v1_reference("F1_F0").distribution().cdf(1.0) == Approx(share).epsilon(0.02).scale(0));
}

TEST_CASE("medians as published, and an atom at 0 of cells that do not respond at right angles") {
    CHECK(v1_reference("circular_variance").distribution().median() == 0.605);
    CHECK(v1_reference("half_bandwidth").distribution().median() == 23.25);
    CHECK(v1_reference("pinwheel_density").distribution().median() == 3.14);
    CHECK(v1_reference("orth_pref").distribution().cdf(0.0) == 0.1);
    CHECK(v1_reference("orth_pref").distribution().cdf_below(0.0) == 0.0);
}

TEST_CASE("an unknown name is answered with the known ones") {
    CHECK_THROWS_WITH_AS(
        v1_reference("bandwidth"),
        "there is no V1 reference \"bandwidth\"; there are: circular_variance, circular_variance_simple, "
        "circular_variance_complex, half_bandwidth, half_bandwidth_simple, orth_pref, orth_pref_simple, "
        "F1_F0, "
        "pinwheel_density",
        sim::Error);
}
