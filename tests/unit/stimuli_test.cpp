// Dead leaves and gratings: what a frame shows is told truly by `shown`, and depends on (seed, set, index) alone.
#include "tests/stimuli.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <set>

#include "sim/error.hpp"

namespace {

using sim::FrameSet;
using test::Frame, test::Shown, test::mean, test::norm;

constexpr double kPi = std::numbers::pi;

}  // namespace

TEST_CASE("dead_leaves: deterministic, normalised, held-out images of their own") {
    const std::string keys = "canvases: 4, size: 96, r_max: 24 px";
    const Shown one("dead_leaves", keys, 10, 12), same("dead_leaves", keys, 10, 12),
        other("dead_leaves", keys, 10, 12, 2);
    for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
        std::set<double> canvases;
        for (std::uint64_t k = 0; k < 200; ++k) {
            const Frame frame = one.frame(set, k);
            CHECK(frame == same.frame(set, k));
            CHECK(frame.pixels != other.frame(set, k).pixels);
            CHECK(std::abs(mean(frame.pixels)) < 1e-7);
            CHECK(norm(frame.pixels) == doctest::Approx(1.0).epsilon(1e-6));
            canvases.insert(frame.shown[0]);
        }
        if (set == FrameSet::training)
            CHECK(canvases == std::set<double>{0, 1, 2, 3});
        else
            CHECK(canvases == std::set<double>{4});
    }
    // Images as small as a frame leave it one place: what differs then is what was drawn.
    const std::string tiny = "canvases: 2, size: 24, r_max: 12 px, min_std: 0";
    const Shown image("dead_leaves", tiny, 24, 24), other_image("dead_leaves", tiny, 24, 24, 2);
    std::set<std::vector<float>> drawn;
    for (std::uint64_t k = 0; k < 20; ++k) {
        drawn.insert(image.frame(FrameSet::training, k).pixels);
        drawn.insert(other_image.frame(FrameSet::training, k).pixels);
        drawn.insert(image.frame(FrameSet::held_out, k).pixels);
    }
    CHECK(drawn.size() == 5);  // two, two and one

    const auto make = [](const std::string& with) { return [with] { Shown("dead_leaves", with, 10, 12); }; };
    for (const std::string wrong :
         {"r_min: 0.1 px", "r_min: 9 px, r_max: 8 px", "size: 64", "size: 8, r_max: 5 px"})
        CHECK_THROWS_AS(make(wrong)(), sim::ConfigError);
}

TEST_CASE("gratings: order, modulo, what is shown, norm") {
    const Shown stimulus(
        "gratings",
        "orientations: 3, frequencies: 4, phases: 5, min_frequency: 0.05 cycles/px, max_frequency: "
        "0.4 cycles/px, contrast: 0.3",
        20, 24);
    for (std::uint64_t k = 0; k < 60; ++k) {
        const Frame frame = stimulus.frame(FrameSet::training, k);
        CHECK(frame.shown[0] == doctest::Approx(60.0 * static_cast<double>(k / 20)));
        CHECK(frame.shown[1] == doctest::Approx(0.05 * std::pow(2.0, static_cast<double>(k / 5 % 4))));
        CHECK(frame.shown[2] == doctest::Approx(72.0 * static_cast<double>(k % 5)));
        CHECK(std::abs(mean(frame.pixels)) < 1e-7);
        CHECK(norm(frame.pixels) == doctest::Approx(0.3).epsilon(1e-6));
        CHECK(frame == stimulus.frame(FrameSet::training, k + 60));
        CHECK(frame == stimulus.frame(FrameSet::held_out, k));
    }
    CHECK(stimulus->columns() ==
          std::vector<std::string>{"orientation_deg", "spatial_frequency", "phase_deg"});
    const auto make = [](const std::string& with) { return [with] { Shown("gratings", with, 8, 8); }; };
    for (const std::string wrong :
         {"contrast: 0", "contrast: 1.1", "phases: 0", "max_frequency: 0.5 cycles/px",
          "min_frequency: 0.3 cycles/px, max_frequency: 0.2 cycles/px"})
        CHECK_THROWS_AS(make(wrong)(), sim::ConfigError);
}

TEST_CASE("gratings: brightness changes at right angles to the bars") {
    constexpr std::size_t n = 33;
    const Shown stimulus("gratings", "frequencies: 1, phases: 4, min_frequency: 0.08 cycles/px", n, n);
    for (const Frame& frame : stimulus.frames(FrameSet::training, 48)) {
        // Direction of the mean squared gradient, by central differences, x to the right and y up.
        double xx = 0, xy = 0, yy = 0;
        for (std::size_t r = 1; r + 1 < n; ++r)
            for (std::size_t c = 1; c + 1 < n; ++c) {
                const double x = frame.pixels[r * n + c + 1] - frame.pixels[r * n + c - 1];
                const double y = frame.pixels[(r - 1) * n + c] - frame.pixels[(r + 1) * n + c];
                xx += x * x, xy += x * y, yy += y * y;
            }
        const double direction = 0.5 * std::atan2(2.0 * xy, xx - yy) * 180.0 / kPi;
        const double off = std::remainder(direction - (frame.shown[0] + 90.0), 180.0);
        CHECK(std::abs(off) <
              1.5);  // differences over 2 px tilt an oblique gradient by about 1 deg at this frequency
    }
}

TEST_CASE("gratings: spatial frequency and phase") {
    constexpr std::size_t n = 64;
    const Shown waves("gratings",
                      "orientations: 2, frequencies: 3, phases: 2, min_frequency: 0.0625 cycles/px, "
                      "max_frequency: 0.25 cycles/px",
                      n, n);
    for (const Frame& frame : waves.frames(FrameSet::training, 12)) {
        const bool is_horizontal = frame.shown[0] == 0.0;  // bars
        const double f = frame.shown[1];
        double re = 0, im = 0;
        for (std::size_t k = 0; k < n * n; ++k) {
            const double angle = 2.0 * kPi * f * static_cast<double>(is_horizontal ? k / n : k % n);
            re += frame.pixels[k] * std::cos(angle), im += frame.pixels[k] * std::sin(angle);
        }
        // All the power of a unit frame of whole periods is in this one component.
        CHECK(2.0 * (re * re + im * im) / (n * n) == doctest::Approx(1.0).epsilon(1e-5));
    }
    constexpr std::size_t odd = 41;
    const Shown phases("gratings",
                       "orientations: 12, frequencies: 1, phases: 4, min_frequency: 0.1 cycles/px", odd, odd);
    for (std::uint64_t k = 0; k < 48; k += 4) {
        const auto centre = [&](std::uint64_t phase) {
            return phases.frame(FrameSet::training, k + phase).pixels[odd * odd / 2];
        };
        const auto brightest = [&](std::uint64_t phase) {
            return std::ranges::max(phases.frame(FrameSet::training, k + phase).pixels);
        };
        CHECK(centre(0) == brightest(0));                  // cos 0 in the centre
        CHECK(std::abs(centre(1)) < 0.1F * brightest(1));  // the mean taken away shifts it a little
        CHECK(centre(2) < -0.7F * brightest(2));
    }
    // theta = 0, phase 90: cos(2 pi f y + pi / 2) falls with y, so it rises from row to row at the
    // centre.
    const Frame frame = phases.frame(FrameSet::training, 1);
    CHECK(frame.pixels[21 * odd + 20] > frame.pixels[19 * odd + 20]);
    // theta = 90: n = (-1, 0), so it rises with the column.
    const Frame vertical = phases.frame(FrameSet::training, 6 * 4 + 1);
    CHECK(vertical.pixels[20 * odd + 21] > vertical.pixels[20 * odd + 19]);
}

TEST_CASE("moons: points on two half circles, as far off as the noise, classes in turn") {
    const Shown exact("moons", "noise: 0", 1, 2), noisy("moons", "noise: 0.1", 1, 2),
        same("moons", "noise: 0.1", 2, 1), other("moons", "noise: 0.1", 1, 2, 2);
    constexpr std::uint64_t kFrames = 2000;
    for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
        double squares = 0.0, angles = 0.0;
        for (std::uint64_t k = 0; k < kFrames; ++k) {
            const Frame point = exact.frame(set, k), off = noisy.frame(set, k);
            const int label = exact->label(set, k);
            CHECK(label == static_cast<int>(k % 2));
            CHECK(point.shown[1] == label);
            const double x = point.pixels[0], y = point.pixels[1];
            CHECK(std::hypot(x - label, y - 0.5 * label) ==
                  doctest::Approx(1.0).epsilon(1e-6));  // about its centre
            CHECK((label == 0 ? y >= 0.0 : y <= 0.5));
            CHECK(off == same.frame(set, k));
            CHECK(off.pixels != other.frame(set, k).pixels);
            squares += std::pow(off.pixels[0] - x, 2) + std::pow(off.pixels[1] - y, 2);
            angles += point.shown[0] / static_cast<double>(kFrames);
        }
        CHECK(std::sqrt(squares / (2.0 * kFrames)) ==
              doctest::Approx(0.1).epsilon(0.05));  // 3 standard errors
        CHECK(angles == doctest::Approx(0.5 * kPi).epsilon(0.04));
    }
    CHECK(exact.frame(FrameSet::training, 0).pixels != exact.frame(FrameSet::held_out, 0).pixels);
    CHECK(test::message_of<sim::ConfigError>([] {
              Shown("moons", "", 2, 2);
          }).find("must be of a frame of 1 x 2 px, a point in the plane, got one of 2 x 2 px") !=
          std::string::npos);
}
