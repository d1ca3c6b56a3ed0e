// The event-driven spiking LCA against a clocked twin that shares no code with it, and against its own
// equations.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/verification/problems.hpp"
#include "tests/verification/slow_twin.hpp"

namespace {

constexpr double kTau = 10.0;

twin::Problem for_twin(const problems::Problem& problem, double q) {
    const std::size_t n = problem.b.size();
    twin::Problem result{{}, problem.b, problem.program.lambda, kTau, q * kTau};
    for (std::size_t i = 0; i < n; ++i) {
        result.Q.emplace_back(n);
        for (std::size_t j = 0; j < n; ++j) result.Q[i][j] = problem.program.Q(i, j);
    }
    return result;
}

/// Spike times by neuron.
template <class Spikes>
std::map<int, std::vector<double>> by_neuron(const Spikes& spikes) {
    std::map<int, std::vector<double>> times;
    for (const auto& spike : spikes) times[static_cast<int>(spike.neuron)].push_back(spike.t);
    return times;
}

struct Difference {
    bool same_neurons_and_counts = false;
    double largest = 0.0;  // of spike times [ms]
    double mean = 0.0;
    std::size_t out_of_order =
        0;  // pairs of successive spikes further apart than the step, in another order in the twin
};

Difference compare(const std::vector<sim::Spike>& spikes, const std::vector<twin::Spike>& other,
                   double step) {
    const auto mine = by_neuron(spikes), theirs = by_neuron(other);
    Difference result;
    result.same_neurons_and_counts =
        mine.size() == theirs.size() &&
        std::equal(mine.begin(), mine.end(), theirs.begin(), [](const auto& x, const auto& y) {
            return x.first == y.first && x.second.size() == y.second.size();
        });
    if (!result.same_neurons_and_counts) return result;
    for (const auto& [neuron, times] : mine)
        for (std::size_t k = 0; k < times.size(); ++k) {
            const double difference = std::abs(times[k] - theirs.at(neuron)[k]);
            result.largest = std::max(result.largest, difference);
            result.mean += difference / static_cast<double>(spikes.size());
        }
    std::map<int, std::size_t> seen;
    double twin_before = -1.0, before = -1.0;
    for (const sim::Spike& spike : spikes) {
        const int neuron = static_cast<int>(spike.neuron);
        const double twin_t = theirs.at(neuron)[seen[neuron]++];
        if (spike.t - before > step && twin_t <= twin_before) ++result.out_of_order;
        before = spike.t;
        twin_before = twin_t;
    }
    return result;
}

void check_against_twin(const problems::Problem& problem, double q, double T, const std::string& more = "",
                        double v_floor = -std::numeric_limits<double>::infinity(), double t_ref = 0.0) {
    constexpr double kStep = 1e-4 * kTau;
    const auto outcome = problems::run(problem, "slca", fmt::format("q: {} tau{}", q, more), T, 0.3 * T);
    twin::Problem slow = for_twin(problem, q);
    slow.v_floor = v_floor;
    slow.t_ref = t_ref;
    const auto coarse = compare(outcome.spikes, twin::simulate(slow, T, kStep), kStep);
    const auto fine = compare(outcome.spikes, twin::simulate(slow, T, 0.5 * kStep), 0.5 * kStep);
    fmt::print(
        "  {:34} {:5} spikes; from the twin at most {:.1e} steps, at half the step {:.1e}; mean falls {:.1f} "
        "times\n",
        problem.name + more, outcome.spikes.size(), coarse.largest / kStep, 2.0 * fine.largest / kStep,
        coarse.mean / fine.mean);
    INFO(problem.name, more);
    CHECK(outcome.spikes.size() >= 10);
    REQUIRE(coarse.same_neurons_and_counts);
    REQUIRE(fine.same_neurons_and_counts);
    CHECK(coarse.largest <= kStep);
    CHECK(fine.largest <= 0.5 * kStep);
    CHECK(coarse.out_of_order == 0);
    CHECK(fine.out_of_order == 0);
    CHECK(coarse.mean / fine.mean > 1.8);  // at least halves
}

}  // namespace

TEST_CASE("spike trains equal those of the slow twin") {
    fmt::print("spike trains against the clocked twin, step 1e-4 tau:\n");
    std::uint64_t seed = 1;
    for (const std::size_t N : {20, 50, 120, 250, 500})
        check_against_twin(problems::dense(N, N / 2, 0.1, seed++), 0.1, 60.0);
    for (const double kappa : {0.0, 1.0, 5.0, 20.0})
        check_against_twin(problems::sheet(14, 16, kappa, 1.0, 0.03, seed++), 0.05, 60.0);
    check_against_twin(problems::sheet(20, 20, 2.0, 2.0, 0.03, seed++), 0.02, 40.0);
}

TEST_CASE("spike trains equal the twin's with a floor and with a refractory time") {
    check_against_twin(problems::dense(60, 30, 0.1, 21), 0.1, 60.0, ", floor: true, v_floor: 0 ms", 0.0);
    check_against_twin(problems::dense(60, 30, 0.1, 22), 0.1, 60.0, ", floor: true, v_floor: -0.5 ms", -0.5);
    check_against_twin(problems::dense(60, 30, 0.1, 23), 0.1, 60.0, ", t_ref: 1.5 ms",
                       -std::numeric_limits<double>::infinity(), 1.5);
    check_against_twin(problems::sheet(10, 10, 5.0, 1.0, 0.03, 24), 0.05, 60.0, ", floor: true, t_ref: 1 ms",
                       0.0, 1.0);
}

TEST_CASE("every spike is on its threshold") {
    // v is rebuilt for each spike from the equations and the times of all spikes before it.
    double worst = 0.0;
    std::size_t n_spikes = 0;
    const double q = 0.05 * kTau;
    for (std::uint64_t seed = 31; seed < 37; ++seed) {
        const auto problem = seed % 2 == 0 ? problems::dense(200, 100, 0.1, seed)
                                           : problems::sheet(12, 12, 10.0, 1.5, 0.02, seed);
        const auto spikes = problems::run(problem, "slca", "q: 0.05 tau", 400.0, 100.0).spikes;
        n_spikes += spikes.size();
        std::map<std::uint32_t, double> fired;  // q d_i n_i before the spike
        for (std::size_t k = 0; k < spikes.size(); ++k) {
            const std::uint32_t i = spikes[k].neuron;
            const double t = spikes[k].t, d = problem.program.Q(i, i);
            double v = (problem.b[i] - problem.program.lambda[i]) * t - fired[i];
            for (std::size_t other = 0; other < k; ++other)
                if (spikes[other].neuron != i)
                    v += q * problem.program.Q(i, spikes[other].neuron) *
                         std::expm1(-(t - spikes[other].t) / kTau);
            worst = std::max(worst, std::abs(v - q * d) / (q * d));
            fired[i] += q * d;
        }
    }
    fmt::print("threshold crossings: |v - q d| <= {:.1e} q d over {} spikes\n", worst, n_spikes);
    CHECK(n_spikes > 1000);
    CHECK(worst <= 1e-10);
}

TEST_CASE("neurons that tie fire together, in order of id") {
    Eigen::MatrixXd Q = Eigen::MatrixXd::Identity(3, 3);
    const problems::Problem problem{"ties", {sim::Interaction::dense(Q), {0.1, 0.1, 0.1}}, {1.0, 1.0, 1.0}};
    const auto spikes = problems::run(problem, "slca", "q: 0.1 tau", 20.0, 1.0).spikes;
    REQUIRE(spikes.size() > 3);
    for (std::size_t k = 0; k < spikes.size(); ++k) {
        CHECK(spikes[k].neuron == k % 3);
        CHECK(spikes[k].t == doctest::Approx(static_cast<double>(k / 3 + 1) * 1.0 / 0.9).epsilon(1e-12));
    }
}

TEST_CASE("a presentation cut in pieces is the same presentation") {
    const auto problem = problems::dense(100, 50, 0.1, 41);
    const auto whole = problems::run(problem, "slca", "q: 0.1 tau", 100.0, 1.0);
    const auto cut = problems::run(problem, "slca", "q: 0.1 tau", 100.0, 61.7);
    REQUIRE(whole.spikes.size() == cut.spikes.size());
    for (std::size_t k = 0; k < whole.spikes.size(); ++k) {
        CHECK(whole.spikes[k].neuron == cut.spikes[k].neuron);
        CHECK(whole.spikes[k].t == cut.spikes[k].t);
    }
}

TEST_CASE("with carry_over a presentation goes on where the last one ended") {
    const auto problem = problems::dense(100, 50, 0.1, 42);
    for (const char* settings : {"carry_over: true", "carry_over: true, floor: true"}) {
        const auto neurons = sim::Registry<sim::Neurons>::instance().make(
            "slca", sim::Params::parse(fmt::format("slca: {{{}}}", settings), "test"), {});
        const auto present = [&](int times, double T) {
            sim::Simulation simulation;
            auto& population = simulation.add(neurons->population(problem.program));
            std::vector<sim::Spike> all;
            for (int k = 0; k < times; ++k) {
                simulation.restart();
                population.drive(problem.b);
                simulation.run_until(T);
                for (sim::Spike spike : simulation.spikes()) {
                    spike.t += k * T;
                    all.push_back(spike);
                }
            }
            return all;
        };
        const auto whole = present(1, 120.0), pieces = present(3, 40.0);
        INFO(settings);
        REQUIRE(whole.size() > 50);
        REQUIRE(whole.size() == pieces.size());
        for (std::size_t k = 0; k < whole.size(); ++k) {
            CHECK(whole[k].neuron == pieces[k].neuron);
            CHECK(whole[k].t == doctest::Approx(pieces[k].t).epsilon(1e-12));
        }
    }
}
