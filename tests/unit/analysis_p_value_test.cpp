// The p-value of a comparison, from its distance and both numbers of cells by a series of the test's own.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/v1_reference.hpp"

namespace {

/// Kolmogorov's Q at D sqrt(n m / (n + m)).
double p_by_hand(double D, double n, double m) {
    const double x2 = D * D * n * m / (n + m);
    double q = 0.0, sign = 2.0;
    for (int k = 1; k < 100; ++k, sign = -sign) q += sign * std::exp(-2.0 * k * k * x2);
    return q;
}

}  // namespace

TEST_CASE("p of a comparison takes n of the model and n of the macaque, each its own") {
    const auto& reference = analysis::v1_reference("circular_variance");
    for (const std::size_t n : {std::size_t{25}, std::size_t{100}}) {
        REQUIRE(reference.n != n);
        CAPTURE(n);
        // The macaque's own quantiles, all shifted up: far enough to be told apart, near enough for p > 0.
        analysis::Property shifted{"circular_variance", "1", {}};
        for (std::size_t i = 0; i < n; ++i) {
            const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
            shifted.values.push_back(reference.distribution().quantile(std::min(p + 0.12, 1.0)));
        }
        const auto all = analysis::compare_with_v1(std::vector{shifted}, 1);
        REQUIRE(all.size() == 1);
        CHECK(all[0].n == n);
        CHECK(all[0].ks.value > 0.1);
        const double m = static_cast<double>(reference.n);
        const double by_hand = p_by_hand(all[0].ks.value, static_cast<double>(n), m);
        CHECK(all[0].p_value == doctest::Approx(by_hand).epsilon(1e-9).scale(0));
        CHECK(by_hand > 1e-4);
        CHECK(by_hand < 0.9);
        CHECK(std::abs(p_by_hand(all[0].ks.value, static_cast<double>(n), static_cast<double>(n)) / by_hand -
                       1.0) > 0.05);  // so that n for both would show
    }
}
