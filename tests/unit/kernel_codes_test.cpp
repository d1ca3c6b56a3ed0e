// Banks of kernels by their properties, the normalisation of contrast by hand, and what is measured of codes.
#include "analysis/kernel_codes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include "analysis/heterogeneity.hpp"
#include "analysis/orientation.hpp"
#include "models/stimuli/contrast_normalisation.hpp"
#include "sim/log_gabor.hpp"

namespace {

using namespace analysis;
using sim::Kernels;
using std::numbers::pi;

constexpr double kDegree = pi / 180.0;

sim::LogGaborSettings homogeneous() {
    sim::LogGaborSettings settings;
    settings.bandwidths = {12.0 * kDegree};
    return settings;
}

sim::LogGaborSettings heterogeneous() {
    sim::LogGaborSettings settings;
    settings.orientations = 12;
    for (const double degrees : {5.0, 10.0, 15.0, 20.0, 25.0, 30.0})
        settings.bandwidths.push_back(degrees * kDegree);
    return settings;
}

/// Power of a kernel at frequency (fx, fy), by the sum that defines it.
double power_at(std::span<const float> kernel, double fx, double fy) {
    std::complex<double> sum = 0.0;
    for (std::size_t p = 0; p < kernel.size(); ++p)
        sum += static_cast<double>(kernel[p]) *
               std::polar(1.0,
                          -2.0 * pi * (fx * static_cast<double>(p % 12) + fy * static_cast<double>(p / 12)));
    return std::norm(sum);
}

/// Direction and frequency at which a kernel's power is greatest.
std::pair<double, double> peak_of(std::span<const float> kernel) {
    double most = 0.0;
    std::pair<double, double> peak;
    for (int degrees = 0; degrees < 180; ++degrees)
        for (double f = 0.1; f < 0.5; f += 0.02) {
            const double power =
                power_at(kernel, f * std::cos(degrees * kDegree), f * std::sin(degrees * kDegree));
            if (power > most) most = power, peak = {degrees * kDegree, f};
        }
    return peak;
}

double angle_between(double a, double b) { return std::abs(std::remainder(a - b, pi)); }

}  // namespace

TEST_CASE("both banks have 144 kernels without mean, of peak 1 and norms of 1.6 to 4") {
    for (const auto& settings : {homogeneous(), heterogeneous()}) {
        const Kernels bank = log_gabor_bank(settings);
        REQUIRE(bank.n == 144);
        REQUIRE(bank.values.size() == 144 * 144);
        for (std::size_t k = 0; k < bank.n; ++k) {
            const auto kernel = bank.kernel(k);
            double sum = 0.0, most = 0.0;
            for (const double x : kernel) sum += x, most = std::max(most, std::abs(x));
            CHECK(std::abs(sum) < 1e-4);
            CHECK(most == doctest::Approx(1.0));
        }
        const auto norm = norms(bank);
        CHECK(*std::ranges::min_element(norm) > 1.6);
        CHECK(*std::ranges::max_element(norm) < 4.0);
    }
}

TEST_CASE("the power of each kernel is greatest at its orientation, and its meter says so") {
    const Kernels bank = log_gabor_bank(heterogeneous());
    OrientationMeter meter(12, 12);
    for (std::size_t k = 0; k < bank.n; k += 5) {
        CAPTURE(k);
        const double theta = pi * static_cast<double>(k / 2 % 12) / 12.0;
        const auto [direction, f] = peak_of(bank.kernel(k));
        // The window of 12 px blurs frequencies by 0.08 cycles/px, 12 deg at 0.4: the peak moves a little.
        CHECK(angle_between(direction, theta) < 6.0 * kDegree);
        CHECK(f > 0.2);
        CHECK(f < 0.45);
        CHECK(angle_between(meter(bank.kernel(k)).theta, theta) < 4.0 * kDegree);
    }
}

TEST_CASE("kernels of broader orientation measure broader") {
    const Kernels bank = log_gabor_bank(heterogeneous());
    OrientationMeter meter(12, 12);
    for (std::size_t b = 1; b < 6; ++b)
        CHECK(meter(bank.kernel(b * 24)).bandwidth > meter(bank.kernel((b - 1) * 24)).bandwidth);
}

TEST_CASE("the two phases of an orientation are orthogonal and equally strong") {
    Kernels bank = log_gabor_bank(homogeneous());
    normalise(bank);
    for (const double norm : norms(bank)) CHECK(norm == doctest::Approx(1.0));
    for (std::size_t k = 0; k < bank.n; k += 2) {
        const double product =
            std::inner_product(bank.kernel(k).begin(), bank.kernel(k).end(), bank.kernel(k + 1).begin(), 0.0);
        CHECK(std::abs(product) < 0.1);  // exactly 0 without the window
    }
}

TEST_CASE("contrast normalisation forgets brightness and contrast, and leaves grey alone") {
    models::Image image{40, 50, std::vector<float>(2000)};
    for (std::size_t p = 0; p < image.pixels.size(); ++p)
        image.pixels[p] = static_cast<float>(std::sin(0.05 * static_cast<double>(p * p % 997)));
    const models::Image once = models::normalise_contrast(image);
    for (float& x : image.pixels) x = 5.0F * x + 3.0F;
    const models::Image scaled = models::normalise_contrast(image);
    for (std::size_t p = 0; p < image.pixels.size(); ++p)
        CHECK(scaled.pixels[p] == doctest::Approx(once.pixels[p]).epsilon(1e-4));
    const models::Image grey = models::normalise_contrast({20, 20, std::vector<float>(400, 0.5F)});
    for (const float x : grey.pixels) CHECK(std::abs(x) < 1e-5F);
}

TEST_CASE("contrast normalisation of a dot, by hand") {
    models::Image dot{41, 41, std::vector<float>(41 * 41, 0.0F)};
    dot.pixels[20 * 41 + 20] = 1.0F;
    double tap = 0.0;  // the largest of the Gaussian
    for (int i = -7; i <= 7; ++i) tap += std::exp(-0.5 * (3.0 * i / 7.0) * (3.0 * i / 7.0));
    const double centre = 1.0 / (tap * tap), next = centre * std::exp(-0.5 * (9.0 / 49.0));
    const models::Image normal = models::normalise_contrast(dot);
    const auto at = [&](std::size_t y, std::size_t x) {
        return static_cast<double>(normal.pixels[y * 41 + x]);
    };
    // n at both places differs by no more than that of the Gaussian's taps around the dot.
    CHECK(at(20, 20) > 0.0);
    CHECK(at(20, 21) < 0.0);
    CHECK(at(20, 20) / -at(20, 21) > 0.9 * (1.0 - centre) / next);
    CHECK(at(0, 0) == 0.0);
    CHECK(at(20, 21) == doctest::Approx(at(21, 20)));
}

TEST_CASE("cuts of a code of three coefficients, by hand") {
    // Two kernels of one row, norms 5 and 1.
    const PlacedKernels placed{
        {2, 1, 2, {3.0F, 4.0F, 1.0F, 0.0F}}, {5.0, 1.0}, {2, 4, 1, sim::Border::periodic}, 2, 4};
    // Kernel 0 at place 0, |a| |d| 1.5; kernel 1 at place 1, 2; and at place 6, 0.5.
    const ActiveCode code{{0, 3, 13}, {0.3F, -2.0F, 0.5F}};
    const std::vector<float> frame{0.9F, 1.2F - 2.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.5F, 0.0F};
    const std::vector<double> cuts{0.1, 0.4, 1.0};
    const auto by_size = cut_below(placed, frame, code, CutBy::absolute, cuts);
    CHECK(by_size[0].psnr > 140.0);  // equal but for rounding
    CHECK(by_size[0].sparseness == doctest::Approx(13.0 / 16.0));
    CHECK(by_size[1].sparseness == doctest::Approx(14.0 / 16.0));
    // Lost are 0.9 and 1.2.
    const double range = 0.9 + 0.8;
    CHECK(by_size[1].psnr == doctest::Approx(10.0 * std::log10(range * range * 8.0 / 2.25)));
    const auto by_contrast = cut_below(placed, frame, code, CutBy::contrast, cuts);
    CHECK(by_contrast[2].sparseness == doctest::Approx(14.0 / 16.0));  // the 0.5 is gone, the 0.3 stays
    const std::vector<double> parts{0.0, 1.0 / 3.0, 1.0};
    const auto part = cut_part(placed, frame, code, parts);
    CHECK(part[1].psnr == doctest::Approx(by_contrast[2].psnr));
    CHECK(part[2].sparseness == 1.0);
    const auto contrast = contrast_of_kernels(placed, code);
    CHECK(contrast[0] == doctest::Approx(1.5));
    CHECK(contrast[1] == doctest::Approx(2.5));
    CHECK(active_of_kernels(placed, code) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("the course of graded spikes is the code that they add up to, by hand") {
    const PlacedKernels placed{{1, 1, 1, {2.0F}}, {2.0}, {1, 4, 1, sim::Border::valid}, 1, 4};
    const std::vector<float> frame{2.0F, 0.0F, 0.0F, -2.0F};
    // Neuron 0 comes to 1, neuron 2 takes back what it had, neuron 3 comes to -1 in the end.
    const GradedSpikes spikes{{1.0, 2.0, 3.0, 4.0, 5.0}, {0, 2, 0, 2, 3}, {0.4, 0.7, 0.6, -0.7, -1.0}};
    const auto course = course_of(placed, frame, spikes, std::vector<double>{0.5, 2.5, 4.5, 9.0});
    const auto psnr = [](double error) { return 10.0 * std::log10(4.0 * 4.0 * 4.0 / error); };
    CHECK(course[0].quality.psnr == doctest::Approx(psnr(4.0 + 4.0)));
    CHECK(course[1].quality.psnr == doctest::Approx(psnr(1.2 * 1.2 + 1.4 * 1.4 + 4.0)));
    CHECK(course[2].quality.psnr == doctest::Approx(psnr(4.0)));
    CHECK(course[3].quality.psnr > 140.0);
    const std::vector<double> active{0.0, 2.0, 1.0, 2.0}, n{0.0, 2.0, 4.0, 5.0};
    for (std::size_t at = 0; at < 4; ++at) {
        CHECK(course[at].quality.sparseness == doctest::Approx(1.0 - active[at] / 4.0));
        CHECK(static_cast<double>(course[at].n_spikes) == n[at]);
    }
}

TEST_CASE("kernels are used by breadth: the narrowest sixth first, in parts of what is active") {
    analysis::CodedPhotographs run{};
    run.used.bandwidth = {0.5, 0.1, 0.6, 0.2, 0.3, 0.4, 0.15};
    run.active = {5, 10, 0, 20, 15, 30, 20};
    const auto usage = analysis::usage_by_breadth(run);  // seven kernels: two in the first group
    const std::array parts{0.3, 0.2, 0.15, 0.3, 0.05, 0.0}, breadths{0.125, 0.2, 0.3, 0.4, 0.5, 0.6};
    for (std::size_t group = 0; group < 6; ++group) {
        CHECK(usage[group].part == doctest::Approx(parts[group]));
        CHECK(usage[group].bandwidth == doctest::Approx(breadths[group]));
    }
}
