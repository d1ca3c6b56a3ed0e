#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "analysis/sheet_order.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Boundary;
using doctest::Approx;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> uniform(std::size_t n, double high, std::uint64_t index) {
    sim::Stream stream(1, sim::Purpose::test, index);
    std::vector<double> values(n);
    for (double& v : values) v = stream.uniform(0.0, high);
    return values;
}

}  // namespace

TEST_CASE("frequencies in octaves, by hand") {
    const std::vector<double> f{0.1, 0.2, 0.8, 0.1};
    const auto likeness = analysis::frequency_likeness(f, 1, 4, Boundary::open);
    CHECK(likeness.neighbours == Approx((1.0 + 2.0 + 3.0) / 3.0));
    CHECK(likeness.by_chance == Approx((1.0 + 3.0 + 0.0 + 2.0 + 1.0 + 3.0) / 6.0));
    const auto one_missing =
        analysis::frequency_likeness(std::vector<double>{0.1, kNan, 0.8, 0.1}, 2, 2, Boundary::open);
    CHECK(one_missing.neighbours == Approx(3.0));  // 0.1 above 0.8, 0.8 beside 0.1
    CHECK(one_missing.by_chance == Approx(2.0));
    CHECK(std::isnan(analysis::frequency_likeness({}, 0, 0, Boundary::open).neighbours));
    CHECK(std::isnan(analysis::frequency_likeness(std::vector<double>{0.1}, 1, 1, Boundary::open).by_chance));
    CHECK_THROWS_AS(analysis::frequency_likeness(f, 2, 3, Boundary::open), sim::Error);
}

TEST_CASE("phases go round the circle") {
    const auto likeness =
        analysis::phase_likeness(std::vector<double>{350.0, 10.0, 190.0}, 1, 3, Boundary::open);
    CHECK(likeness.neighbours == Approx((20.0 + 180.0) / 2.0));
    CHECK(likeness.by_chance == Approx((20.0 + 180.0 + 160.0) / 3.0));
    CHECK_THROWS_AS(analysis::phase_likeness(std::vector<double>(5), 2, 3, Boundary::open), sim::Error);
}

TEST_CASE("without order neighbours are as unlike as by chance, with it they are more alike") {
    const auto phase = uniform(40 * 40, 360.0, 0);
    const auto no_order = analysis::phase_likeness(phase, 40, 40, Boundary::periodic);
    CHECK(no_order.neighbours == Approx(90.0).epsilon(0.05).scale(0));  // 3200 pairs of 52 deg each: 0.9 deg
    CHECK(no_order.by_chance == Approx(90.0).epsilon(0.05).scale(0));
    std::vector<double> gradient;
    for (std::size_t i = 0; i < 1600; ++i) gradient.push_back(std::exp2(static_cast<double>(i % 40) / 20.0));
    const auto order = analysis::frequency_likeness(gradient, 40, 40, Boundary::open);
    CHECK(order.neighbours == Approx(0.025));  // 0 down the columns, 1/20 octave along the rows
    CHECK(order.by_chance == Approx(2.0 / 3.0).epsilon(0.01).scale(0));  // of uniform octaves from 0 to 2
}

TEST_CASE("retinotopy of a sheet that is mapped straight, turned, or not at all") {
    const std::size_t rows = 20, cols = 30, n = rows * cols;
    std::vector<double> row(n), col(n);
    for (std::size_t i = 0; i < n; ++i) {
        row[i] = 3.0 + 0.5 * static_cast<double>(i / cols);
        col[i] = 9.0 - 0.2 * static_cast<double>(i % cols);
    }
    const auto straight = analysis::retinotopy(row, col, rows, cols);
    CHECK(straight.row == Approx(1.0));
    CHECK(straight.col == Approx(-1.0));
    CHECK(straight.scatter == Approx(0.0).epsilon(1e-9));
    const auto turned = analysis::retinotopy(col, row, rows, cols);
    CHECK(turned.row == Approx(0.0).epsilon(1e-9));
    CHECK(turned.scatter == Approx(0.0).epsilon(1e-9));
    const auto noise = uniform(n, 2.0, 1);
    for (std::size_t i = 0; i < n; ++i) row[i] += noise[i] - 1.0;
    row[7] = kNan;
    CHECK(analysis::retinotopy(row, col, rows, cols).scatter ==
          Approx(std::sqrt(1.0 / 3.0)).epsilon(0.05).scale(0));
    const auto none = analysis::retinotopy(uniform(n, 9.0, 2), uniform(n, 9.0, 3), rows, cols);
    CHECK(std::abs(none.row) < 0.15);  // 1 / sqrt 600 is 0.04
    CHECK(std::isnan(analysis::retinotopy(std::vector<double>(8), std::vector<double>(8), 1, 8).row));
    CHECK(std::isnan(analysis::retinotopy(std::vector<double>(3), std::vector<double>(3), 1, 3).scatter));
    CHECK_THROWS_AS(analysis::retinotopy(row, col, 10, 10), sim::Error);
}
