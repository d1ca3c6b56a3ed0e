// Complex cells against sums written down one by one, and what they are for: indifference to phase.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "analysis/complex_cells.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Boundary;
using analysis::ComplexSettings;
using analysis::Tuning;

constexpr double kPi = std::numbers::pi;

analysis::GratingAxes axes() {
    analysis::GratingAxes all;
    for (int o = 0; o < 12; ++o) all.orientation.push_back(15.0 * o);
    all.spatial_frequency = {0.2};
    for (int p = 0; p < 8; ++p) all.phase.push_back(45.0 * p);
    return all;
}

/// Half-rectified simple cells of one preferred orientation each and a phase of their own, (N, 12, 1, 8).
std::vector<float> simple_cells(const std::vector<double>& orientation, const std::vector<double>& phase) {
    std::vector<float> R;
    for (std::size_t i = 0; i < orientation.size(); ++i)
        for (const double o : axes().orientation)
            for (const double p : axes().phase) {
                const double gain =
                    std::exp(3.0 * (std::cos(2.0 * (o - orientation[i]) * kPi / 180.0) - 1.0));
                R.push_back(static_cast<float>(gain * std::max(std::cos((p - phase[i]) * kPi / 180.0), 0.0)));
            }
    return R;
}

TEST_CASE("a complex cell is the sum of squares over its pool, to half its exponent, greatest 1") {
    constexpr std::size_t kRows = 3, kCols = 4, kGratings = 5;
    sim::Stream stream(7, sim::Purpose::test, 0);
    Tuning tuning;
    std::vector<float> R;
    for (std::size_t i = 0; i < kRows * kCols; ++i) {
        tuning.preferred_orientation.push_back(i == 5 ? std::nan("") : stream.uniform(0.0, 180.0));
        for (std::size_t k = 0; k < kGratings; ++k) R.push_back(static_cast<float>(stream.uniform()));
    }
    tuning.responds.assign(kRows * kCols, 1);
    const ComplexSettings settings{1.0, 1.3, 2.0, 1.4, 0.0};
    for (const Boundary boundary : {Boundary::open, Boundary::periodic}) {
        const auto pooled = analysis::pool_energy(R, tuning, kRows, kCols, boundary, settings, 1);
        for (std::size_t i = 0; i < kRows * kCols; ++i) {
            double energy[kGratings] = {}, most = 0.0;
            for (std::size_t j = 0; j < kRows * kCols && i != 5; ++j) {
                double rows = std::abs(double(i / kCols) - double(j / kCols)),
                       cols = std::abs(double(i % kCols) - double(j % kCols));
                if (boundary == Boundary::periodic) {
                    rows = std::min(rows, kRows - rows);
                    cols = std::min(cols, kCols - cols);
                }
                const double squared = rows * rows + cols * cols;
                if (j == 5 || squared > 9.0 * 1.3 * 1.3) continue;
                const double turn =
                    (tuning.preferred_orientation[i] - tuning.preferred_orientation[j]) * kPi / 180.0;
                for (std::size_t k = 0; k < kGratings; ++k)
                    energy[k] += std::exp(-squared / (2.0 * 1.3 * 1.3)) * std::pow(std::cos(turn), 4.0) *
                                 std::pow(double(R[j * kGratings + k]), 2.0);
            }
            for (const double e : energy) most = std::max(most, e);
            for (std::size_t k = 0; k < kGratings; ++k)
                CHECK(pooled[i * kGratings + k] ==
                      doctest::Approx(i == 5 ? 0.0 : std::pow(energy[k] / most, 0.7)).epsilon(1e-5));
        }
    }
}

TEST_CASE("cells of one orientation and all phases make complex cells that are indifferent to phase") {
    constexpr std::size_t kSide = 6;
    std::vector<double> orientation(kSide * kSide, 60.0), phase;
    for (std::size_t i = 0; i < orientation.size(); ++i)
        phase.push_back(45.0 * static_cast<double>(3 * i % 8));
    const auto R = simple_cells(orientation, phase);
    const Tuning simple = analysis::measure_tuning(R, axes());
    const auto pooled =
        analysis::pool_energy(R, simple, kSide, kSide, Boundary::periodic, {1.0, 5.0, 10.0, 1.0, 0.0}, 1);
    const Tuning complex = analysis::measure_tuning(pooled, axes());
    for (std::size_t i = 0; i < simple.size(); ++i) {
        CHECK(simple.F1_F0[i] > 1.4);
        CHECK(complex.F1_F0[i] < 0.1);
        CHECK(complex.preferred_orientation[i] == doctest::Approx(60.0).epsilon(0.01));
    }
}

TEST_CASE("a sample takes each cell from where it is said to be, in the proportion asked for") {
    const auto R = simple_cells({0.0, 30.0, 90.0}, {0.0, 0.0, 0.0});
    const Tuning a = analysis::measure_tuning(R, axes());
    const Tuning b = analysis::measure_tuning(simple_cells({10.0, 40.0, 100.0}, {0.0, 90.0, 0.0}), axes());
    const Tuning sample = analysis::sample_of(a, b, std::vector<std::uint8_t>{0, 1, 0});
    CHECK(sample.preferred_orientation[0] == a.preferred_orientation[0]);
    CHECK(sample.preferred_orientation[1] == b.preferred_orientation[1]);
    CHECK(sample.circular_variance[2] == a.circular_variance[2]);

    const auto picked = analysis::pick_complex(10000, 0.6, 3);
    const auto n = static_cast<double>(std::count(picked.begin(), picked.end(), std::uint8_t{1}));
    CHECK(n == doctest::Approx(6000.0).epsilon(0.03));  // standard deviation 49
}

TEST_CASE("complex cells refuse responses that are not of the sheet") {
    Tuning tuning;
    tuning.responds.assign(4, 1);
    const std::vector<float> R(10, 0.0F);
    CHECK_THROWS_AS(analysis::pool_energy(R, tuning, 2, 2, Boundary::open, {1.0, 1.0, 1.0, 1.0, 0.0}, 1),
                    sim::Error);
}

}  // namespace
