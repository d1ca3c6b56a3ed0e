// Spikes on a convolutional problem, against dense networks and searches by brute force that know nothing of
// tables, places and horizons.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/coordinate_descent.hpp"
#include "convolution/correlations.hpp"
#include "convolution/solver.hpp"
#include "convolution/spiking.hpp"
#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "sim/simulation.hpp"

using namespace convolution;
using Eigen::MatrixXd;

namespace {

constexpr double kTau = 10.0;

std::vector<float> noise(std::size_t n, std::uint64_t number) {
    sim::Stream stream(7, sim::Purpose::test, number);
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>(stream.normal());
    return values;
}

Image random_image(std::size_t rows, std::size_t cols, std::uint64_t number) {
    return {rows, cols, noise(rows * cols, number)};
}

/// Kernels of norms about 1.
Task random_task(std::size_t n, std::size_t height, std::size_t width, std::uint64_t number) {
    Task task;
    task.kernels = {n, height, width, noise(n * height * width, number)};
    const float scale = 1.0F / std::sqrt(static_cast<float>(height * width));
    for (float& value : task.kernels.values) value *= scale;
    task.lambda = 0.3;
    return task;
}

/// Every neuron's kernel where it stands, as a column: the dictionary, in the order of a code.
MatrixXd atoms(const Task& task, std::size_t rows, std::size_t cols) {
    const std::size_t n = task.kernels.n * grid_of(task, rows, cols).size();
    MatrixXd Phi(static_cast<Eigen::Index>(rows * cols), static_cast<Eigen::Index>(n));
    for (std::size_t j = 0; j < n; ++j) {
        Code one(n, 0.0F);
        one[j] = 1.0F;
        const Image atom = reconstruct(task, one, rows, cols);
        for (std::size_t p = 0; p < atom.size(); ++p)
            Phi(static_cast<Eigen::Index>(p), static_cast<Eigen::Index>(j)) =
                static_cast<double>(atom.pixels[p]);
    }
    return Phi;
}

/// The same problem without any structure. OFF neurons follow the ON neurons; a neuron and its twin, which
/// are one neuron, do not inhibit each other, so that the program's optimum is that of the task.
sim::Program dense_program(const Task& task, const MatrixXd& Phi) {
    const MatrixXd G = (Phi.transpose() * Phi).cast<float>().cast<double>();
    const Eigen::Index n = G.rows();
    if (!task.is_signed)
        return {sim::Interaction::dense(G), std::vector<double>(static_cast<std::size_t>(n), task.lambda)};
    MatrixXd Q(2 * n, 2 * n);
    Q << G, -G, -G, G;
    for (Eigen::Index i = 0; i < n; ++i) Q(i, n + i) = Q(n + i, i) = 0.0;
    return {sim::Interaction::dense(Q), std::vector<double>(static_cast<std::size_t>(2 * n), task.lambda)};
}

std::vector<double> dense_drive(const Task& task, const Image& image) {
    const Code b = drive(task, image);
    std::vector<double> all(b.begin(), b.end());
    if (task.is_signed)
        for (const float x : b) all.push_back(-static_cast<double>(x));
    return all;
}

/// What `slca`, the population of sheets, does with the problem.
std::vector<Spike> spikes_of_dense_population(const Task& task, const Image& image, double q, double T) {
    const sim::Program program = dense_program(task, atoms(task, image.rows, image.cols));
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca", sim::Params::parse(fmt::format("slca: {{tau: {} ms, q: {} tau}}", kTau, q), "test"), {});
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons->population(program));
    population.drive(dense_drive(task, image));
    simulation.run_until(T);
    const std::size_t n = drive(task, image).size();
    std::vector<Spike> spikes;
    for (const sim::Spike& spike : simulation.spikes())
        spikes.push_back({spike.t, spike.neuron % n, spike.neuron < n});
    return spikes;
}

/// The network of spiking.hpp for a dense Q, each crossing by bisection; v has at most one extremum.
class BruteForce {
  public:
    BruteForce(const Task& task, const Image& image, double q, double sigma)
        : lambda_(task.lambda), q_(q * kTau), sigma_(sigma), is_signed_(task.is_signed) {
        const MatrixXd Phi = atoms(task, image.rows, image.cols);
        Q_ = (Phi.transpose() * Phi).cast<float>().cast<double>();
        const Code b = drive(task, image);
        b_ = Eigen::Map<const Eigen::VectorXf>(b.data(), static_cast<Eigen::Index>(b.size())).cast<double>();
        u_ = b_;
        v_ = MatrixXd::Zero(b_.size(), 2);
    }

    std::vector<Spike> run(double T) {
        std::vector<Spike> spikes;
        for (double t = 0.0;;) {
            double first = T - t;
            Eigen::Index who = -1;
            bool is_on = true;
            for (Eigen::Index i = 0; i < b_.size(); ++i)
                for (const bool on : {true, false})
                    if (const double dt = crossing(i, on, first); (on || is_signed_) && dt < first) {
                        first = dt;
                        who = i;
                        is_on = on;
                    }
            if (who < 0) return spikes;
            t += first;
            advance(first);
            spikes.push_back({t, static_cast<std::size_t>(who), is_on});
            const double own = sigma_ * Q_(who, who), was = u_(who), kick = (is_on ? q_ : -q_) / kTau;
            u_ -= kick * Q_.col(who);
            u_(who) = was - kick * own;
            v_(who, is_on ? 0 : 1) = 0.0;
        }
    }

  private:
    double v_after(Eigen::Index i, bool on, double dt) const {
        const double sum = b_(i) * dt - (u_(i) - b_(i)) * kTau * std::expm1(-dt / kTau);
        return v_(i, on ? 0 : 1) + (on ? sum : -sum) - lambda_ * dt;
    }
    double crossing(Eigen::Index i, bool on, double longest) const {
        const double theta = (1.0 - sigma_) * q_ * Q_(i, i), sign = on ? 1.0 : -1.0;
        const double u = sign * u_(i), b = sign * b_(i);
        double from = 0.0, to = longest;
        if ((u - lambda_) * (b - lambda_) < 0.0) {
            const double turn = std::min(longest, kTau * std::log((u - b) / (lambda_ - b)));
            (v_after(i, on, turn) >= theta ? to : from) = turn;
        }
        if (v_after(i, on, to) < theta) return std::numeric_limits<double>::infinity();
        for (int k = 0; k < 200; ++k) {
            const double middle = 0.5 * (from + to);
            (v_after(i, on, middle) < theta ? from : to) = middle;
        }
        return to;
    }
    void advance(double dt) {
        for (Eigen::Index i = 0; i < b_.size(); ++i) {
            const double on = v_after(i, true, dt), off = v_after(i, false, dt);
            v_(i, 0) = on;
            v_(i, 1) = off;
        }
        u_ = b_ + (u_ - b_) * std::exp(-dt / kTau);
    }

    MatrixXd Q_, v_;  // v of ON, of OFF
    Eigen::VectorXd b_, u_;
    double lambda_, q_, sigma_;
    bool is_signed_;
};

/// The same neurons in the same order. Weights are rounded to single precision on both sides, after sums that
/// may differ in the last digit; a network amplifies what differs, so times agree to 1e-6 tau.
void check_same(const std::vector<Spike>& spikes, const std::vector<Spike>& expected) {
    REQUIRE(spikes.size() == expected.size());
    for (std::size_t k = 0; k < spikes.size(); ++k) {
        CAPTURE(k);
        REQUIRE(spikes[k].neuron == expected[k].neuron);
        REQUIRE(spikes[k].is_on == expected[k].is_on);
        REQUIRE(spikes[k].t == doctest::Approx(expected[k].t).epsilon(1e-6));
    }
}

/// Tasks of every kind: signs, borders, strides, sizes that differ in both directions.
struct Case {
    Task task;
    Image image;
};
std::vector<Case> cases() {
    std::vector<Case> all;
    for (const bool is_signed : {true, false})
        for (const Border border : {Border::periodic, Border::valid})
            for (const std::size_t stride : {1U, 2U}) {
                const std::uint64_t number = all.size();
                Task task = random_task(3 + number % 2, 4, 3, 10 + number);
                task.is_signed = is_signed;
                task.border = border;
                task.stride = stride;
                all.push_back({task, random_image(8, 10, 20 + number)});
            }
    Task all_overlap = random_task(2, 4, 3, 18);  // fewer places than a kernel reaches
    all_overlap.border = Border::valid;
    all.push_back({all_overlap, random_image(5, 4, 28)});
    return all;
}

double E_of(const Case& its, const Code& code) { return energy(its.task, its.image, code); }

}  // namespace

TEST_CASE("the table of correlations holds the products of all atoms") {
    for (const auto& [task, image] : cases()) {
        const Correlations Q(task, image.rows, image.cols);
        const MatrixXd Phi = atoms(task, image.rows, image.cols), G = Phi.transpose() * Phi;
        REQUIRE(G.rows() == static_cast<Eigen::Index>(Q.n_neurons()));
        for (std::size_t place = 0; place < Q.grid().size(); ++place)
            for (std::size_t k = 0; k < Q.n_kernels(); ++k) {
                std::vector<float> column(Q.n_neurons(), 0.0F);
                Q.for_each_run(k, place / Q.grid().cols, place % Q.grid().cols,
                               [&](std::size_t first, std::size_t n, const float* w) {
                                   for (std::size_t i = 0; i < n * Q.n_kernels(); ++i)
                                       column[first * Q.n_kernels() + i] += w[i];
                               });
                const Code code = by_kernel(column, Q.n_kernels());
                const auto j = static_cast<Eigen::Index>(k * Q.grid().size() + place);
                const Eigen::VectorXf expected = G.col(j).cast<float>();
                for (Eigen::Index i = 0; i < expected.size(); ++i)
                    REQUIRE(code[static_cast<std::size_t>(i)] == doctest::Approx(expected(i)).epsilon(1e-6));
            }
    }
}

TEST_CASE("coordinate descent reaches the optimum of the dense program") {
    for (const Case& its : cases()) {
        const auto& [task, image] = its;
        CoordinateDescentSettings settings;
        const Code code = CoordinateDescent(task, image.rows, image.cols, settings).solve(image).code;
        CHECK(kkt_residual(task, image, code) < 2e-4);
        const sim::Program program = dense_program(task, atoms(task, image.rows, image.cols));
        const std::vector<double> b = dense_drive(task, image), best = sim::optimum(program, b);
        double half_power = 0.0;
        for (const float x : image.pixels)
            half_power += 0.5 * static_cast<double>(x) * static_cast<double>(x);
        CHECK(E_of(its, code) == doctest::Approx(half_power + sim::energy(program, b, best)).epsilon(1e-6));
        if (!task.is_signed) CHECK(std::ranges::min(code) >= 0.0F);

        settings.energy = 1.05 * E_of(its, code);  // stops on the way
        const Solution early = CoordinateDescent(task, image.rows, image.cols, settings).solve(image);
        CHECK(E_of(its, early.code) == doctest::Approx(settings.energy).epsilon(0.02));
        CHECK(E_of(its, early.code) <= settings.energy * (1.0 + 1e-5));
        settings.max_updates = early.updates - 1;
        CHECK(CoordinateDescent(task, image.rows, image.cols, settings).solve(image).updates ==
              early.updates - 1);
    }
}

TEST_CASE("without self-inhibition the spikes are those of the population of sheets") {
    for (const auto& [task, image] : cases()) {
        const SpikingSettings settings{kTau, 0.2, 0.0, 60.0, 0.0};
        const auto spikes = Spiking(task, image.rows, image.cols, settings).spikes(image);
        CHECK(spikes.size() > 100);
        check_same(spikes, spikes_of_dense_population(task, image, settings.q, settings.T));
    }
}

TEST_CASE("every spike of a network that inhibits itself comes when a search by bisection finds it") {
    for (const auto& [task, image] : cases()) {
        const SpikingSettings settings{kTau, 0.2, 0.9, 15.0, 0.0};
        const auto spikes = Spiking(task, image.rows, image.cols, settings).spikes(image);
        CHECK(spikes.size() > 40);
        CHECK(std::ranges::any_of(spikes, [](const Spike& spike) { return !spike.is_on; }) == task.is_signed);
        check_same(spikes, BruteForce(task, image, settings.q, settings.self_inhibition).run(settings.T));
    }
}

TEST_CASE("codes of long presentations are optimal, whatever the self-inhibition") {
    for (const Case& its : cases()) {
        const auto& [task, image] = its;
        CoordinateDescentSettings to_the_end;
        const double least =
            E_of(its, CoordinateDescent(task, image.rows, image.cols, to_the_end).solve(image).code);
        for (const double sigma : {0.0, 0.5, 0.95}) {
            CAPTURE(sigma);
            const SpikingSettings settings{kTau, 0.1, sigma, 60.0 * kTau, 20.0 * kTau};
            const Code code = Spiking(task, image.rows, image.cols, settings).solve(image).code;
            CHECK(E_of(its, code) / least - 1.0 < 2e-3);
            CHECK(kkt_residual(task, image, code) < 0.15 * task.lambda);
        }
    }
}

TEST_CASE("a periodic image that is shifted has its spikes shifted") {
    for (const std::size_t stride : {1U, 2U}) {
        Task task = random_task(3, 4, 3, 40);
        task.stride = stride;
        const Image image = random_image(8, 10, 41);
        Image shifted = image;
        const std::size_t dy = 2, dx = 4;  // [px]
        for (std::size_t y = 0; y < 8; ++y)
            for (std::size_t x = 0; x < 10; ++x)
                shifted.pixels[(y + dy) % 8 * 10 + (x + dx) % 10] = image.pixels[y * 10 + x];
        const SpikingSettings settings{kTau, 0.2, 0.9, 15.0, 0.0};
        const Spiking network(task, 8, 10, settings);
        const Grid grid = grid_of(task, 8, 10);
        auto expected = network.spikes(image);
        CHECK(expected.size() > 40);
        for (Spike& spike : expected) {
            const std::size_t k = spike.neuron / grid.size(), place = spike.neuron % grid.size();
            const std::size_t y = (place / grid.cols + dy / stride) % grid.rows;
            const std::size_t x = (place % grid.cols + dx / stride) % grid.cols;
            spike.neuron = k * grid.size() + y * grid.cols + x;
        }
        check_same(network.spikes(shifted), expected);
    }
}

TEST_CASE("spikes and codes have the same bits at 1 and 2 threads") {
    Task task = random_task(5, 4, 4, 50);
    const Image image = random_image(12, 9, 51);
    const std::vector<double> times{20.0, 100.0};
    std::vector<std::vector<Snapshot>> courses;
    for (const std::size_t n_threads : {1U, 2U}) {
        const tbb::global_control control(tbb::global_control::max_allowed_parallelism, n_threads);
        courses.push_back(Spiking(task, 12, 9, {kTau, 0.1, 0.9, 100.0, 40.0}).course(image, times));
    }
    for (std::size_t r = 0; r < times.size(); ++r) {
        CHECK(courses[0][r].code == courses[1][r].code);
        CHECK(courses[0][r].n_spikes == courses[1][r].n_spikes);
    }
}

TEST_CASE("the course of a presentation is what its spikes say") {
    const Task task = random_task(4, 3, 3, 60);
    const Image image = random_image(9, 9, 61);
    const SpikingSettings settings{kTau, 0.1, 0.9, 80.0, 20.0};
    const Spiking network(task, 9, 9, settings);
    const std::vector<double> times{10.0, 33.0, 80.0};
    const auto course = network.course(image, times);
    const auto spikes = network.spikes(image);
    for (const Snapshot& snapshot : course) {
        std::vector<double> counts(snapshot.code.size(), 0.0);
        std::size_t n = 0;
        for (const Spike& spike : spikes) {
            if (spike.t >= snapshot.t) break;
            ++n;
            if (spike.t >= 0.25 * snapshot.t) counts[spike.neuron] += spike.is_on ? 1.0 : -1.0;
        }
        CHECK(snapshot.n_spikes == n);
        for (std::size_t i = 0; i < counts.size(); ++i)
            REQUIRE(static_cast<double>(snapshot.code[i]) ==
                    doctest::Approx(settings.q * kTau / (0.75 * snapshot.t) * counts[i]).epsilon(1e-6));
    }
    const Solution solution = network.solve(image);
    CHECK(solution.code == course.back().code);
    CHECK(solution.updates == course.back().n_spikes);
}

TEST_CASE("kernels twice as large, at twice the price, have the same spikes and half the code") {
    Task task = random_task(3, 3, 3, 21);
    const Image image = random_image(8, 8, 22);
    const auto solved = [&] {
        SolverSettings settings(sim::Params::parse("kind: spikes", "test.yaml"), task.lambda);
        settings.spiking.self_inhibition = 0.9;
        return make_solver(settings, task, image.rows, image.cols)(image);
    };
    const Solved before = solved();
    for (float& value : task.kernels.values) value *= 2.0F;
    task.lambda *= 2.0;
    const Solved after = solved();
    REQUIRE(before.course.size() == kCourse.size());
    CHECK(before.course.back().n_spikes > 0);
    for (std::size_t r = 0; r < kCourse.size(); ++r)
        CHECK(after.course[r].n_spikes == before.course[r].n_spikes);
    for (std::size_t i = 0; i < before.code.size(); ++i) CHECK(2.0F * after.code[i] == before.code[i]);
}

TEST_CASE("what cannot be simulated is refused") {
    const Task task = random_task(2, 4, 4, 70);
    const auto refuses = [&](const SpikingSettings& settings) {
        CHECK_THROWS_AS(Spiking(task, 10, 10, settings), sim::ConfigError);
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    refuses({0.0, 0.1, 0.9, 100.0, 40.0});
    refuses({kTau, 0.0, 0.9, 100.0, 40.0});
    refuses({kTau, nan, 0.9, 100.0, 40.0});
    refuses({kTau, 0.1, 1.0, 100.0, 40.0});
    refuses({kTau, 0.1, -0.1, 100.0, 40.0});
    refuses({kTau, 0.1, 0.9, 100.0, 100.0});
    refuses({kTau, 0.1, 0.9, 0.0, 0.0});

    Task other = task;
    other.lambda = -0.1;
    CHECK_THROWS_AS(Correlations(other, 10, 10), sim::ConfigError);
    other = task;
    other.stride = 3;
    CHECK_THROWS_WITH_AS(Correlations(other, 10, 10), doctest::Contains("multiple of the stride"),
                         sim::ConfigError);
    CHECK_THROWS_WITH_AS(Correlations(task, 6, 10), doctest::Contains("overlap each other twice"),
                         sim::ConfigError);
    CHECK_THROWS_AS(Correlations(task, 3, 10), sim::ConfigError);
    other = task;
    std::ranges::fill(other.kernels.kernel(1), 0.0F);
    CHECK_THROWS_WITH_AS(Correlations(other, 10, 10), doctest::Contains("kernel 1"), sim::ConfigError);

    Image image = random_image(10, 10, 71);
    const Spiking network(task, 10, 10, {});
    CHECK_THROWS_AS(network.solve(random_image(10, 9, 71)), sim::ConfigError);
    CHECK_THROWS_AS(CoordinateDescent(task, 10, 10, {}).solve(random_image(10, 9, 71)), sim::ConfigError);
    image.pixels[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(network.solve(image), sim::NumericsError);
}

TEST_CASE("an image of nothing has no spikes") {
    const Task task = random_task(2, 4, 4, 80);
    const Image image{10, 10, std::vector<float>(100, 0.0F)};
    const Solution solution = Spiking(task, 10, 10, {}).solve(image);
    CHECK(solution.updates == 0);
    CHECK(std::ranges::all_of(solution.code, [](float a) { return a == 0.0F; }));
}
