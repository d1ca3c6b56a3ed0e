// How frames reach a network: gain control, in closed form and against a twin by loops.
#include "sim/reception.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "sim/rng.hpp"

namespace {

sim::Reception reception(double width, double s0, double scale = 1.0) {
    return {.seed = 1,
            .scale = scale,
            .noise = 0.0,
            .height = 9,
            .width = 11,
            .gain_control = {.width = width, .s0 = s0}};
}

}  // namespace

TEST_CASE("gain control of an even frame is x / sqrt(s0^2 + x^2), then it is scaled") {
    std::vector<float> pixels(99, 3.0F);
    reception(2.0, 4.0, 10.0).receive(0, pixels);
    for (const float x : pixels) CHECK(x == doctest::Approx(6.0).epsilon(1e-6));  // 3 / 5 x 10
    std::vector<float> dark(99, 0.0F);
    reception(2.0, 1.0).receive(0, dark);
    CHECK(dark == std::vector<float>(99, 0.0F));
}

TEST_CASE("gain control divides by contrast nearby, which is weighted by a Gaussian within the frame") {
    constexpr double kWidth = 1.5, kS0 = 0.8;
    sim::Stream random(5, sim::Purpose::test, 1);
    std::vector<float> pixels(99);
    for (float& x : pixels) x = static_cast<float>(random.normal());
    const std::vector<float> before = pixels;
    reception(kWidth, kS0).receive(0, pixels);
    for (int i = 0; i < 99; ++i) {
        double sum = 0.0, weights = 0.0;
        for (int j = 0; j < 99; ++j) {
            const int dy = i / 11 - j / 11, dx = i % 11 - j % 11;
            if (std::abs(dy) > 4.0 * kWidth || std::abs(dx) > 4.0 * kWidth) continue;
            const double g = std::exp(-(dx * dx + dy * dy) / (2.0 * kWidth * kWidth));
            const auto x = static_cast<double>(before[static_cast<std::size_t>(j)]);
            sum += g * x * x;
            weights += g;
        }
        CHECK(pixels[static_cast<std::size_t>(i)] ==
              doctest::Approx(static_cast<double>(before[static_cast<std::size_t>(i)]) /
                              std::sqrt(kS0 * kS0 + sum / weights))
                  .epsilon(1e-5));
    }
}
