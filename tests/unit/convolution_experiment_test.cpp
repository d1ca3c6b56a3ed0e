// Learning of kernels against the derivative of the energy, crops against the squares they must spare, and
// the choice of photographs.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "convolution/experiment.hpp"
#include "convolution/kernel_learning.hpp"
#include "convolution/photographs.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

using namespace convolution;

/// A photograph whose grey values are its own.
std::string pgm(std::size_t rows, std::size_t cols, std::uint64_t index) {
    sim::Stream stream(7, sim::Purpose::test, index);
    std::string bytes = fmt::format("P5 {} {} 255\n", cols, rows);
    for (std::size_t p = 0; p < rows * cols; ++p) bytes += static_cast<char>(stream.below(256));
    return bytes;
}

sim::Params params(const std::string& yaml) { return sim::Params::parse(yaml, "test.yaml"); }

PhotographSettings settings_for(const test::TempDir& dir, std::size_t size) {
    return PhotographSettings(
        params(fmt::format("folders: {}\nsize: {}\nexclude: [skip]\n", dir.path().string(), size)));
}

double error_of(const Task& task, const Image& image, const Code& code) {
    Task free = task;
    free.lambda = 0.0;
    return energy(free, image, code);
}

}  // namespace

TEST_CASE("a step of learning goes down the gradient of the error, kernels of unit norm") {
    sim::Stream stream(3, sim::Purpose::test, 0);
    Task task{random_kernels(2, 3, 5), 0.1, Border::periodic, true, 1};
    Image image{6, 7, std::vector<float>(42)};
    for (float& s : image.pixels) s = static_cast<float>(stream.normal());
    Code code(2 * 42, 0.0F);
    code[3] = 0.7F, code[40] = -0.4F, code[60] = 0.9F, code[83] = 0.2F;
    const double power = 0.49 + 0.16 + 0.81 + 0.04;

    const Task before = task;
    constexpr double kEta = 1e-3;
    learn(task, image, code, kEta);
    for (std::size_t p = 0; p < before.kernels.values.size(); ++p) {
        // The derivative by differences, then what is left of it along the sphere of unit norm.
        const auto slope = [&](std::size_t q) {
            Task up = before, down = before;
            up.kernels.values[q] += 0.01F, down.kernels.values[q] -= 0.01F;
            return (error_of(up, image, code) - error_of(down, image, code)) / 0.02;
        };
        const std::size_t first = p / 9 * 9;
        double along = 0.0;
        for (std::size_t q = first; q < first + 9; ++q)
            along += slope(q) * static_cast<double>(before.kernels.values[q]);
        const double step =
            -kEta * 2.0 / power * (slope(p) - along * static_cast<double>(before.kernels.values[p]));
        CHECK(static_cast<double>(task.kernels.values[p] - before.kernels.values[p]) ==
              doctest::Approx(step).epsilon(0.02));  // second order in eta, and single precision
    }
    for (const double norm : norms(task.kernels)) CHECK(norm == doctest::Approx(1.0));
}

TEST_CASE("nothing is learned from a code that is zero") {
    Task task{random_kernels(2, 3, 5), 0.1, Border::periodic, true, 1};
    const Kernels before = task.kernels;
    learn(task, {6, 7, std::vector<float>(42, 1.0F)}, Code(84, 0.0F), 1.0);
    CHECK(task.kernels.values == before.values);
}

TEST_CASE("random kernels have no mean, and are those of their seed") {
    const Kernels kernels = random_kernels(3, 5, 1);
    for (std::size_t k = 0; k < 3; ++k) {
        double sum = 0.0;
        for (const double x : kernels.kernel(k)) sum += x;
        CHECK(std::abs(sum) < 1e-5);
    }
    CHECK(random_kernels(3, 5, 1).values == kernels.values);
    CHECK(random_kernels(3, 5, 2).values != kernels.values);
}

TEST_CASE("photographs are shrunk to their centre square, in order of name") {
    const test::TempDir dir;
    dir.write("b.pgm", pgm(41, 90, 1));
    dir.write("a.pgm", pgm(20, 33, 2));
    dir.write("skip.txt", "no photograph");
    const auto photographs = read_photographs(settings_for(dir, 20));
    REQUIRE(photographs.size() == 2);
    CHECK(photographs[0].name == "a.pgm");
    CHECK(photographs[0].whole.cols == 33);
    CHECK(photographs[1].whole.rows == 20);  // shrunk by 2
    CHECK(photographs[1].whole.cols == 45);
    for (const Photograph& photograph : photographs) CHECK(photograph.square.size() == 400);
}

TEST_CASE("shrinking by picking keeps detail that the mean of a block has not") {
    // One pixel of each 2 x 2 is white: the upper left one, or the lower right one in every second block.
    const test::TempDir dir;
    std::string board;
    for (unsigned y = 0; y < 40; ++y)
        for (unsigned x = 0; x < 40; ++x) {
            const unsigned corner = (x / 2 + y / 2) % 2;
            board += x % 2 == corner && y % 2 == corner ? '\xFA' : '\0';
        }
    dir.write("a.pgm", "P5 40 40 255\n" + board);
    auto settings = settings_for(dir, 20);
    const auto averaged = read_photographs(settings);
    for (const float pixel : averaged.at(0).square.pixels) CHECK(std::abs(pixel) < 1e-6F);
    settings.picks = true;
    const auto picked = read_photographs(settings);
    REQUIRE(picked.at(0).whole.rows == 20);
    for (std::size_t y = 0; y < 20; ++y)
        for (std::size_t x = 0; x < 20; ++x)
            CHECK((picked[0].square.pixels[y * 20 + x] > 0.5F) == ((x + y) % 2 == 0));
}

TEST_CASE("crops share no pixel with the square that is tested on") {
    const test::TempDir dir;
    dir.write("a.pgm", pgm(20, 44, 1));
    auto photographs = read_photographs(settings_for(dir, 20));
    for (std::size_t p = 0; p < photographs[0].whole.size(); ++p)
        photographs[0].whole.pixels[p] = p % 44 >= 12 && p % 44 < 32 ? 1.0F : 0.0F;  // marks the square
    const Crops crops(photographs, 12, 1);
    for (std::uint64_t index = 0; index < 50; ++index)
        for (const float x : crops(index).pixels) CHECK(x == 0.0F);
    CHECK(crops(3).pixels == crops(3).pixels);
    CHECK_THROWS_AS(Crops(photographs, 13, 1), sim::ConfigError);
}

TEST_CASE("folders without photographs, and photographs too small, are refused") {
    const test::TempDir dir;
    CHECK_THROWS_AS(read_photographs(settings_for(dir, 20)), sim::ConfigError);
    dir.write("a.pgm", pgm(19, 40, 1));
    CHECK_THROWS_AS(read_photographs(settings_for(dir, 20)), sim::ConfigError);
    dir.write("b.txt", "no photograph");
    CHECK_THROWS_AS(read_photographs(settings_for(dir, 19)), sim::IoError);
}

TEST_CASE("a config says what kernels it asks for") {
    const auto scenario = [](const std::string& yaml) { return ExperimentSettings(params(yaml)).scenario(); };
    CHECK(scenario("kernels: {kind: log_gabor}") == "homogeneous");
    CHECK(scenario("kernels: {log_gabor: {bandwidths: [5 deg, 10 deg]}}") == "heterogeneous");
    CHECK(scenario("kernels: {norm: unit}") == "homogeneous, unit norm");
    CHECK(scenario("kernels: {kind: random}\nlearning: {presentations: 5}") == "random, learned");
    CHECK_THROWS_AS(scenario("kernels: {size: 300}"), sim::ConfigError);
    CHECK_THROWS_AS(scenario("kernels: {kind: random}\nsolver: {admm: {relaxation: 2}}"), sim::ConfigError);
    CHECK_THROWS_AS(scenario("kernels: {kind: random}\nsolver: {admm: {relaxatoin: 1}}"), sim::ConfigError);
}
