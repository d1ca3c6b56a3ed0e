// ADMM against coordinate descent written here, which shares nothing with it but the statement of the problem, and
// against the conditions at the optimum.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "tests/support.hpp"

namespace {

using sim::Border;
using Code = std::vector<double>;  // of either sign, place by place

constexpr std::size_t kRows = 15, kCols = 18, kKernels = 5, kHeight = 4, kWidth = 5;

std::vector<float> noise(std::size_t n, std::uint64_t index) {
    sim::Stream stream(1, sim::Purpose::test, index);
    std::vector<float> values(n);
    for (float& x : values) x = static_cast<float>(stream.normal());
    return values;
}

struct Problem {
    Border border = Border::periodic;
    bool is_signed = true;
    std::size_t stride = 1;
    std::vector<double> lambda = std::vector<double>(kKernels, 0.3);  // of each kernel
    sim::Kernels kernels{kKernels, kHeight, kWidth, noise(kKernels* kHeight* kWidth, 1)};
    std::vector<float> image = noise(kRows * kCols, 2);

    sim::Grid grid() const { return sim::places_of(kernels, kRows, kCols, stride, border); }
    std::size_t n() const { return kKernels * grid().size(); }
    /// Calls use(pixel, value) for all that neuron i sees.
    void visit(std::size_t i, const auto& use) const {
        const std::size_t place = i / kKernels, y = place / grid().cols * stride,
                          x = place % grid().cols * stride;
        for (std::size_t p = 0; p < kHeight * kWidth; ++p)
            use((y + p / kWidth) % kRows * kCols + (x + p % kWidth) % kCols,
                static_cast<double>(kernels.kernel(i % kKernels)[p]));
    }
    double drive(std::size_t i) const {
        double b = 0.0;
        visit(i, [&](std::size_t pixel, double value) { b += value * static_cast<double>(image[pixel]); });
        return b;
    }
    /// Of the neurons, and of their twins where codes are signed.
    std::vector<double> drive() const {
        std::vector<double> b;
        for (std::size_t i = 0; i < n(); ++i) b.push_back(drive(i));
        for (std::size_t i = 0; is_signed && i < n(); ++i) b.push_back(-b[i]);
        return b;
    }
    sim::Program program() const {
        sim::Program program{sim::Interaction::shared(kernels, grid()), {}};
        if (is_signed) program.Q.add_twins();
        for (std::size_t i = 0; i < program.Q.size(); ++i) program.lambda.push_back(lambda[i % kKernels]);
        return program;
    }
    /// The same, of which the conditions at the optimum can be asked.
    sim::Program with_weights() const {
        sim::Program whole = program();
        whole.Q.make_weights();
        return whole;
    }
    double energy(const Code& code) const {
        std::vector<double> r(image.begin(), image.end());
        double E = 0.0;
        for (std::size_t i = 0; i < code.size(); ++i) {
            visit(i, [&](std::size_t pixel, double value) { r[pixel] -= code[i] * value; });
            E += lambda[i % kKernels] * std::abs(code[i]);
        }
        for (const double x : r) E += 0.5 * x * x;
        return E;
    }
};

std::vector<Problem> problems() {
    std::vector<Problem> all;
    for (const Border border : {Border::periodic, Border::valid})
        for (const bool is_signed : {true, false})
            for (const std::size_t stride : {1U, 3U})
                for (const bool are_alike : {true, false})
                    all.push_back({border, is_signed, stride,
                                   are_alike ? std::vector<double>(kKernels, 0.3)
                                             : std::vector<double>{0.1, 0.9, 0.3, 0.5, 0.2}});
    return all;
}

/// Minimises over one coefficient after the other until none moves.
Code coordinate_descent(const Problem& problem) {
    Code a(problem.n(), 0.0);
    std::vector<double> r(problem.image.begin(), problem.image.end());
    for (double moved = 1.0; moved > 1e-7;) {
        moved = 0.0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            double slope = 0.0, power = 0.0;
            problem.visit(i, [&](std::size_t pixel, double value) {
                slope += value * r[pixel], power += value * value;
            });
            const double wanted = slope + power * a[i];
            double next = std::max(std::abs(wanted) - problem.lambda[i % kKernels], 0.0) / power;
            if (wanted < 0.0) next = problem.is_signed ? -next : 0.0;
            const double step = next - a[i];
            problem.visit(i, [&](std::size_t pixel, double value) { r[pixel] -= step * value; });
            a[i] = next;
            moved = std::max(moved, std::abs(step));
        }
    }
    return a;
}

std::unique_ptr<sim::Neurons> admm(const std::string& keys = "iterations: 2000") {
    return sim::Registry<sim::Neurons>::instance().make(
        "admm", sim::Params::parse(fmt::format("admm: {{{}}}", keys), "test.yaml"), {});
}

/// Activity of all neurons, twins too.
std::vector<double> activity(const sim::CodingPopulation& population) {
    std::vector<double> a(population.size());
    population.read_code(a);
    return a;
}
std::vector<double> activity(const Problem& problem, const std::string& keys = "iterations: 2000") {
    const sim::Program program = problem.program();
    const auto population = admm(keys)->population(program);
    population->drive(problem.drive());
    return activity(*population);
}
/// ON less OFF.
Code code_of(const Problem& problem, const std::vector<double>& activity) {
    Code code(activity.begin(), activity.begin() + static_cast<std::ptrdiff_t>(problem.n()));
    for (std::size_t i = 0; i + problem.n() < activity.size(); ++i) code[i] -= activity[problem.n() + i];
    return code;
}

}  // namespace

TEST_CASE(
    "ADMM finds the optimum that coordinate descent finds, under every border, sign, stride and threshold of "
    "a "
    "kernel") {
    for (const Problem& problem : problems()) {
        CAPTURE(static_cast<int>(problem.border));
        CAPTURE(problem.is_signed);
        CAPTURE(problem.stride);
        CAPTURE(problem.lambda[0]);
        const std::vector<double> a = activity(problem);
        // Single precision: 1e-7 of sums of some ten terms.
        CHECK(problem.energy(code_of(problem, a)) ==
              doctest::Approx(problem.energy(coordinate_descent(problem))).epsilon(1e-5));
        CHECK(sim::kkt_residual(problem.with_weights(), problem.drive(), a) < 2e-3 * 0.3);
        CHECK(std::ranges::min(a) >= 0.0);
        for (std::size_t i = 0; i + problem.n() < a.size(); ++i) CHECK(a[i] * a[problem.n() + i] == 0.0);
    }
}

TEST_CASE("ADMM comes to the same optimum whether rho follows the residuals or not") {
    const Problem problem;
    const auto a = activity(problem, "iterations: 2000, adapts: false, rho: 3");
    CHECK(sim::kkt_residual(problem.with_weights(), problem.drive(), a) < 2e-3 * 0.3);
}

TEST_CASE("ADMM without a price, and without a drive") {
    Problem problem{.border = Border::valid, .stride = 3};
    std::ranges::fill(problem.lambda, 0.0);
    const auto a = activity(problem);
    CHECK(sim::kkt_residual(problem.with_weights(), problem.drive(), a) < 1e-3);
    std::ranges::fill(problem.image, 0.0F);
    CHECK(std::ranges::max(activity(problem)) == 0.0);
}

TEST_CASE(
    "the higher the ratio of residuals that is aimed at, the sparser and less precise is an early code") {
    const Problem problem;
    Problem free = problem;
    std::ranges::fill(free.lambda, 0.0);
    std::ptrdiff_t n_active = std::numeric_limits<std::ptrdiff_t>::max();
    double left = 0.0;
    for (const double ratio : {0.1, 1.0, 10.0, 100.0}) {
        CAPTURE(ratio);
        const Code code =
            code_of(problem, activity(problem, fmt::format("iterations: 30, residual_ratio: {}", ratio)));
        const auto n = std::ranges::count_if(code, [](double x) { return x != 0.0; });
        CHECK(n < n_active);
        CHECK(free.energy(code) > left);
        n_active = n, left = free.energy(code);
    }
}

TEST_CASE("a shift of the image shifts the code of ADMM") {
    const Problem problem;
    Problem shifted = problem;
    for (std::size_t y = 0; y < kRows; ++y)
        for (std::size_t x = 0; x < kCols; ++x)
            shifted.image[(y + 4) % kRows * kCols + (x + 7) % kCols] = problem.image[y * kCols + x];
    const Code code = code_of(problem, activity(problem)), moved = code_of(shifted, activity(shifted));
    double largest = 0.0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const std::size_t y = i / kKernels / kCols, x = i / kKernels % kCols;
        largest = std::max(
            largest,
            std::abs(code[i] - moved[((y + 4) % kRows * kCols + (x + 7) % kCols) * kKernels + i % kKernels]));
    }
    CHECK(largest < 1e-4);  // rounding of other sums, times a badly conditioned problem
}

TEST_CASE("ADMM gives the same bits at any number of threads") {
    const Problem problem{.border = Border::valid};
    const auto code_at = [&](std::size_t threads) {
        const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
        return activity(problem, "");
    };
    CHECK(code_at(1) == code_at(4));
}

TEST_CASE("ADMM: the code is that of the drive there is, from the frame or from what arrived") {
    Problem problem{.border = Border::valid};
    const sim::Program program = problem.program();
    const auto population = admm("")->population(program);
    CHECK_FALSE(population->next_spike(1e9).has_value());
    population->drive(std::vector<double>(program.Q.size(), 1.0));
    const std::vector<double> other = activity(*population);
    population->set_currents(problem.drive(), 50.0);  // the next frame of a movie
    CHECK(activity(*population) == activity(problem, ""));
    CHECK(activity(*population) != other);
    // u: what a neuron misses, and what it has.
    const std::vector<double> a = activity(*population), b = problem.drive();
    const sim::Program whole = problem.with_weights();
    for (const std::uint32_t i : {0U, 7U, 33U, static_cast<std::uint32_t>(problem.n()) + 12U}) {
        CHECK(population->value(1, i, 60.0) == a[i]);
        const double u = b[i] - whole.Q.column_dot(i, a) + whole.Q.diagonal(i) * a[i];
        CHECK(population->value(0, i, 60.0) == doctest::Approx(u).epsilon(1e-4));  // weights are floats
    }
    // What arrives at a twin is taken from its neuron.
    const auto n = static_cast<std::uint32_t>(problem.n());
    population->set_current(7, 0.02, 60.0);
    population->receive(n + 7, 0.01, 61.0);
    std::vector<double> changed = b;
    changed[7] = 0.01, changed[n + 7] = -0.01;
    const auto fresh = admm("")->population(program);
    fresh->drive(changed);
    CHECK(activity(*population) == activity(*fresh));
}

TEST_CASE("ADMM follows kernels and thresholds that are learned") {
    Problem problem;
    sim::Program program = problem.program();
    const auto neurons = admm("");
    const auto population = neurons->population(program);
    population->drive(problem.drive());
    activity(*population);
    problem.kernels.values = noise(problem.kernels.values.size(), 9);
    problem.lambda = {0.1, 0.9, 0.3, 0.5, 0.2};
    program = problem.program();
    population->drive(problem.drive());
    CHECK(activity(*population) == activity(problem, ""));
}

TEST_CASE("ADMM is of kernels that all places share, and refuses others") {
    const sim::Program dense{sim::Interaction::dense(3), std::vector<double>(3, 0.1)};
    const auto population = admm()->population(dense);
    population->drive(std::vector<double>(3, 1.0));
    CHECK_THROWS_WITH_AS(activity(*population), "admm: fields must be kernels that all places share",
                         sim::ConfigError);
    const auto refusal = [](const std::string& more) {
        try {
            sim::RunSettings(
                sim::Params::parse("stimulus: {kind: dead_leaves}\npopulations: {v1: {kind: admm" + more +
                                       "}}\nlearning: {held_out: 1}\n",
                                   "test.yaml"));
        } catch (const sim::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const std::string kernels = ", kernels: {kind: random, size: 4, random: {n: 3}}";
    CHECK(refusal(kernels) == "");
    CHECK(refusal(kernels +
                  ", admm: {iterations: 3, rho: 1, residual_ratio: 2, adapts: false, relaxation: 1}") == "");
    CHECK(test::contains(refusal(""),
                         "populations.v1.kernels: must be there under kind admm, which solves for kernels "
                         "that all places share, got nothing"));
    CHECK(test::contains(refusal(kernels + ", lateral: delayed"),
                         "populations.v1.lateral: must be at_once under kind admm, which fires no spikes"));
    CHECK(test::contains(refusal(kernels + ", admm: {relaxation: 2}"), "relaxation: must be below 2"));
}
