// What every component must do, whichever it is: a new one is tested the day it appears.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/error.hpp"
#include "sim/plasticity.hpp"
#include "sim/population.hpp"
#include "sim/rng.hpp"
#include "sim/simulation.hpp"
#include "sim/stimulus.hpp"

namespace {

template <class Base>
void check_described() {
    CHECK_FALSE(sim::Registry<Base>::instance().entries().empty());
    for (const auto& [name, entry] : sim::Registry<Base>::instance().entries()) {
        INFO(name);
        CHECK_FALSE(entry.doc.empty());
        const sim::Params p = sim::Params::describing(name);
        entry.read(p);
        for (const sim::KeyInfo& key : p.keys()) {
            INFO(key.key);
            CHECK_FALSE(key.doc.empty());
        }
    }
}

/// A small problem: random atoms, a random stimulus.
struct Problem {
    sim::Program program;
    std::vector<double> b;
};

Problem problem(Eigen::Index N) {
    sim::Stream stream(11, sim::Purpose::test, 0);
    Eigen::MatrixXd Phi(N / 2, N);
    for (double& x : Phi.reshaped()) x = stream.normal();
    Phi.colwise().normalize();
    Eigen::VectorXd s(N / 2);
    for (double& x : s) x = stream.normal();
    const Eigen::VectorXd b = Phi.transpose() * s.normalized();
    return {{sim::Interaction::dense(Phi.transpose() * Phi),
             std::vector<double>(static_cast<std::size_t>(N), 0.1)},
            {b.begin(), b.end()}};
}

std::vector<double> code(const sim::Neurons& neurons, const Problem& problem,
                         const std::vector<double>& stops) {
    sim::Simulation simulation;
    simulation.add(neurons.population(problem.program));
    simulation.population(0).drive(problem.b);
    for (const double t : stops) simulation.run_until(t);
    std::vector<double> a(problem.b.size());
    simulation.population(0).read_code(a);
    return a;
}

}  // namespace

TEST_CASE("every component says what it is and what its keys mean") {
    check_described<sim::Neurons>();
    check_described<sim::Plasticity>();
    check_described<sim::Stimulus>();
}

TEST_CASE("every kind of neuron") {
    const Problem given = problem(40);
    for (const auto& [name, entry] : sim::Registry<sim::Neurons>::instance().entries()) {
        INFO(name);
        const auto neurons = entry.make(sim::Params::parse("", "test"), {});
        CHECK(neurons->name() == name);

        const auto whole = code(*neurons, given, {200.0}), halves = code(*neurons, given, {83.0, 200.0});
        for (std::size_t i = 0; i < whole.size(); ++i)
            CHECK(whole[i] == doctest::Approx(halves[i]).epsilon(1e-4));

        // it solves the program it is given, roughly
        CHECK(sim::kkt_residual(given.program, given.b, code(*neurons, given, {2000.0})) < 0.02);

        Problem silent = given;
        std::fill(silent.b.begin(), silent.b.end(), 0.0);
        for (const double a : code(*neurons, silent, {100.0})) CHECK(a == 0.0);

        Problem broken = given;
        broken.b[7] = std::nan("");
        CHECK_THROWS_WITH_AS(code(*neurons, broken, {10.0}), doctest::Contains("neuron 7"),
                             sim::NumericsError);

        const auto population = neurons->population(given.program);
        population->drive(given.b);
        const auto next = population->next_spike(50.0), again = population->next_spike(50.0);
        CHECK(next.has_value() == again.has_value());
        if (next) {
            CHECK(next->t == again->t);
            CHECK(next->neuron == again->neuron);
            CHECK(next->t >= 0.0);
        }
    }
}

TEST_CASE("every rule of plasticity keeps unit norms, and learns nothing from silence") {
    const sim::Sheet sheet(5, 6, sim::Boundary::open);
    for (const auto& [name, entry] : sim::Registry<sim::Plasticity>::instance().entries()) {
        INFO(name);
        const auto rule = entry.make(sim::Params::parse("", "test"), {sheet, 10});
        sim::Dictionary dictionary(sheet, {9, 9, 2.0, 5.0});
        dictionary.randomise(1);
        const auto before = dictionary.fields();
        const Eigen::MatrixXf residual = Eigen::MatrixXf::Random(81, 4);
        rule->learn(0, residual, Eigen::MatrixXf::Zero(30, 4), dictionary);
        CHECK(dictionary.fields() == before);
        rule->learn(0, residual, Eigen::MatrixXf::Random(30, 4).cwiseMax(0.0F), dictionary);
        const auto after = dictionary.fields();
        CHECK(after != before);
        for (Eigen::Index n = 0; n < 30; ++n)
            CHECK(Eigen::Map<const Eigen::VectorXf>(after.data() + 81 * n, 81).norm() ==
                  doctest::Approx(1.0).epsilon(1e-5));
    }
}

TEST_CASE("every stimulus that needs no file is a pure function of set and index") {
    for (const auto& [name, entry] : sim::Registry<sim::Stimulus>::instance().entries()) {
        const sim::Params described = sim::Params::describing(name);
        entry.read(described);
        const auto& keys = described.keys();
        if (std::any_of(keys.begin(), keys.end(),
                        [](const sim::KeyInfo& key) { return key.default_value.empty(); }))
            continue;
        INFO(name);
        const auto one = entry.make(sim::Params::parse("", "test"), {3, 12, 10}),
                   other = entry.make(sim::Params::parse("", "test"), {3, 12, 10});
        std::vector<float> x(120), y(120);
        std::vector<double> shown(one->columns().size()), shown_again(shown.size());
        for (const std::uint64_t index : {5ULL, 0ULL, 1000ULL, 5ULL}) {
            one->frame(sim::FrameSet::training, index, x, shown);
            other->frame(sim::FrameSet::training, 77, y, shown_again);  // whatever was asked before
            other->frame(sim::FrameSet::training, index, y, shown_again);
            CHECK(x == y);
            CHECK(shown == shown_again);
            for (const float pixel : x) CHECK(std::isfinite(pixel));
        }
        CHECK_FALSE(one->summary().empty());
    }
}
