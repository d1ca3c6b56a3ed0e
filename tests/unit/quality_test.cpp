// What is said of a code, against cases computed by hand.
#include "sim/quality.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/coding_sheet.hpp"
#include "sim/median.hpp"

using doctest::Approx;

TEST_CASE("PSNR is the squared range of what is seen, over the mean squared error") {
    const std::vector<float> s{-1.0F, 0.0F, 1.0F, 3.0F};
    // Off by 0.1 at two of four pixels: 10 log10(4^2 / (0.02 / 4)) = 10 log10(3200)
    CHECK(sim::psnr(s, 0.02) == Approx(35.05149978).epsilon(1e-9));
    CHECK(sim::psnr(s, 0.2) == Approx(25.05149978).epsilon(1e-9));
    CHECK(sim::psnr(s, 0.0) == Approx(480.0 * std::log10(2.0)).epsilon(1e-12));  // 2^48, 144.5 dB
    CHECK(std::isnan(sim::psnr(std::vector<float>(4, 2.0F), 0.02)));
}

TEST_CASE("sparseness is the part of coefficients that are silent, of either sign") {
    CHECK(sim::sparseness(std::vector<float>{0.0F, 0.5F, -1e-6F, 0.0F, -0.0F}) == 0.6);
    CHECK(sim::sparseness(std::vector<float>(3, 0.0F)) == 1.0);
}

TEST_CASE("a median of what is known leaves out what is not") {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    CHECK(sim::median_of_known({kNone, 3.0, 1.0, kNone, 2.0}) == 2.0);
    CHECK(std::isnan(sim::median_of_known({kNone})));
}

TEST_CASE("measures of codes are kept in turn") {
    sim::CodeMeasures all{{1.0, 2.0}, {10.0, 20.0}, {0.1, 0.2}, {0.5, 0.0}, {0.01, 0.02}};
    all.append({{3.0}, {30.0}, {0.3}, {2.0}, {0.03}});
    CHECK(all.psnr == std::vector<double>{10.0, 20.0, 30.0});
    const sim::CodeMeasures last = all.last(2);
    CHECK(last.energy == std::vector<double>{2.0, 3.0});
    CHECK(last.psnr == std::vector<double>{20.0, 30.0});
    CHECK(last.sparseness == std::vector<double>{0.2, 0.3});
    CHECK(last.kkt == std::vector<double>{0.02, 0.03});
    CHECK(all.gap_at_most() == std::vector<double>{1.0, 0.5});  // a bound of 0 bounds nothing
}
