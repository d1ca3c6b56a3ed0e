#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "analysis/tuning.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::GratingAxes;
using analysis::Tuning;
using doctest::Approx;
using std::numbers::pi;

std::vector<double> equally_spaced(std::size_t n, double period) {
    std::vector<double> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = period * static_cast<double>(i) / static_cast<double>(n);
    return values;
}

GratingAxes axes_of(std::size_t n_orientations, std::size_t n_phases,
                    std::vector<double> frequencies = {0.1}) {
    return {equally_spaced(n_orientations, 180.0), std::move(frequencies), equally_spaced(n_phases, 360.0)};
}

using Response = std::function<double(double orientation, double frequency, double phase)>;

/// Responses of one neuron, shape (n_orientations, n_frequencies, n_phases).
std::vector<float> responses(const GratingAxes& axes, const Response& response) {
    std::vector<float> R;
    for (const double orientation : axes.orientation)
        for (const double frequency : axes.spatial_frequency)
            for (const double phase : axes.phase)
                R.push_back(static_cast<float>(response(orientation, frequency, phase)));
    return R;
}

Tuning tuning_of(const GratingAxes& axes, const Response& response) {
    return analysis::measure_tuning(responses(axes, response), axes);
}

double radians(double degrees) { return degrees * pi / 180.0; }

/// Distance of two orientations [deg].
double apart(double a, double b) { return std::abs(std::remainder(a - b, 180.0)); }

std::vector<float> random_responses(std::size_t n, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 0);
    std::vector<float> R(n);
    for (float& r : R) r = static_cast<float>(stream.uniform(0.0, 3.0));
    return R;
}

// Sums of 12 to 200 single-precision numbers in another order, or scaled.
constexpr double rounding = 1e-6;

}  // namespace

TEST_CASE("a von Mises curve has circular variance 1 - I1 / I0 and prefers its centre") {
    for (const double kappa : {0.2, 1.0, 2.0})
        for (const double centre : {0.0, 37.0, 90.0, 171.0}) {
            const auto tuning = tuning_of(axes_of(12, 8), [&](double theta, double, double) {
                return std::exp(kappa * std::cos(2.0 * radians(theta - centre)));
            });
            const double expected = 1.0 - std::cyl_bessel_i(1, kappa) / std::cyl_bessel_i(0, kappa);
            // single precision; sampled at 12 orientations the sums are off by I11 / I0 < 1e-8
            CHECK(tuning.circular_variance[0] == Approx(expected).epsilon(1e-6));
            CHECK(apart(tuning.preferred_orientation[0], centre) < 1e-4);
        }
}

TEST_CASE("the half-bandwidth of a Gaussian is sigma sqrt(ln 2)") {
    for (const double sigma : {8.0, 15.0, 25.0}) {
        const auto tuning = tuning_of(axes_of(180, 3), [&](double theta, double, double) {
            return std::exp(-0.5 * std::pow(apart(theta, 63.0) / sigma, 2));
        });
        // smoothing widens the curve by the variance of its weights, 2 (2/5) / 1.8 steps^2 of 1 deg; the rest
        // is linear interpolation between steps, h^2 / 8 times curvature over slope
        const double expected = std::sqrt(std::log(2.0) * (sigma * sigma + 0.8 / 1.8));
        CHECK(tuning.half_bandwidth[0] == Approx(expected).epsilon(1e-3).scale(0));
    }
}

TEST_CASE("the half-bandwidth is read between orientations, on both sides") {
    const auto axes = axes_of(12, 3);
    const auto at = [](double where) {
        return [where](double theta, double, double) { return theta == where ? 1.0 : 0.0; };
    };
    // smoothed: 1, 0.4, 0; it falls to 1/sqrt 2 within the first step
    const double expected = 15.0 * (1.0 - 1.0 / std::numbers::sqrt2) / 0.6;
    CHECK(tuning_of(axes, at(0.0)).half_bandwidth[0] == Approx(expected));
    CHECK(tuning_of(axes, at(165.0)).half_bandwidth[0] == Approx(expected));
    // 4 at 0, 15, 30 and 45 deg, else 0: smoothed (1.6, 5.6, 7.2, 7.2, 5.6, 1.6) / 1.8 from 165 to 60 deg
    const auto edge = tuning_of(axes, [](double theta, double, double) { return theta < 60.0 ? 4.0 : 0.0; });
    const double level = 7.2 / std::numbers::sqrt2;
    const double side = 1.0 + (5.6 - level) / (5.6 - 1.6);
    CHECK(edge.half_bandwidth[0] == Approx(15.0 * 0.5 * (side + 1.0 + side)));  // the top is 1 step wide
}

TEST_CASE("a flat curve has circular variance 1 and no bandwidth") {
    const auto tuning = tuning_of(axes_of(12, 8), [](double, double, double) { return 0.7; });
    CHECK(tuning.circular_variance[0] == Approx(1.0));
    CHECK(std::isnan(tuning.half_bandwidth[0]));
    CHECK(tuning.orth_pref[0] == Approx(1.0));
    CHECK(tuning.F1_F0[0] == Approx(0.0));
    CHECK(tuning.responds[0] == 1);
}

TEST_CASE("a response to one orientation alone has circular variance 0") {
    const auto tuning =
        tuning_of(axes_of(12, 8), [](double theta, double, double) { return theta == 105.0 ? 2.0 : 0.0; });
    CHECK(tuning.circular_variance[0] == Approx(0.0));
    CHECK(tuning.preferred_orientation[0] == Approx(105.0));
    CHECK(tuning.orth_pref[0] == 0.0);
}

TEST_CASE("orthogonal over preferred response, also where 90 deg lies between two orientations") {
    const auto curve = [](double theta, double, double) {
        return theta == 36.0 ? 5.0 : theta == 108.0 ? 1.0 : theta == 144.0 ? 3.0 : 0.0;
    };
    CHECK(tuning_of(axes_of(5, 3), curve).orth_pref[0] == Approx(2.0 / 5.0));  // at 126 deg
    const auto even = [](double theta, double, double) {
        return theta == 120.0 ? 4.0 : theta == 30.0 ? 1.0 : 0.0;
    };
    CHECK(tuning_of(axes_of(12, 3), even).orth_pref[0] == Approx(0.25));
}

TEST_CASE("F1 / F0 of known responses to phase") {
    const auto F1_F0 = [](std::size_t n_phases, const std::function<double(double)>& response) {
        return tuning_of(axes_of(4, n_phases),
                         [&](double theta, double, double phase) {
                             return (theta == 45.0 ? 1.0 : 0.2) * response(radians(phase));
                         })
            .F1_F0[0];
    };
    // half-wave rectified sine: pi / 2, up to the squared step of the phases
    CHECK(F1_F0(720, [](double p) { return std::max(0.0, std::sin(p)); }) ==
          Approx(pi / 2).epsilon(1e-4).scale(0));
    CHECK(F1_F0(8, [](double) { return 3.0; }) == Approx(0.0));
    CHECK(F1_F0(8, [](double p) { return 1.0 + std::cos(p - 0.3); }) == Approx(1.0));
    CHECK(F1_F0(8, [](double p) { return p == 0.0 ? 1.0 : 0.0; }) == Approx(2.0));
    CHECK(F1_F0(8, [](double p) { return 1.0 + std::cos(2.0 * p); }) == Approx(0.0));  // the second harmonic
}

TEST_CASE("the curve is taken at the spatial frequency of the greatest mean over phases") {
    const auto axes = axes_of(12, 8, {0.05, 0.1, 0.2});
    const auto tuning = tuning_of(axes, [](double theta, double frequency, double phase) {
        if (frequency == 0.1) return theta == 60.0 ? 1.0 : 0.0;
        if (frequency == 0.2)
            return theta == 15.0 && phase == 90.0 ? 7.0 : 0.0;  // higher, but not in the mean
        return 0.5;
    });
    CHECK(tuning.peak_spatial_frequency[0] == Approx(0.1 * std::exp2(-1.0 / 6.0)));  // 0.5, 1, 0
    CHECK(tuning.preferred_orientation[0] == Approx(60.0));
    CHECK(tuning.circular_variance[0] == Approx(0.0));
}

TEST_CASE(
    "the peak of spatial frequency lies between test frequencies, at the top of a parabola in octaves") {
    const auto peak = [](double wanted) {
        return tuning_of(axes_of(6, 4, {0.05, 0.08, 0.13, 0.2, 0.3}),
                         [&](double theta, double frequency, double) {
                             const double octaves = std::log2(frequency / wanted);
                             return (theta == 30.0 ? 1.0 : 0.5) * std::max(9.0 - octaves * octaves, 0.0);
                         })
            .peak_spatial_frequency[0];
    };
    for (const double frequency : {0.07, 0.09, 0.1, 0.13, 0.22, 0.24})
        CHECK(peak(frequency) == Approx(frequency).epsilon(1e-5).scale(0));
    CHECK(peak(0.04) == Approx(0.05));  // beyond what was shown
    CHECK(peak(0.4) == Approx(0.3));
}

TEST_CASE("neurons that hardly respond are left out") {
    const auto axes = axes_of(4, 3);
    std::vector<float> R;
    for (const float peak : {1.0F, 1.2F, 0.9F, 0.04F, 0.0F}) {
        std::vector<float> one(axes.size(), 0.0F);
        for (std::size_t i = 0; i < 3; ++i) one[i] = peak;  // all phases of the first orientation
        R.insert(R.end(), one.begin(), one.end());
    }
    // the median of the four peaks above 0 is 0.95
    const auto tuning = analysis::measure_tuning(R, axes);
    CHECK(tuning.responds == std::vector<std::uint8_t>{1, 1, 1, 0, 0});
    for (const std::size_t silent : {3U, 4U}) {
        CHECK(std::isnan(tuning.preferred_orientation[silent]));
        CHECK(std::isnan(tuning.circular_variance[silent]));
        CHECK(std::isnan(tuning.half_bandwidth[silent]));
        CHECK(std::isnan(tuning.orth_pref[silent]));
        CHECK(std::isnan(tuning.F1_F0[silent]));
        CHECK(std::isnan(tuning.peak_spatial_frequency[silent]));
    }
    const auto none = analysis::measure_tuning(std::vector<float>(axes.size(), 0.0F), axes);
    CHECK(none.responds[0] == 0);
    CHECK(analysis::measure_tuning({}, axes).size() == 0);
}

TEST_CASE("turning all gratings by one step turns the preferred orientation and nothing else") {
    const auto axes = axes_of(12, 8, {0.05, 0.1});
    const std::size_t block = axes.size() / 12, n = 50;
    const auto R = random_responses(n * axes.size(), 1);
    auto turned = R;
    for (std::size_t neuron = 0; neuron < n; ++neuron)
        for (std::size_t j = 0; j < axes.size(); ++j)
            turned[neuron * axes.size() + (j + block) % axes.size()] = R[neuron * axes.size() + j];
    const auto a = analysis::measure_tuning(R, axes), b = analysis::measure_tuning(turned, axes);
    for (std::size_t i = 0; i < n; ++i) {
        CHECK(apart(b.preferred_orientation[i], a.preferred_orientation[i] + 15.0) < 1e-9);
        CHECK(b.circular_variance[i] == Approx(a.circular_variance[i]).epsilon(rounding));
        CHECK(std::isnan(b.half_bandwidth[i]) == std::isnan(a.half_bandwidth[i]));
        if (!std::isnan(a.half_bandwidth[i]))
            CHECK(b.half_bandwidth[i] == Approx(a.half_bandwidth[i]).epsilon(rounding));
        CHECK(b.orth_pref[i] == Approx(a.orth_pref[i]).epsilon(rounding));
        CHECK(b.F1_F0[i] == Approx(a.F1_F0[i]).epsilon(rounding));
        CHECK(b.peak_spatial_frequency[i] == a.peak_spatial_frequency[i]);
    }
    CHECK(b.responds == a.responds);
}

TEST_CASE("scaling the responses changes nothing") {
    const auto axes = axes_of(12, 8, {0.05, 0.1});
    const auto R = random_responses(50 * axes.size(), 2);
    for (const float factor : {1e-4F, 3.7F}) {
        auto scaled = R;
        for (float& r : scaled) r *= factor;
        const auto a = analysis::measure_tuning(R, axes), b = analysis::measure_tuning(scaled, axes);
        CHECK(b.responds == a.responds);
        for (std::size_t i = 0; i < a.size(); ++i) {
            CHECK(apart(b.preferred_orientation[i], a.preferred_orientation[i]) < 1e-3);
            CHECK(b.circular_variance[i] == Approx(a.circular_variance[i]).epsilon(rounding));
            CHECK(b.orth_pref[i] == Approx(a.orth_pref[i]).epsilon(rounding));
            CHECK(b.F1_F0[i] == Approx(a.F1_F0[i]).epsilon(1e-5));  // a difference of larger numbers
        }
    }
}

TEST_CASE("every measure stays within its range") {
    const auto axes = axes_of(8, 4);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto R = random_responses(20 * axes.size(), seed);
        for (float& r : R) r = r < 2.5F ? 0.0F : r;  // sparse, as codes are
        const auto tuning = analysis::measure_tuning(R, axes);
        for (std::size_t i = 0; i < tuning.size(); ++i) {
            if (tuning.responds[i] == 0) continue;
            CHECK((tuning.preferred_orientation[i] >= 0.0 && tuning.preferred_orientation[i] < 180.0));
            CHECK((tuning.circular_variance[i] >= 0.0 && tuning.circular_variance[i] <= 1.0));
            CHECK((tuning.orth_pref[i] >= 0.0 && tuning.orth_pref[i] <= 1.0));
            CHECK((tuning.F1_F0[i] >= 0.0 && tuning.F1_F0[i] <= 2.0 + rounding));
            const double half = tuning.half_bandwidth[i];
            CHECK((std::isnan(half) || (half > 0.0 && half < 90.0)));
        }
    }
}

TEST_CASE("gratings that cannot be analysed are refused") {
    const auto good = axes_of(12, 8);
    const std::vector<float> R(good.size(), 1.0F);
    auto axes = good;
    axes.orientation[3] += 1.0;
    CHECK_THROWS_WITH_AS(
        analysis::measure_tuning(R, axes),
        "gratings: orientation must be equally spaced over 180 deg, but value 3 is 46, not 45", sim::Error);
    axes = good;
    axes.phase.resize(2);
    CHECK_THROWS_WITH_AS(analysis::measure_tuning(R, axes),
                         "gratings: at least 3 values of phase are needed, got 2", sim::Error);
    axes = good;
    axes.spatial_frequency.clear();
    CHECK_THROWS_AS(analysis::measure_tuning(R, axes), sim::Error);
    CHECK_THROWS_AS(analysis::measure_tuning(std::vector<float>(97, 1.0F), good), sim::Error);
    for (const float wrong : {-1.0F, std::nanf(""), INFINITY}) {
        auto broken = R;
        broken[5] = wrong;
        CHECK_THROWS_AS(analysis::measure_tuning(broken, good), sim::NumericsError);
    }
}

TEST_CASE("bandwidth and Schiller's index of a bump in the logarithm of frequency") {
    std::vector<double> frequencies;
    for (int k = 0; k <= 200; ++k) frequencies.push_back(0.02 * std::exp2(0.02 * k));  // four octaves
    const auto axes = axes_of(8, 4, frequencies);
    for (const double sigma : {0.2, 0.5, 0.7}) {  // [octaves]
        const auto tuning = tuning_of(axes, [&](double orientation, double f, double) {
            const double x = std::log2(f / 0.08) / sigma;
            return std::exp(-0.5 * x * x) * (2.0 + std::cos(2.0 * radians(orientation)));
        });
        // lines between points 0.02 octaves apart
        CHECK(tuning.frequency_bandwidth[0] ==
              Approx(2.0 * std::sqrt(2.0 * std::log(2.0)) * sigma).epsilon(1e-3));
        CHECK(tuning.schiller_index[0] ==
              Approx(100.0 * std::exp2(-2.0 * std::sqrt(std::log(2.0)) * sigma)).epsilon(1e-3));
        CHECK(tuning.OSI[0] == Approx(0.5).epsilon(rounding));  // (3 - 1) / (3 + 1)
    }
}

TEST_CASE("a curve read between frequencies, by hand") {
    // at the peak orientation 1, 4, 2: half at log2 f of a third of the first step, and at the last frequency
    const auto axes = axes_of(4, 3, {0.05, 0.1, 0.4});
    const auto tuning = tuning_of(axes, [](double orientation, double f, double) {
        return (f < 0.07 ? 1.0 : f < 0.2 ? 4.0 : 2.0) * (orientation == 90.0 ? 1.0 : 0.25);
    });
    CHECK(tuning.frequency_bandwidth[0] == Approx(2.0 + 2.0 / 3.0).epsilon(rounding));
    // 4 / sqrt 2 is 0.39 of the way down to 1 and 0.586 of that to 2
    const double below = (4.0 - 4.0 / std::sqrt(2.0)) / 3.0, above = (4.0 - 4.0 / std::sqrt(2.0)) / 2.0;
    CHECK(tuning.schiller_index[0] == Approx(100.0 * std::exp2(-below - 2.0 * above)).epsilon(rounding));
    CHECK(tuning.OSI[0] == Approx(0.6).epsilon(rounding));
}

TEST_CASE("a curve that does not fall on both sides has no bandwidth") {
    const auto axes = axes_of(4, 3, {0.05, 0.1, 0.2});
    const auto low_pass = tuning_of(axes, [](double, double f, double) { return 0.2 - f; });
    CHECK(std::isnan(low_pass.frequency_bandwidth[0]));
    CHECK(std::isnan(low_pass.schiller_index[0]));
    CHECK(low_pass.OSI[0] == Approx(0.0).epsilon(rounding));
    const auto high_pass = tuning_of(axes, [](double, double f, double) { return f; });
    CHECK(std::isnan(high_pass.frequency_bandwidth[0]));
    const auto shallow = tuning_of(axes, [](double, double f, double) { return f == 0.1 ? 3.0 : 2.0; });
    CHECK(std::isnan(shallow.frequency_bandwidth[0]));  // falls to 2/3
    CHECK(shallow.schiller_index[0] > 0.0);
    CHECK(std::isnan(tuning_of(axes, [](double, double, double) { return 0.0; }).OSI[0]));
}

TEST_CASE("frequencies in another order are refused") {
    const std::vector<float> R(24, 1.0F);
    CHECK_THROWS_WITH_AS(analysis::measure_tuning(R, axes_of(4, 3, {0.1, 0.05})),
                         "gratings: spatial frequencies must be above 0 and ascend, but 0.05 follows 0.1",
                         sim::Error);
    CHECK_THROWS_AS(analysis::measure_tuning(R, axes_of(4, 3, {0.0, 0.05})), sim::Error);
}
