#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/contrast_response.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::NakaRushton;
using doctest::Approx;

const std::vector<double> contrasts{0.02, 0.04, 0.08, 0.16, 0.24, 0.32, 0.5, 0.75, 1.0};

std::vector<double> responses(const NakaRushton& f) {
    std::vector<double> result;
    for (const double c : contrasts)
        result.push_back(f.R_max * std::pow(c, f.n) / (std::pow(c, f.n) + std::pow(f.c50, f.n)) + f.R_0);
    return result;
}

NakaRushton random_function(std::uint64_t index) {
    sim::Stream stream(1, sim::Purpose::test, index);
    return {stream.uniform(0.1, 50.0), stream.uniform(0.06, 0.6), stream.uniform(1.0, 4.0),
            stream.uniform(0.0, 5.0), 1.0};
}

}  // namespace

TEST_CASE("a contrast response is found again") {
    for (std::uint64_t k = 0; k < 100; ++k) {
        const auto f = random_function(k);
        const auto fit = analysis::fit_naka_rushton(contrasts, responses(f));
        CAPTURE(k);
        CHECK(fit.explained_variance > 1.0 - 1e-6);
        CHECK(fit.R_max == Approx(f.R_max).epsilon(0.01).scale(0));
        CHECK(fit.c50 == Approx(f.c50).epsilon(0.01).scale(0));
        CHECK(fit.n == Approx(f.n).epsilon(0.01).scale(0));
        CHECK(fit.R_0 == Approx(f.R_0).epsilon(0.01).scale(f.R_max));
        CHECK(fit.response(f.c50) == Approx(f.R_0 + 0.5 * f.R_max).epsilon(0.01));
    }
}

TEST_CASE("the scale of responses and of contrasts changes nothing else") {
    const NakaRushton f{3.0, 0.2, 2.0, 0.5, 1.0};
    auto scaled = responses(f);
    auto percent = contrasts;
    for (double& r : scaled) r *= 1000.0;
    for (double& c : percent) c *= 100.0;
    const auto fit = analysis::fit_naka_rushton(percent, scaled);
    CHECK(fit.c50 == Approx(20.0).epsilon(0.01));
    CHECK(fit.R_max == Approx(3000.0).epsilon(0.01));
    CHECK(fit.n == Approx(2.0).epsilon(0.01));
}

TEST_CASE("noise lowers what is explained, and a line does not saturate") {
    auto noisy = responses({10.0, 0.3, 2.0, 1.0, 1.0});
    sim::Stream stream(2, sim::Purpose::test, 0);
    for (double& r : noisy) r += 0.5 * stream.normal();
    const auto fit = analysis::fit_naka_rushton(contrasts, noisy);
    CHECK(fit.explained_variance < 1.0);
    CHECK(fit.explained_variance > 0.9);
    CHECK(fit.c50 == Approx(0.3).epsilon(0.3).scale(0));
    const auto line = analysis::fit_naka_rushton(contrasts, contrasts);
    CHECK(line.c50 > 1.0);
    CHECK(line.explained_variance > 0.99);
}

TEST_CASE("a neuron without a contrast response has none") {
    CHECK(std::isnan(analysis::fit_naka_rushton(contrasts, std::vector<double>(9, 0.0)).c50));
    CHECK(std::isnan(
        analysis::fit_naka_rushton(std::vector<double>{0.1, 0.2, 0.3}, std::vector<double>{1, 2, 3}).n));
    auto falling = responses({5.0, 0.3, 2.0, 0.0, 1.0});
    std::reverse(falling.begin(), falling.end());
    CHECK(analysis::fit_naka_rushton(contrasts, falling).R_max == Approx(0.0).epsilon(1e-6));
}

TEST_CASE("many neurons side by side; what cannot be fitted is refused") {
    std::vector<float> R;
    for (std::uint64_t k = 0; k < 6; ++k)
        for (const double r : responses(random_function(k))) R.push_back(static_cast<float>(r));
    const auto all = analysis::fit_naka_rushtons(contrasts, R);
    REQUIRE(all.size() == 6);
    for (std::uint64_t k = 0; k < 6; ++k)
        CHECK(all[k].c50 == Approx(random_function(k).c50).epsilon(0.01).scale(0));
    CHECK_THROWS_AS(analysis::fit_naka_rushtons(contrasts, std::vector<float>(10)), sim::Error);
    CHECK_THROWS_AS(analysis::fit_naka_rushton(contrasts, std::vector<double>(8)), sim::Error);
    CHECK_THROWS_AS(
        analysis::fit_naka_rushton(std::vector<double>{0, 1, 2, 3}, std::vector<double>{0, 1, 2, 3}),
        sim::Error);
    CHECK_THROWS_AS(
        analysis::fit_naka_rushton(std::vector<double>{1, 2}, std::vector<double>{0, std::nan("")}),
        sim::Error);
}
