// Learning of kernels against the derivative of the energy, and what an experiment keeps.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/convolutional_descent.hpp"
#include "convolution/experiment.hpp"
#include "convolution/experiment_file.hpp"
#include "convolution/kernel_learning.hpp"
#include "convolution/solver.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

using namespace convolution;

sim::Params params(const std::string& yaml) { return sim::Params::parse(yaml, "test.yaml"); }

sim::HomeostasisSettings homeostasis() {
    return sim::HomeostasisSettings(params("homeostasis: {rate: 0.1, memory: 2}"));
}

std::vector<float> noise(std::size_t n, std::uint64_t index) {
    sim::Stream stream(3, sim::Purpose::test, index);
    std::vector<float> values(n);
    for (float& x : values) x = static_cast<float>(stream.normal());
    return values;
}

double error_of(const Task& task, const Image& image, const Code& code) {
    Task free = task;
    free.lambda = 0.0;
    return energy(free, image, code);
}

}  // namespace

TEST_CASE("a step of learning goes down the gradient of the error, kernels of unit norm") {
    Task task{sim::random_kernels(2, 3, 5), 0.1, Border::periodic, true, 1};
    const Image image{6, 7, noise(42, 0)};
    Code code(2 * 42, 0.0F);
    code[3] = 0.7F, code[40] = -0.4F, code[60] = 0.9F, code[83] = 0.2F;
    const Task before = task;
    constexpr double kEta = 1e-3;
    step(task, image, code, kEta);
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
        const double step = -kEta * (slope(p) - along * static_cast<double>(before.kernels.values[p]));
        CHECK(static_cast<double>(task.kernels.values[p] - before.kernels.values[p]) ==
              doctest::Approx(step).epsilon(0.02));  // second order in eta, and single precision
    }
    for (const double norm : norms(task.kernels)) CHECK(norm == doctest::Approx(1.0));
}

TEST_CASE("a code under thresholds of the kernels is optimal for them") {
    // The conditions at the optimum, on the kernels as they are: what correlates with the residual is
    // lambda_k where kernel k is active, and no more elsewhere.
    const Task unit{sim::random_kernels(3, 4, 2), 0.5, Border::valid, true, 1};
    const Image image{12, 13, noise(12 * 13, 4)};
    Thresholds thresholds(homeostasis(), unit.lambda, 3);
    Code busy(3 * 90, 0.0F);
    std::fill(busy.begin(), busy.begin() + 90, 1.0F);
    for (int crop = 0; crop < 3; ++crop) thresholds.follow(busy);
    const std::vector<double> lambda(thresholds.lambda().begin(), thresholds.lambda().end());
    CHECK(lambda[0] > unit.lambda);
    CHECK(lambda[1] < unit.lambda);
    CHECK(lambda[2] == lambda[1]);

    Task asked = unit;
    asked.kernels = thresholds.weigh(unit.kernels);
    const Code code =
        thresholds.unweigh(bench::ConvolutionalDescent(asked, 12, 13, {1e-5}).solve(image).code);
    Image residual = reconstruct(unit, code, 12, 13);
    for (std::size_t p = 0; p < image.size(); ++p) residual.pixels[p] = image.pixels[p] - residual.pixels[p];
    const Code correlation = drive(unit, residual);
    std::vector<std::size_t> n_active(3, 0);
    for (std::size_t at = 0; at < code.size(); ++at) {
        const double limit = lambda[at / 90], c = static_cast<double>(correlation[at]);
        if (code[at] == 0.0F)
            CHECK(std::abs(c) <= limit + 1e-3);
        else
            CHECK(c == doctest::Approx(std::copysign(limit, static_cast<double>(code[at]))).epsilon(1e-3));
        n_active[at / 90] += code[at] != 0.0F;
    }
    for (const std::size_t n : n_active) CHECK(n > 0);
}

TEST_CASE("codes to learn from are close to the optimum, where a rho that follows the residuals is not") {
    const Task task{sim::random_kernels(40, 8, 2), 1.0, Border::valid, true, 1};
    const Image image{32, 32, noise(32 * 32, 5)};
    const SolverSettings settings(params("kind: admm"));
    const auto energy_by = [&](const SolverSettings& solver) {
        return energy(task, image, make_solver(solver, task, 32, 32)(image).code);
    };
    const double optimum =
        energy(task, image, bench::ConvolutionalDescent(task, 32, 32, {1e-4}).solve(image).code);
    CHECK(energy_by(settings.to_learn(task.lambda, 30)) < 1.01 * optimum);
    CHECK(energy_by(settings) > 1.02 * optimum);
}

TEST_CASE("a step is measured by the power of the code, and nothing is learned from one that is zero") {
    const LearningSettings settings(params("{presentations: 3, eta: 0.01, slowing: 1e9, lambda: 0.5}"));
    const Kernels initial = sim::random_kernels(2, 3, 5);
    const Image image{6, 7, noise(42, 0)};
    Code code(2 * 20, 0.0F), strong = code;
    code[3] = 0.7F, code[30] = -0.4F, strong[3] = 1.4F;
    KernelLearner learner(settings, {initial, 0.1, Border::periodic, true, 1});
    CHECK(learner.asked().border == Border::valid);
    CHECK(learner.asked().lambda == 0.5);

    Task expected = learner.asked();
    learner.learn(image, code);
    step(expected, image, code, 0.01 * 2.0 / (0.49 + 0.16));
    CHECK(learner.asked().kernels.values == expected.kernels.values);
    learner.learn(image, strong);
    step(expected, image, strong, 0.01 * 2.0 / 1.96);
    for (std::size_t p = 0; p < initial.values.size(); ++p)
        CHECK(learner.asked().kernels.values[p] == doctest::Approx(expected.kernels.values[p]).epsilon(1e-5));
    const Kernels before = learner.asked().kernels;
    learner.learn(image, Code(2 * 20, 0.0F));
    CHECK(learner.asked().kernels.values == before.values);
    const Learned learned = learner.learned();
    CHECK(learned.energy.size() == 3);
    CHECK(learned.energy[2] == learned.energy_of_no_code[2]);
}

TEST_CASE("what is kept of an unfinished experiment comes back as it was") {
    const test::TempDir dir;
    const ExperimentSettings settings(params(fmt::format(
        "images: {{folders: {}, size: 16}}\nkernels: {{size: 3}}\nsolver: {{kind: slca_falling}}\n"
        "record: {{codes: true, spikes: true}}\n",
        dir.path().string())));
    const std::vector<models::Photograph> photographs{{"0", {16, 16, noise(256, 0)}, {}},
                                                      {"1", {16, 16, noise(256, 1)}, {}},
                                                      {"2", {16, 16, noise(256, 2)}, {}}};
    RunOptions options;
    options.output = dir.file("run.h5");
    double next = 0.0;
    const auto qualities = [&](std::size_t n) {
        std::vector<Quality> all(n);
        for (Quality& one : all) one = {++next, ++next};
        return all;
    };
    const Learned learned{
        sim::random_kernels(2, 3, 5), {0.3, 1.2}, {0.01, 0.02}, {4.0, 5.0, 6.0}, {7.0, 8.0, 9.0}};
    Coded coded{{++next, ++next, ++next, qualities(6), qualities(6), qualities(6), {++next, ++next}, {}},
                {3, 17},
                {0.5F, -0.25F},
                {{1.5, 7, true, 0.5}, {2.0, 9, true, -0.25}, {2.0, 3, false, 0.125}}};
    for (std::size_t k = 0; k < kCourse.size(); ++k)
        coded.measured.course.push_back({++next, ++next, ++next, ++next, ++next});
    const auto open = [&] {
        return ExperimentFile(settings, photographs,
                              sim::io::Output(options.output, sim::io::Existing::refuse), options);
    };
    {
        ExperimentFile file = open();
        file.keep(learned);
        file.keep(0, coded);
        file.keep(2, coded);  // waits for photograph 1, and is lost with the process
        CHECK(file.measured().size() == 1);
        CHECK(file.n_coded() == 2);
    }
    options.resume = true;
    ExperimentFile back = open();
    REQUIRE(back.learned());
    CHECK(back.learned()->kernels.values == learned.kernels.values);
    CHECK(back.learned()->lambda == learned.lambda);
    CHECK(back.learned()->activity == learned.activity);
    CHECK(back.learned()->energy == learned.energy);
    CHECK(back.learned()->energy_of_no_code == learned.energy_of_no_code);
    REQUIRE(back.measured().size() == 1);
    const Measured was = coded.measured, is = back.measured()[0];
    CHECK(is.energy == was.energy);
    CHECK(is.psnr == was.psnr);
    CHECK(is.sparseness == was.sparseness);
    CHECK(is.contrast == was.contrast);
    for (auto Measured::*const cuts : {&Measured::by_size, &Measured::by_contrast, &Measured::by_part})
        for (std::size_t k = 0; k < 6; ++k) {
            CHECK((is.*cuts).at(k).psnr == (was.*cuts)[k].psnr);
            CHECK((is.*cuts).at(k).sparseness == (was.*cuts)[k].sparseness);
        }
    REQUIRE(is.course.size() == was.course.size());
    for (std::size_t k = 0; k < was.course.size(); ++k) {
        CHECK(is.course[k].t == was.course[k].t);
        CHECK(is.course[k].psnr == was.course[k].psnr);
        CHECK(is.course[k].sparseness == was.course[k].sparseness);
        CHECK(is.course[k].spikes == was.course[k].spikes);
        CHECK(is.course[k].synaptic_events == was.course[k].synaptic_events);
    }

    back.keep(2, coded);
    back.keep(1, coded);
    CHECK(back.measured().size() == 3);
    back.finish(learned.kernels, 1.0);
    const sim::io::File file = sim::io::open_striate_file(options.output.string(), "convolution");
    for (const char* code : {"/codes/0", "/codes/1", "/codes/2"}) {
        CHECK(file.read<std::uint64_t>(std::string(code) + "/place") == coded.place);
        CHECK(file.read<float>(std::string(code) + "/value") == coded.value);
    }
    // T = 100 ms, 16 x 16 places of 2 kernels; of two spikes at one time the smaller number is first.
    CHECK(file.read<double>("/spikes/convolution/timestamps") ==
          std::vector<double>{1.5, 2.0, 2.0, 101.5, 102.0, 102.0, 201.5, 202.0, 202.0});
    CHECK(file.read<double>("/spikes/convolution/amount") ==
          std::vector<double>{0.5, -0.25, 0.125, 0.5, -0.25, 0.125, 0.5, -0.25, 0.125});
    CHECK(file.read<std::uint64_t>("/spikes/convolution/node_ids") ==
          std::vector<std::uint64_t>{7, 9, 512 + 3, 7, 9, 512 + 3, 7, 9, 512 + 3});
    CHECK(file.read<double>("/measures/psnr") == std::vector<double>(3, was.psnr));
}

TEST_CASE("random kernels have no mean, and are those of their seed") {
    const Kernels kernels = sim::random_kernels(3, 5, 1);
    for (std::size_t k = 0; k < 3; ++k) {
        double sum = 0.0;
        for (const double x : kernels.kernel(k)) sum += x;
        CHECK(std::abs(sum) < 1e-5);
    }
    CHECK(sim::random_kernels(3, 5, 1).values == kernels.values);
    CHECK(sim::random_kernels(3, 5, 2).values != kernels.values);
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
