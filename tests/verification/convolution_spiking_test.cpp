// How soon spikes come near the optimum where kernels are very much alike: 144 log-Gabor filters at every
// pixel.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "bench/convolutional_descent.hpp"
#include "bench/convolutional_population.hpp"
#include "bench/spiking.hpp"
#include "sim/log_gabor.hpp"
#include "sim/rng.hpp"

using namespace bench::convolution;

namespace {

/// Discs of all sizes that hide each other, between -1 and 1.
Image discs(std::size_t side) {
    sim::Stream stream(5, sim::Purpose::test, 0);
    Image image{side, side, std::vector<float>(side * side, 0.0F)};
    const auto size = static_cast<double>(side);
    for (int disc = 0; disc < 300; ++disc) {
        const double cy = stream.uniform(0.0, size), cx = stream.uniform(0.0, size);
        const double r = 2.0 / std::sqrt(stream.uniform(0.05, 1.0));
        const auto grey = static_cast<float>(stream.uniform(-1.0, 1.0));
        for (std::size_t p = 0; p < image.size(); ++p)
            if (std::hypot(static_cast<double>(p / side) - cy, static_cast<double>(p % side) - cx) < r)
                image.pixels[p] = grey;
    }
    return image;
}

Task task_of_log_gabors(bool is_signed) {
    sim::LogGaborSettings settings;
    settings.orientations = 12;
    for (const double degrees : {5.0, 10.0, 15.0, 20.0, 25.0, 30.0})
        settings.bandwidths.push_back(degrees * std::numbers::pi / 180.0);
    Task task;
    task.kernels = log_gabor_bank(settings);
    normalise(task.kernels);
    task.lambda = 0.05;
    task.is_signed = is_signed;
    return task;
}

}  // namespace

TEST_CASE(
    "spikes of a falling threshold get within 1 % of the least energy with fewer of them than coordinate "
    "descent has moves") {
    constexpr std::size_t kSide = 24;
    const Image image = discs(kSide);
    for (const bool is_signed : {true, false}) {
        const Task task = task_of_log_gabors(is_signed);
        const sim::Program program = program_of(task, kSide, kSide);
        const std::vector<double> b = drive_of(task, image, kSide, kSide);
        std::vector<double> a(b.size());
        const std::size_t n_spikes = bench::slca_falling(1.0, 0.7, 1e-2).present(program, b, a);
        const double E = energy(task, image, code_of(task, a));
        bench::admm(1000).present(program, b, a);
        const double least = std::min(E, energy(task, image, code_of(task, a)));
        bench::ConvolutionalDescentSettings to_the_same;
        to_the_same.energy = E;
        const Solution descent = bench::ConvolutionalDescent(task, kSide, kSide, to_the_same).solve(image);
        const std::size_t n_plain = bench::slca(0.2, 10.0, 4.0).present(program, b, a);
        const double E_plain = energy(task, image, code_of(task, a));
        fmt::print(
            "  {} codes: {} spikes of slca_falling, energy {:+.3f} %; {} moves; {} spikes of slca, {:+.2f} "
            "%\n",
            is_signed ? "signed" : "non-negative", n_spikes, 100.0 * (E / least - 1.0), descent.updates,
            n_plain, 100.0 * (E_plain / least - 1.0));
        CHECK(E <= 1.01 * least);
        CHECK(n_spikes <= descent.updates);
        CHECK(E_plain > 1.1 * least);  // what the falling threshold is for
        CHECK(energy(task, image, descent.code) == doctest::Approx(E).epsilon(1e-3));
    }
}
