#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

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
    CHECK(names.size() == 31);
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
            // percentiles 2 % apart leave the distribution between them open
            const double tolerance = reference.citation.starts_with("Ringach, S") ? 0.02 : 1e-12;
            CHECK(std::abs(distribution.cdf(reference.bin_edges[i + 1]) - below / n) < tolerance);
        }
    }
    CHECK(n_histograms == 21);
}

TEST_CASE("simple and complex cells make up all cells") {
    for (const std::string property :
         {"circular_variance", "half_bandwidth", "orth_pref", "spontaneous_over_peak"}) {
        CAPTURE(property);
        const auto& all = v1_reference(property);
        const auto& simple = v1_reference(property + "_simple");
        const auto& complex = v1_reference(property + "_complex");
        CHECK(simple.n + complex.n == all.n);
        const double share = static_cast<double>(simple.n) / static_cast<double>(all.n);
        for (std::size_t k = 1; k + 1 < all.quantiles.size(); ++k) {
            const double x = all.quantiles[k];
            CAPTURE(x);
            const auto below = [&](const auto& reference) { return reference.distribution().cdf_below(x); };
            const auto up_to = [&](const auto& reference) { return reference.distribution().cdf(x); };
            const auto mixed = [&](const auto& of) {
                return share * of(simple) + (1.0 - share) * of(complex);
            };
            CHECK(mixed(below) < up_to(all) + 0.02);
            CHECK(mixed(up_to) > below(all) - 0.02);
        }
    }
    // simple cells are those with F1/F0 > 1
    const double share = static_cast<double>(v1_reference("circular_variance_simple").n) /
                         static_cast<double>(v1_reference("circular_variance").n);
    CHECK(1.0 - v1_reference("F1_F0").distribution().cdf(1.0) == Approx(share).epsilon(0.02).scale(0));
}

TEST_CASE("medians as published, and an atom at 0 of cells that do not respond at right angles") {
    CHECK(v1_reference("circular_variance").distribution().median() == 0.605);
    CHECK(v1_reference("half_bandwidth").distribution().median() == 23.25);
    CHECK(v1_reference("pinwheel_density").distribution().median() == 3.14);
    CHECK(v1_reference("orth_pref").distribution().cdf(0.0) == 0.12);
    CHECK(v1_reference("orth_pref").distribution().cdf_below(0.0) == 0.0);
}

TEST_CASE("an unknown name is answered with the known ones") {
    try {
        v1_reference("bandwidth");
        FAIL("nothing was thrown");
    } catch (const sim::Error& error) {
        const std::string text = error.what();
        CHECK(text.starts_with("there is no V1 reference \"bandwidth\"; there are: circular_variance, "));
        for (const auto& reference : v1_references()) CHECK(text.find(reference.name) != std::string::npos);
    }
}

TEST_CASE("counts give the quartiles that were published beside them") {
    const auto check = [](const char* name, double first, double middle, double third) {
        const auto distribution = v1_reference(name).distribution();
        CHECK(distribution.quantile(0.25) == Approx(first).epsilon(0.005).scale(0));  // three digits
        CHECK(distribution.quantile(0.5) == Approx(middle).epsilon(0.005).scale(0));
        CHECK(distribution.quantile(0.75) == Approx(third).epsilon(0.005).scale(0));
    };
    check("surround_ratio", 1.45, 2.19, 4.37);
    check("nx", 0.265, 0.365, 0.474);
    check("ny", 0.270, 0.445, 0.688);
}

TEST_CASE("numbers of cells, as in the papers") {
    CHECK(v1_reference("preferred_orientation").n == 385);
    CHECK(v1_reference("peak_spatial_frequency").n == 363);
    CHECK(v1_reference("schiller_index").n == 73);
    CHECK(v1_reference("suppression_index").n == 190);
    CHECK(v1_reference("summation_field").n == 148);
    CHECK(v1_reference("surround_diameter").n == 148);
    CHECK(v1_reference("surround_ratio").n == 148);
    CHECK(v1_reference("nx").n == 79);
    CHECK(v1_reference("ny").n == 79);
    const auto& shapes = analysis::v1_shapes();
    CHECK(std::accumulate(shapes.counts.begin(), shapes.counts.end(), 0.0) == 79.0);
    REQUIRE(shapes.edges.size() == 6);
    CHECK(shapes.edges.back() == Approx(1.585).epsilon(1e-4));
}

TEST_CASE("what only a visual field has units for is compared by its shape") {
    for (const auto& reference : v1_references()) {
        const bool in_degrees = reference.property == "peak_spatial_frequency" ||
                                reference.property == "summation_field" ||
                                reference.property == "surround_diameter";
        CHECK(reference.scaled == in_degrees);
        CHECK((reference.period > 0.0) == (reference.property == "preferred_orientation"));
    }
}
