// ADMM against coordinate descent written here, which shares nothing with it but the statement of the
// problem.
#include <doctest/doctest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/admm.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using namespace convolution;

constexpr std::size_t kRows = 15, kCols = 18;

std::vector<float> noise(std::size_t n, std::uint64_t index) {
    sim::Stream stream(1, sim::Purpose::test, index);
    std::vector<float> values(n);
    for (float& x : values) x = static_cast<float>(stream.normal());
    return values;
}

Task task_of(Border border, bool is_signed, std::size_t stride) {
    return {{5, 4, 5, noise(5 * 20, 1)}, 0.3, border, is_signed, stride};
}

Image test_image() { return {kRows, kCols, noise(kRows * kCols, 2)}; }

/// Pixel covered by value (i, j) of a kernel at place (y, x) of the grid.
std::size_t pixel(const Task& task, std::size_t y, std::size_t x, std::size_t i, std::size_t j) {
    return (y * task.stride + i) % kRows * kCols + (x * task.stride + j) % kCols;
}

/// Minimises over one coefficient after the other until none moves.
Code coordinate_descent(const Task& task, const Image& image, std::size_t grid_rows, std::size_t grid_cols) {
    Code a(task.kernels.n * grid_rows * grid_cols, 0.0F);
    std::vector<double> r(image.pixels.begin(), image.pixels.end());
    for (double moved = 1.0; moved > 1e-7;) {
        moved = 0.0;
        for (std::size_t at = 0; at < a.size(); ++at) {
            const std::size_t k = at / (grid_rows * grid_cols), y = at / grid_cols % grid_rows,
                              x = at % grid_cols;
            const auto value = [&](std::size_t i, std::size_t j) {
                return static_cast<double>(task.kernels.kernel(k)[i * 5 + j]);
            };
            double slope = 0.0, power = 0.0;
            for (std::size_t i = 0; i < 4; ++i)
                for (std::size_t j = 0; j < 5; ++j) {
                    slope += value(i, j) * r[pixel(task, y, x, i, j)];
                    power += value(i, j) * value(i, j);
                }
            const double wanted = slope + power * static_cast<double>(a[at]);
            double next = std::max(std::abs(wanted) - task.lambda, 0.0) / power;
            if (wanted < 0.0) next = task.is_signed ? -next : 0.0;
            const double step = next - static_cast<double>(a[at]);
            for (std::size_t i = 0; i < 4; ++i)
                for (std::size_t j = 0; j < 5; ++j) r[pixel(task, y, x, i, j)] -= step * value(i, j);
            a[at] = static_cast<float>(next);
            moved = std::max(moved, std::abs(step));
        }
    }
    return a;
}

AdmmSettings many_iterations(const Task& task) {
    AdmmSettings settings(task.lambda);
    settings.iterations = 2000;
    return settings;
}

}  // namespace

TEST_CASE("ADMM finds the optimum that coordinate descent finds, under every border, sign and stride") {
    const Image image = test_image();
    for (const Border border : {Border::periodic, Border::valid})
        for (const bool is_signed : {true, false})
            for (const std::size_t stride : {1U, 3U}) {
                CAPTURE(static_cast<int>(border));
                CAPTURE(is_signed);
                CAPTURE(stride);
                const Task task = task_of(border, is_signed, stride);
                const std::size_t rows = border == Border::periodic ? kRows : kRows - 3,
                                  cols = border == Border::periodic ? kCols : kCols - 4;
                const Code slow = coordinate_descent(task, image, (rows + stride - 1) / stride,
                                                     (cols + stride - 1) / stride);
                const Solution solution = Admm(task, kRows, kCols, many_iterations(task)).solve(image);
                REQUIRE(solution.code.size() == slow.size());
                CHECK(solution.updates == 2000);
                // Single precision: 1e-7 of sums of some ten terms.
                CHECK(energy(task, image, solution.code) ==
                      doctest::Approx(energy(task, image, slow)).epsilon(1e-5));
                CHECK(kkt_residual(task, image, solution.code) < 2e-3 * task.lambda);
                if (!is_signed) CHECK(*std::ranges::min_element(solution.code) == 0.0F);
            }
}

TEST_CASE("ADMM comes to the same optimum whether rho follows the residuals or not") {
    const Task task = task_of(Border::periodic, true, 1);
    AdmmSettings settings = many_iterations(task);
    settings.adapts = false;
    settings.rho = 3.0;
    const Image image = test_image();
    CHECK(kkt_residual(task, image, Admm(task, kRows, kCols, settings).solve(image).code) <
          2e-3 * task.lambda);
}

TEST_CASE(
    "the higher the ratio of residuals that is aimed at, the sparser and less precise is an early code") {
    const Task task = task_of(Border::periodic, true, 1);
    const Image image = test_image();
    std::size_t n_active = std::numeric_limits<std::size_t>::max();
    double left = 0.0;
    for (const double ratio : {0.1, 1.0, 10.0, 100.0}) {
        CAPTURE(ratio);
        AdmmSettings settings(task.lambda);
        settings.iterations = 30;
        settings.residual_ratio = ratio;
        const Code code = Admm(task, kRows, kCols, settings).solve(image).code;
        Task free = task;
        free.lambda = 0.0;
        const auto n = code.size() - static_cast<std::size_t>(std::ranges::count(code, 0.0F));
        CHECK(n < n_active);
        CHECK(energy(free, image, code) > left);
        n_active = n, left = energy(free, image, code);
    }
}

TEST_CASE("a shift of the image shifts the code") {
    const Task task = task_of(Border::periodic, true, 1);
    const Image image = test_image();
    Image shifted = image;
    for (std::size_t y = 0; y < kRows; ++y)
        for (std::size_t x = 0; x < kCols; ++x)
            shifted.pixels[(y + 4) % kRows * kCols + (x + 7) % kCols] = image.pixels[y * kCols + x];
    const Admm admm(task, kRows, kCols, many_iterations(task));
    const Code code = admm.solve(image).code, moved = admm.solve(shifted).code;
    double largest = 0.0;
    for (std::size_t k = 0; k < task.kernels.n; ++k)
        for (std::size_t y = 0; y < kRows; ++y)
            for (std::size_t x = 0; x < kCols; ++x)
                largest =
                    std::max(largest, std::abs(static_cast<double>(
                                          code[(k * kRows + y) * kCols + x] -
                                          moved[(k * kRows + (y + 4) % kRows) * kCols + (x + 7) % kCols])));
    CHECK(largest < 1e-4);  // rounding of other sums, times a badly conditioned problem
}

TEST_CASE("ADMM gives the same bits at any number of threads") {
    const Task task = task_of(Border::valid, true, 1);
    const Image image = test_image();
    const Admm admm(task, kRows, kCols, AdmmSettings(task.lambda));
    const auto code_at = [&](std::size_t threads) {
        const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
        return admm.solve(image).code;
    };
    CHECK(code_at(1) == code_at(4));
}

TEST_CASE("a kernel that does not fit into the image is refused") {
    const Task task = task_of(Border::periodic, true, 1);
    CHECK_THROWS_AS(Admm(task, 3, kCols, AdmmSettings(task.lambda)), sim::ConfigError);
}
