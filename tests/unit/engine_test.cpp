// The queue, the random streams, the interaction operator, the program and the loop.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/error.hpp"
#include "sim/event_queue.hpp"
#include "sim/interaction.hpp"
#include "sim/outer_products.hpp"
#include "sim/program.hpp"
#include "sim/rng.hpp"
#include "sim/simulation.hpp"
#include "tests/cells.hpp"

TEST_CASE("the event queue gives neurons by (time, neuron) whatever was done to it") {
    sim::Stream random(1, sim::Purpose::test, 0);
    sim::EventQueue queue(50);
    std::map<std::uint32_t, double> twin;
    for (int step = 0; step < 20000; ++step) {
        const auto neuron = static_cast<std::uint32_t>(random.below(50));
        if (random.uniform() < 0.7) {
            const double t = static_cast<double>(random.below(20));  // many ties
            queue.set(neuron, t);
            twin[neuron] = t;
        } else {
            queue.remove(neuron);
            twin.erase(neuron);
        }
        REQUIRE(queue.empty() == twin.empty());
        if (twin.empty()) continue;
        const auto first = *std::min_element(twin.begin(), twin.end(), [](const auto& x, const auto& y) {
            return std::pair{x.second, x.first} < std::pair{y.second, y.first};
        });
        REQUIRE(queue.top().neuron == first.first);
        REQUIRE(queue.top().t == first.second);
    }
}

TEST_CASE("random streams: same arguments same draws, others independent, moments right") {
    sim::Stream x(7, sim::Purpose::training, 3), same(7, sim::Purpose::training, 3),
        other(7, sim::Purpose::training, 4), purpose(7, sim::Purpose::held_out, 3);
    int equal_other = 0, equal_purpose = 0;
    for (int k = 0; k < 1000; ++k) {
        const auto bits = x.bits();
        CHECK(bits == same.bits());
        equal_other += bits == other.bits();
        equal_purpose += bits == purpose.bits();
    }
    CHECK(equal_other <= 1);
    CHECK(equal_purpose <= 1);
    sim::Stream stream(1, sim::Purpose::test, 0);
    double mean = 0.0, square = 0.0, uniform = 0.0;
    constexpr int n = 200000;
    for (int k = 0; k < n; ++k) {
        const double z = stream.normal();
        mean += z / n;
        square += z * z / n;
        uniform += stream.uniform() / n;
    }
    CHECK(std::abs(mean) < 5.0 / std::sqrt(n));  // five standard errors
    CHECK(std::abs(square - 1.0) < 5.0 * std::sqrt(2.0 / n));
    CHECK(std::abs(uniform - 0.5) < 5.0 / std::sqrt(12.0 * n));
}

TEST_CASE("an interaction stored by runs is the matrix it was made from") {
    sim::Stream random(2, sim::Purpose::test, 0);
    const std::size_t n = 30;
    std::vector<std::vector<std::uint32_t>> neighbours(n);
    Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(30, 30);
    for (std::uint32_t i = 0; i < n; ++i)
        for (std::uint32_t j = 0; j <= i; ++j)
            if (i == j || random.uniform() < 0.4) {
                Q(i, j) = Q(j, i) = static_cast<double>(static_cast<float>(random.normal()));
                neighbours[i].push_back(j);
                if (i != j) neighbours[j].push_back(i);
            }
    for (auto& list : neighbours) std::sort(list.begin(), list.end());
    sim::Interaction local = sim::Interaction::local(n, [&](std::size_t j) { return neighbours[j]; });
    for (std::size_t j = 0; j < n; ++j) {
        const Eigen::VectorXf column = Q.col(static_cast<Eigen::Index>(j)).cast<float>();
        local.set(j, 0, {column.data(), 11});  // in pieces, as tiles write it
        local.set(j, 11, {column.data() + 11, 19});
    }
    const sim::Interaction dense = sim::Interaction::dense(Q);
    std::vector<double> x(n);
    for (double& element : x) element = random.normal();
    for (std::size_t j = 0; j < n; ++j) {
        double sum = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            const double expected = Q(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
            CHECK(local(i, j) == expected);
            CHECK(dense(i, j) == expected);
            sum += expected * x[i];
        }
        CHECK(local.column_dot(j, x) == doctest::Approx(sum));
        CHECK(dense.column_dot(j, x) == doctest::Approx(sum));
        CHECK(local.diagonal(j) == Q(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(j)));
    }
    CHECK(local.n_weights() < dense.n_weights());
    local.add(3, 3, 2.0F);
    CHECK(local(3, 3) == doctest::Approx(Q(3, 3) + 2.0));
}

TEST_CASE("an interaction with twins is [G -G; -G G], stored by runs and dense") {
    constexpr std::size_t kN = 9;
    const auto reaches = [](std::size_t i, std::size_t j) { return (i + j) % 4 != 1 || i == j; };
    const auto G = [](std::size_t i, std::size_t j) {
        return 1.0F / static_cast<float>(1 + std::min(i, j)) - 0.1F * static_cast<float>(i + j);
    };
    sim::Interaction local = sim::Interaction::local(2 * kN, [&](std::size_t j) {
        std::vector<std::uint32_t> reached;
        for (const std::size_t first : {std::size_t{0}, kN})
            for (std::size_t i = 0; i < kN; ++i)
                if (reaches(i, j % kN)) reached.push_back(static_cast<std::uint32_t>(first + i));
        return reached;
    });
    sim::Interaction dense = sim::Interaction::dense(2 * kN);
    for (sim::Interaction* Q : {&local, &dense}) {
        for (std::size_t j = 0; j < kN; ++j) {
            CHECK(Q->greatest_excitation(kN + j) == 0.0F);
            for (std::size_t i = 0; i < kN; ++i) {
                const float value = G(i, j);
                Q->set(j, i, {&value, 1});
            }
        }
        Q->fill_twins();
        for (std::size_t j = 0; j < 2 * kN; ++j) {
            float greatest = 0.0F;
            for (std::size_t i = 0; i < 2 * kN; ++i) {
                const bool is_there = Q == &dense || reaches(i % kN, j % kN);
                const float sign = (i < kN) == (j < kN) ? 1.0F : -1.0F;
                const float expected = is_there ? sign * G(i % kN, j % kN) : 0.0F;
                CHECK((*Q)(i, j) == static_cast<double>(expected));
                greatest = std::max(greatest, -expected);
            }
            CHECK(Q->greatest_excitation(j) == greatest);
            CHECK(Q->diagonal(j) == static_cast<double>(G(j % kN, j % kN)));
        }
    }
}

TEST_CASE("outer products equal the plain sum, for widths that fill no register") {
    sim::Stream random(3, sim::Purpose::test, 0);
    for (const auto& [rows, m, n] : {std::tuple{7, 5, 3}, {64, 64, 100}, {1, 33, 31}, {169, 40, 64}}) {
        sim::Panel A(static_cast<std::size_t>(rows), static_cast<std::size_t>(m)),
            B(static_cast<std::size_t>(rows), static_cast<std::size_t>(n));
        for (std::size_t p = 0; p < A.rows(); ++p) {
            for (int i = 0; i < m; ++i) A.row(p)[i] = static_cast<float>(random.normal());
            for (int j = 0; j < n; ++j) B.row(p)[j] = static_cast<float>(random.normal());
        }
        const sim::Panel C = sim::outer_products(A, B);
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < n; ++j) {
                double sum = 0.0;
                for (std::size_t p = 0; p < A.rows(); ++p)
                    sum += static_cast<double>(A.row(p)[i]) * static_cast<double>(B.row(p)[j]);
                CHECK(static_cast<double>(C.row(static_cast<std::size_t>(i))[j]) ==
                      doctest::Approx(sum).epsilon(1e-5));
            }
    }
}

TEST_CASE("energy, KKT residual and optimum of a program by hand") {
    // Q = [2 1; 1 2], c = b - lambda = (3, 1): the second neuron is silent, a = (1.5, 0), E = -2.25
    Eigen::MatrixXd Q(2, 2);
    Q << 2, 1, 1, 2;
    const sim::Program program{sim::Interaction::dense(Q), {0.5, 0.5}};
    const std::vector<double> b{3.5, 1.5}, a{1.5, 0.0};
    CHECK(sim::energy(program, b, a) == doctest::Approx(-2.25));
    CHECK(sim::kkt_residual(program, b, a) == doctest::Approx(0.0));
    CHECK(sim::kkt_residual(program, b, std::vector<double>{1.0, 0.0}) == doctest::Approx(1.0));
    const auto best = sim::optimum(program, b);
    CHECK(best[0] == doctest::Approx(1.5).epsilon(1e-6));
    CHECK(best[1] == 0.0);
    CHECK_THROWS_AS(sim::optimum(program, b, 1e-12, 1), sim::NumericsError);
}

TEST_CASE("the optimum is found where fields are nearly alike, and where Q has no inverse") {
    // 24 points on half a circle, more than the three dimensions of their Gram matrix + 3 have; neighbours are .008 apart.
    constexpr Eigen::Index n = 24;
    Eigen::MatrixXd Phi(2, n);
    for (Eigen::Index j = 0; j < n; ++j)
        Phi.col(j) << std::cos(0.008 * static_cast<double>(j)), std::sin(0.008 * static_cast<double>(j));
    const Eigen::MatrixXd Q = (Phi.transpose() * Phi).array() + 3.0;
    const sim::Program program{sim::Interaction::dense(Q), std::vector<double>(n, 0.01)};
    for (int k = 0; k < 20; ++k) {
        const Eigen::Vector2d s = 1.2 * Phi.col(k) + 0.05 * Eigen::Vector2d(std::sin(k), std::cos(2.0 * k));
        const Eigen::VectorXd b = (Phi.transpose() * s).array() + 3.0;
        const auto best = sim::optimum(program, {b.data(), n}, 1e-6, 1000);  // sweeps alone take over 100 000
        CHECK(sim::kkt_residual(program, {b.data(), n}, best) <= 2e-6);
        CHECK(*std::ranges::min_element(best) >= 0.0);
    }
}

namespace {

/// Fires at given times; remembers what happened to it.
class Scripted final : public test::Stub {
  public:
    Scripted(std::vector<double> times, std::vector<std::string>& log, std::string name)
        : times_(std::move(times)), log_(log), name_(std::move(name)) {}
    std::optional<sim::Spike> next_spike(sim::Time t_end) override {
        if (times_.empty() || times_.front() >= t_end) return std::nullopt;
        return sim::Spike{times_.front(), 0, 5};
    }
    void fire(const sim::Spike& spike) override {
        log_.push_back(name_ + std::to_string(static_cast<int>(spike.t)));
        times_.erase(times_.begin());
    }
    void advance(sim::Time t) override { log_.push_back(name_ + "@" + std::to_string(static_cast<int>(t))); }

  private:
    std::vector<double> times_;
    std::vector<std::string>& log_;
    std::string name_;
};

}  // namespace

TEST_CASE("the loop runs spikes by time, then population, and brings all to the end") {
    std::vector<std::string> log;
    sim::Simulation simulation;
    simulation.add(std::make_unique<Scripted>(std::vector<double>{1, 3, 9}, log, "a"));
    simulation.add(std::make_unique<Scripted>(std::vector<double>{1, 2, 3}, log, "b"));
    simulation.run_until(5.0);
    CHECK(log == std::vector<std::string>{"a1", "b1", "b2", "a3", "b3", "a@5", "b@5"});
    CHECK(simulation.now() == 5.0);
    CHECK(simulation.spikes().size() == 5);
    CHECK(simulation.spikes()[2].population == 1);
    simulation.run_until(10.0);
    CHECK(log.at(7) == "a9");
}
