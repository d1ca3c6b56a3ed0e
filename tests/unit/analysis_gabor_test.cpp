#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "analysis/gabor.hpp"
#include "sim/error.hpp"
#include "sim/params.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"

namespace {

using analysis::Gabor;
using doctest::Approx;
using std::numbers::pi;

constexpr std::size_t n = 24;  // pixels along a side

double apart(double a, double b, double period) { return std::abs(std::remainder(a - b, period)); }

/// The formula of the header, pixel by pixel.
double value_at(const Gabor& g, std::size_t row, std::size_t col) {
    const double theta = g.orientation * pi / 180.0;
    const double right = static_cast<double>(col) - g.col, up = g.row - static_cast<double>(row);
    const double x = -std::sin(theta) * right + std::cos(theta) * up;
    const double y = std::cos(theta) * right + std::sin(theta) * up;
    const double envelope =
        std::exp(-0.5 * (x * x / (g.sigma_x * g.sigma_x) + y * y / (g.sigma_y * g.sigma_y)));
    return g.amplitude * envelope * std::cos(2.0 * pi * g.frequency * x + g.phase * pi / 180.0);
}

std::vector<float> drawn(const Gabor& g) {
    std::vector<float> field;
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < n; ++c) field.push_back(static_cast<float>(value_at(g, r, c)));
    return field;
}

/// From fields with a single lobe to fields with five, of which a good part lies within the frame.
Gabor random_gabor(std::uint64_t index) {
    sim::Stream stream(3, sim::Purpose::test, index);
    Gabor g{};
    g.row = stream.uniform(8.0, 15.0);
    g.col = stream.uniform(8.0, 15.0);
    g.orientation = stream.uniform(0.0, 180.0);
    g.frequency = stream.uniform(0.06, 0.3);
    g.phase = stream.uniform(0.0, 360.0);
    g.sigma_x = std::clamp(stream.uniform(0.25, 0.8) / g.frequency, 0.8, 6.0);
    g.sigma_y = std::clamp(stream.uniform(0.2, 1.0) / g.frequency, 0.8, 6.0);
    g.amplitude = stream.uniform(0.1, 10.0);
    return g;
}

/// White noise of the given share of the field's own mean square.
std::vector<float> with_noise(std::vector<float> field, double share, std::uint64_t index) {
    sim::Stream stream(4, sim::Purpose::test, index);
    double power = 0.0;
    for (const float v : field) power += static_cast<double>(v) * v;
    const double sd = std::sqrt(share * power / static_cast<double>(field.size()));
    for (float& v : field) v += static_cast<float>(sd * stream.normal());
    return field;
}

std::vector<float> noise(std::uint64_t index) {
    sim::Stream stream(5, sim::Purpose::test, index);
    std::vector<float> field(n * n);
    for (float& v : field) v = static_cast<float>(stream.normal());
    return field;
}

}  // namespace

TEST_CASE("a Gabor function is found again, whatever its place, shape and phase") {
    for (std::uint64_t k = 0; k < 100; ++k) {
        const Gabor g = random_gabor(k);
        const Gabor fit = analysis::fit_gabor(drawn(g), n, n);
        CAPTURE(k);
        // single precision leaves 1e-7 of the field, ill-determined widths some hundred times that
        CHECK(fit.explained_variance > 1.0 - 1e-6);
        CHECK(fit.row == Approx(g.row).epsilon(1e-3).scale(0));
        CHECK(fit.col == Approx(g.col).epsilon(1e-3).scale(0));
        CHECK(apart(fit.orientation, g.orientation, 180.0) < 0.05);
        CHECK(fit.frequency == Approx(g.frequency).epsilon(1e-3).scale(0));
        CHECK(fit.sigma_x == Approx(g.sigma_x).epsilon(1e-3).scale(0));
        CHECK(fit.sigma_y == Approx(g.sigma_y).epsilon(1e-3).scale(0));
        CHECK(fit.amplitude == Approx(g.amplitude).epsilon(1e-3).scale(0));
        // turned by 180 deg, bars near 0 deg are the same bars near 180 deg with the opposite phase
        const bool turned = std::abs(fit.orientation - g.orientation) > 90.0;
        CHECK(apart(fit.phase, turned ? -g.phase : g.phase, 360.0) < 0.5);
        CHECK(fit.nx() == Approx(g.sigma_x * g.frequency).epsilon(2e-3).scale(0));
        CHECK(fit.ny() == Approx(g.sigma_y * g.frequency).epsilon(2e-3).scale(0));
    }
}

TEST_CASE("noise of 30 % of the power moves a fit by little") {
    for (std::uint64_t k = 0; k < 40; ++k) {
        const Gabor g = random_gabor(k);
        const Gabor fit = analysis::fit_gabor(with_noise(drawn(g), 0.3, k), n, n);
        CAPTURE(k);
        CHECK(fit.explained_variance == Approx(1.0 / 1.3).epsilon(0.06).scale(0));
        CHECK(apart(fit.orientation, g.orientation, 180.0) < 5.0);
        CHECK(std::hypot(fit.row - g.row, fit.col - g.col) < 0.6);
        CHECK(fit.nx() == Approx(g.nx()).epsilon(0.25).scale(0));
    }
}

TEST_CASE("noise alone is no Gabor function") {
    for (std::uint64_t k = 0; k < 20; ++k) {
        const Gabor fit = analysis::fit_gabor(noise(k), n, n);
        CHECK(fit.explained_variance > 0.0);
        CHECK(fit.explained_variance < 0.15);  // 8 parameters of 576 values take up 0.014 by chance, the best
                                               // of some hundred independent ones several times that
    }
}

TEST_CASE("orientation, frequency and phase are those of the gratings shown") {
    const auto gratings = sim::Registry<sim::Stimulus>::instance().make(
        "gratings",
        sim::Params::parse("gratings: {orientations: 8, frequencies: 2, phases: 3, min_frequency: 0.12 "
                           "cycles/px, max_frequency: 0.2 cycles/px}",
                           "test.yaml"),
        {1, n, n});
    std::vector<float> pixels(n * n);
    std::vector<double> shown(3);
    constexpr double middle = 0.5 * (n - 1);
    for (std::uint64_t k = 0; k < 48; ++k) {
        gratings->frame(sim::FrameSet::training, k, pixels, shown);
        for (std::size_t i = 0; i < n * n; ++i) {  // through a round window
            const double r = static_cast<double>(i / n) - middle, c = static_cast<double>(i % n) - middle;
            pixels[i] *= static_cast<float>(std::exp(-(r * r + c * c) / (2.0 * 16.0)));
        }
        const Gabor fit = analysis::fit_gabor(pixels, n, n);
        CAPTURE(k);
        CHECK(apart(fit.orientation, shown[0], 180.0) < 0.1);
        CHECK(fit.frequency == Approx(shown[1]).epsilon(0.01).scale(0));
        const bool turned = std::abs(fit.orientation - shown[0]) > 90.0;
        CHECK(apart(fit.phase, turned ? -shown[2] : shown[2], 360.0) <
              3.0);  // frames have no mean, which shifts it
    }
}

TEST_CASE("a window of a large frame is all that matters") {
    const Gabor g = random_gabor(7);
    const auto small = drawn(g);
    std::vector<float> large(60 * 50, 0.0F);
    for (std::size_t i = 0; i < n * n; ++i) large[(i / n + 30) * 50 + i % n + 11] = small[i];
    const Gabor one = analysis::fit_gabor(small, n, n), other = analysis::fit_gabor(large, 60, 50);
    CHECK(other.row == Approx(one.row + 30.0).epsilon(1e-12).scale(0));
    CHECK(other.col == Approx(one.col + 11.0).epsilon(1e-12).scale(0));
    CHECK(other.frequency == one.frequency);
    CHECK(other.phase == one.phase);
    CHECK(other.explained_variance == one.explained_variance);
}

TEST_CASE("results are in their ranges, within the bounds") {
    for (std::uint64_t k = 0; k < 20; ++k) {
        const Gabor g = analysis::fit_gabor(noise(100 + k), n, n);
        CHECK((g.orientation >= 0.0 && g.orientation < 180.0));
        CHECK((g.phase >= 0.0 && g.phase < 360.0));
        CHECK(g.amplitude >= 0.0);
        CHECK((g.row >= 0.0 && g.row <= n - 1.0 && g.col >= 0.0 && g.col <= n - 1.0));
        CHECK((g.frequency >= (1.0 - 1e-12) / n && g.frequency <= 0.5 + 1e-12));
        CHECK((std::min(g.sigma_x, g.sigma_y) >= 0.5 - 1e-12 && std::max(g.sigma_x, g.sigma_y) <= n + 1e-9));
    }
}

TEST_CASE("a field that says nothing has no fit") {
    CHECK(std::isnan(analysis::fit_gabor(std::vector<float>(n * n, 0.0F), n, n).explained_variance));
    CHECK(std::isnan(analysis::fit_gabor(std::vector<float>(n * n, 2.0F), n, n).orientation));
    CHECK(std::isnan(analysis::fit_gabor({}, 0, 0).nx()));
    std::vector<float> one(n * n, 0.0F);
    one[40] = 1.0F;
    CHECK(std::isnan(analysis::fit_gabor(one, n, n).frequency));
    one[41] = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(analysis::fit_gabor(one, n, n).row));
    one[41] = -1.0F;  // two pixels are fitted by many
    CHECK(std::isfinite(analysis::fit_gabor(one, n, n).frequency));
}

TEST_CASE("many fields side by side are fitted as one by one") {
    std::vector<float> fields;
    for (std::uint64_t k = 0; k < 12; ++k) {
        const auto field = with_noise(drawn(random_gabor(k)), 0.5, k);
        fields.insert(fields.end(), field.begin(), field.end());
    }
    const auto all = analysis::fit_gabors(fields, n, n);
    REQUIRE(all.size() == 12);
    for (std::size_t k = 0; k < 12; ++k) {
        const auto one = analysis::fit_gabor(std::span(fields).subspan(k * n * n, n * n), n, n);
        CHECK(all[k].row == one.row);
        CHECK(all[k].phase == one.phase);
        CHECK(all[k].explained_variance == one.explained_variance);
    }
}

TEST_CASE("fields of another shape are refused") {
    const std::vector<float> field(100);
    CHECK_THROWS_WITH_AS(analysis::fit_gabor(field, 10, 11), "gabor: a field of 10 x 11 px has 100 values",
                         sim::Error);
    CHECK_THROWS_AS(analysis::fit_gabors(field, 3, 9), sim::Error);
    CHECK_THROWS_AS(analysis::fit_gabors(field, 0, 9), sim::Error);
}
