#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "analysis/size_tuning.hpp"
#include "sim/error.hpp"

namespace {

using doctest::Approx;

const std::vector<double> diameters{1, 2, 3, 4, 6, 8, 12};

analysis::SizeTuning of(const std::vector<double>& responses) {
    return analysis::measure_size_tuning(diameters, responses);
}

}  // namespace

TEST_CASE("size tuning of a suppressed neuron, by hand") {
    const auto tuning = of({2, 9.4, 9.6, 10, 7, 4.2, 4});
    CHECK(tuning.suppression_index == Approx(0.6));
    CHECK(tuning.summation_field == 3.0);    // 9.6 is above 9.5
    CHECK(tuning.surround_diameter == 8.0);  // 4.2 is 5 % above 4
    CHECK(tuning.surround_ratio == Approx(8.0 / 3.0));
    CHECK(of({2, 9.6, 9, 10, 7, 4.21, 4}).surround_diameter == 12.0);
    CHECK(of({2, 9.6, 9, 10, 7, 4.21, 4}).summation_field == 2.0);
    // only beyond the peak: the first is as low as the last
    CHECK(of({4, 10, 9, 8, 7, 6, 4}).surround_diameter == 12.0);
}

TEST_CASE("difference of Gaussians: sizes where the closed form has them") {
    // R = erf(d / 2 a)^2 - k erf(d / 2 b)^2 with a << b: the centre is full long before the surround
    std::vector<double> fine, responses;
    for (int i = 1; i <= 4000; ++i) {
        const double d = 0.01 * i;
        fine.push_back(d);
        responses.push_back(std::pow(std::erf(d / 2.0), 2.0) - 0.5 * std::pow(std::erf(d / 20.0), 2.0));
    }
    const auto tuning = analysis::measure_size_tuning(fine, responses);
    const double peak = *std::max_element(responses.begin(), responses.end());
    CHECK(tuning.suppression_index == Approx((peak - 0.5) / peak).epsilon(0.01));  // erf(2) is not yet 1
    const double d = tuning.surround_diameter;  // centre 1, surround 0.5 erf^2 = 1 - 1.05 R(40)
    CHECK(1.0 - 0.5 * std::pow(std::erf(d / 20.0), 2.0) == Approx(1.05 * responses.back()).epsilon(1e-3));
}

TEST_CASE("a neuron that is hardly suppressed has no surround") {
    const auto tuning = of({1, 2, 3, 4, 5, 5, 4.6});
    CHECK(tuning.suppression_index == Approx(0.08));
    CHECK(std::isnan(tuning.summation_field));
    CHECK(std::isnan(tuning.surround_diameter));
    CHECK(std::isnan(tuning.surround_ratio));
    CHECK(of({1, 2, 3, 4, 5, 6, 7}).suppression_index == 0.0);
    CHECK(std::isnan(of({0, 0, 0, 0, 0, 0, 0}).suppression_index));
}

TEST_CASE("a neuron that is silenced by the surround") {
    const auto tuning = of({5, 10, 8, 2, 0, 0, 0});
    CHECK(tuning.suppression_index == 1.0);
    CHECK(tuning.surround_diameter == 6.0);
}

TEST_CASE("many neurons are measured one by one") {
    const std::vector<float> R{2, 9, 10, 9, 7, 5, 4, 1, 1, 1, 1, 1, 1, 1};
    const auto all = analysis::measure_size_tunings(diameters, R);
    REQUIRE(all.size() == 2);
    CHECK(all[0].suppression_index == Approx(0.6));
    CHECK(all[1].suppression_index == 0.0);
    CHECK_THROWS_AS(analysis::measure_size_tunings(diameters, std::vector<float>(8)), sim::Error);
}

TEST_CASE("sizes and responses that cannot be read") {
    CHECK_THROWS_AS(of({1, 2}), sim::Error);
    CHECK_THROWS_AS(of({1, 2, 3, 4, 5, 6, std::nan("")}), sim::Error);
    CHECK_THROWS_AS(analysis::measure_size_tuning(std::vector<double>{2, 1}, std::vector<double>{1, 1}),
                    sim::Error);
    CHECK_THROWS_AS(analysis::measure_size_tuning({}, {}), sim::Error);
}

TEST_CASE("suppression by a grating across") {
    const auto suppression = analysis::cross_orientation_suppression(std::vector<double>{4, 4, 4, 4, 0},
                                                                     std::vector<double>{4, 1, 0, 6, 1});
    CHECK(suppression[0] == 0.0);
    CHECK(suppression[1] == 0.75);
    CHECK(suppression[2] == 1.0);
    CHECK(suppression[3] == -0.5);
    CHECK(std::isnan(suppression[4]));
    CHECK_THROWS_AS(analysis::cross_orientation_suppression(std::vector<double>{1}, {}), sim::Error);
}
