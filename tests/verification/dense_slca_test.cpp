// The spiking LCA on dense problems against a brute-force twin that is exact too: after each spike it asks
// every neuron for the first root of its closed form, by bisection. Small problems of every kind.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "sim/rng.hpp"
#include "tests/verification/problems.hpp"

namespace {

constexpr double kTau = 10.0;

/// u and v of a twin's neuron, and what they follow from.
struct Neuron {
    double b, lambda, theta, u, v;

    double v_after(double dt) const {
        return v + (b - lambda) * dt + (u - b) * kTau * -std::expm1(-dt / kTau);
    }
    double u_after(double dt) const { return b + (u - b) * std::exp(-dt / kTau); }
};

/// Root of v = theta in [from, to], over which v rises to it.
double bisect(const Neuron& neuron, double from, double to) {
    for (int k = 0; k < 200; ++k) {
        const double middle = 0.5 * (from + to);
        (neuron.v_after(middle) < neuron.theta ? from : to) = middle;
    }
    return to;
}

/// When a neuron first gets to its threshold within `longest`; v has at most one extremum.
std::optional<double> first_crossing(const Neuron& neuron, double longest) {
    if (neuron.v >= neuron.theta * (1.0 - 1e-12)) return 0.0;
    double turn = longest;
    if ((neuron.u - neuron.lambda) * (neuron.b - neuron.lambda) < 0.0)
        turn = std::min(longest, kTau * std::log((neuron.u - neuron.b) / (neuron.lambda - neuron.b)));
    if (neuron.v_after(turn) >= neuron.theta) return bisect(neuron, 0.0, turn);
    if (neuron.v_after(longest) >= neuron.theta) return bisect(neuron, turn, longest);
    return std::nullopt;
}

/// The dense slca by brute force. It goes on from its state with each presentation, if it carries over.
class BruteForce {
  public:
    BruteForce(const sim::Program& program, double q) : program_(program), q_(q) {
        for (std::size_t i = 0; i < program.Q.size(); ++i)
            neurons_.push_back({0.0, program.lambda[i], q * program.Q(i, i), 0.0, 0.0});
    }

    void restore(const std::vector<double>& u, const std::vector<double>& v) {
        for (std::size_t i = 0; i < u.size(); ++i) {
            neurons_[i].u = u[i];
            neurons_[i].v = v[i];
        }
    }

    problems::Outcome present(const std::vector<double>& b, double T, double T0, bool carries_over) {
        for (std::size_t i = 0; i < b.size(); ++i) {
            neurons_[i].b = b[i];
            if (!carries_over) neurons_[i].u = b[i], neurons_[i].v = 0.0;
        }
        problems::Outcome outcome{{}, std::vector<double>(b.size(), 0.0)};
        run(0.0, T0, outcome.spikes);
        const std::size_t n_before = outcome.spikes.size();
        for (std::size_t i = 0; i < b.size(); ++i) outcome.a[i] = -neurons_[i].v;
        run(T0, T, outcome.spikes);
        for (std::size_t k = n_before; k < outcome.spikes.size(); ++k)
            outcome.a[outcome.spikes[k].neuron] += neurons_[outcome.spikes[k].neuron].theta;
        for (std::size_t i = 0; i < b.size(); ++i)
            outcome.a[i] = std::max(outcome.a[i] + neurons_[i].v, 0.0) / program_.Q(i, i) / (T - T0);
        return outcome;
    }

  private:
    void run(double t, double end, std::vector<sim::Spike>& spikes) {
        while (true) {
            double first = end - t;
            std::size_t who = neurons_.size();
            for (std::size_t i = 0; i < neurons_.size(); ++i) {
                const auto wait = first_crossing(neurons_[i], end - t);
                if (wait && *wait < first) first = *wait, who = i;
            }
            for (Neuron& neuron : neurons_) {
                const double v = neuron.v_after(first);
                neuron.u = neuron.u_after(first);
                neuron.v = v;
            }
            t += first;
            if (who == neurons_.size()) return;
            spikes.push_back({t, 0, static_cast<std::uint32_t>(who)});
            neurons_[who].v = 0.0;
            for (std::size_t i = 0; i < neurons_.size(); ++i)
                if (i != who) neurons_[i].u -= q_ / kTau * program_.Q(i, who);
        }
    }

    const sim::Program& program_;
    double q_;
    std::vector<Neuron> neurons_;
};

/// What a random problem is like.
struct Kind {
    const char* name;
    std::size_t N, M;
    double q;               // [tau]
    double lambda = 0.1;    // 0 to this
    double drive = 1.0;     // length of the stimulus
    double kappa = 0.0;     // coupling of neighbours on a ring: excitation
    double spread = 0.0;    // of the lengths of the atoms
    std::size_t twins = 0;  // the last neurons are like the first
    double skew = 0.0;      // Q_ij and Q_ji are so far from each other
};

/// To the bit, which Phi'Phi need not be.
void become_twins(problems::Problem& problem, std::size_t i, std::uint32_t twin) {
    sim::Interaction& Q = problem.program.Q;
    problem.program.lambda[twin] = problem.program.lambda[i];
    problem.b[twin] = problem.b[i];
    const std::vector<float> all = Q.weights();
    Q.set(twin, 0, {&all[i * Q.size()], Q.size()});
    for (std::size_t j = 0; j < Q.size(); ++j) {
        const auto same = static_cast<float>(Q(i, j));
        Q.set(j, twin, {&same, 1});
    }
}

problems::Problem make(const Kind& kind, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, kind.N);
    const auto N = static_cast<Eigen::Index>(kind.N), M = static_cast<Eigen::Index>(kind.M);
    Eigen::MatrixXd Phi(M, N);
    for (double& x : Phi.reshaped()) x = stream.normal();
    Phi.colwise().normalize();
    for (auto column : Phi.colwise()) column *= std::exp(kind.spread * stream.normal());
    const auto n_twins = static_cast<Eigen::Index>(kind.twins);
    Phi.rightCols(n_twins) = Phi.leftCols(n_twins);
    Eigen::VectorXd s(M);
    for (double& x : s) x = stream.normal();
    s *= kind.drive / s.norm();
    Eigen::MatrixXd Q = Phi.transpose() * Phi;
    for (Eigen::Index i = 0; i < N && kind.kappa > 0.0; ++i) {
        Q(i, i) += kind.kappa;
        Q((i + 1) % N, i) -= 0.5 * kind.kappa;
        Q(i, (i + 1) % N) -= 0.5 * kind.kappa;
    }
    for (Eigen::Index j = 0; j < N && kind.skew > 0.0; ++j)
        for (Eigen::Index i = 0; i < N; ++i)
            if (i != j) Q(i, j) += kind.skew * stream.normal();
    const Eigen::VectorXd b = Phi.transpose() * s;
    problems::Problem problem{kind.name, {sim::Interaction::dense(kind.N), {}}, {b.begin(), b.end()}};
    const Eigen::MatrixXf single = Q.cast<float>();
    for (std::size_t j = 0; j < kind.N; ++j)
        problem.program.Q.set(j, 0, {single.col(static_cast<Eigen::Index>(j)).data(), kind.N});
    for (std::size_t i = 0; i < kind.N; ++i) problem.program.lambda.push_back(kind.lambda * stream.uniform());
    for (std::size_t i = 0; i < kind.twins; ++i)
        become_twins(problem, i, static_cast<std::uint32_t>(kind.N - kind.twins + i));
    return problem;
}

/// Spikes are the same, in the same order, and so is the code.
void check_same(const problems::Outcome& mine, const problems::Outcome& theirs) {
    REQUIRE(mine.spikes.size() == theirs.spikes.size());
    double latest = 0.0, furthest = 0.0;
    for (std::size_t k = 0; k < mine.spikes.size(); ++k) {
        REQUIRE(mine.spikes[k].neuron == theirs.spikes[k].neuron);
        latest = std::max(latest, std::abs(mine.spikes[k].t - theirs.spikes[k].t));
    }
    for (std::size_t i = 0; i < mine.a.size(); ++i)
        furthest = std::max(furthest, std::abs(mine.a[i] - theirs.a[i]));
    CHECK(latest <= 1e-9 * kTau);
    CHECK(furthest <= 1e-10);  // rounding of v, over the time of the readout
}

}  // namespace

TEST_CASE("dense spike trains equal those of the brute-force twin") {
    const Kind kinds[] = {
        {.name = "one neuron", .N = 1, .M = 4, .q = 0.1},
        {.name = "sparse", .N = 100, .M = 40, .q = 0.1},
        {.name = "fine spikes", .N = 60, .M = 30, .q = 0.02},
        {.name = "coarse spikes", .N = 60, .M = 30, .q = 0.5},
        {.name = "very coarse spikes", .N = 20, .M = 8, .q = 3.0, .drive = 4.0},
        {.name = "no threshold", .N = 67, .M = 20, .q = 0.1, .lambda = 0.0},
        {.name = "all active", .N = 33, .M = 300, .q = 0.1, .lambda = 0.0, .drive = 20.0},
        {.name = "strong drive", .N = 80, .M = 20, .q = 0.1, .drive = 5.0},
        {.name = "coupled", .N = 50, .M = 30, .q = 0.05, .lambda = 0.03, .kappa = 2.0},
        {.name = "coupled strongly", .N = 41, .M = 30, .q = 0.02, .lambda = 0.02, .kappa = 20.0},
        {.name = "atoms of all lengths", .N = 70, .M = 30, .q = 0.2, .spread = 1.0},
        {.name = "small thresholds, strong excitation", .N = 12, .M = 5, .q = 1.0, .spread = 1.5},
        {.name = "ties", .N = 24, .M = 10, .q = 0.1, .twins = 9},
        {.name = "not symmetric", .N = 50, .M = 30, .q = 0.1, .skew = 0.05},
    };
    std::size_t n_spikes = 0, n_problems = 0;
    for (const Kind& kind : kinds)
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            const auto problem = make(kind, seed);
            INFO(std::string(kind.name), ", seed ", seed);
            const double T = std::min(20.0 * kTau, 300.0 * kind.q * kTau);
            const auto mine = problems::run(problem, "slca", fmt::format("q: {} tau", kind.q), T, 0.3 * T);
            check_same(mine,
                       BruteForce(problem.program, kind.q * kTau).present(problem.b, T, 0.3 * T, false));
            n_spikes += mine.spikes.size();
            ++n_problems;
        }
    fmt::print("dense slca against the brute-force twin: {} problems, {} spikes\n", n_problems, n_spikes);
    CHECK(n_spikes > 5000);
}

TEST_CASE("dense spike trains equal those of the brute-force twin when state carries over") {
    for (std::uint64_t seed = 11; seed <= 16; ++seed) {
        const auto problem = make({.name = "carried", .N = 60, .M = 30, .q = 0.1}, seed);
        const auto neurons = sim::Registry<sim::Neurons>::instance().make(
            "slca", sim::Params::parse("slca: {carry_over: true}", "test"), {});
        sim::Simulation simulation;
        auto& population = simulation.add(neurons->population(problem.program));
        BruteForce twin(problem.program, 0.1 * kTau);
        sim::Stream stream(seed, sim::Purpose::test, 1);
        for (int presentation = 0; presentation < 4; ++presentation) {
            auto b = problem.b;
            for (double& x : b) x = 0.5 * stream.normal();
            INFO("seed ", seed, ", presentation ", presentation);
            simulation.restart();
            population.drive(b);
            simulation.run_until(13.0);
            population.begin_readout();
            simulation.run_until(40.0);
            problems::Outcome mine{simulation.spikes(), std::vector<double>(b.size())};
            population.read_code(mine.a);
            check_same(mine, twin.present(b, 40.0, 13.0, true));
        }
    }
}

TEST_CASE("three neurons with wild weights: no spike is missed where the current turns between two others") {
    std::size_t n_spikes = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        sim::Stream stream(seed, sim::Purpose::test, 3);
        const auto between = [&](double low, double high) { return low + (high - low) * stream.uniform(); };
        problems::Problem problem{"wild", {sim::Interaction::dense(3), {}}, {}};
        for (std::uint32_t j = 0; j < 3; ++j) {
            float w[3];
            for (std::uint32_t i = 0; i < 3; ++i)  // excitation goes one way, or spikes would never end
                w[i] = static_cast<float>(between(i > j ? -1.0 : 0.0, 0.6));
            w[j] = static_cast<float>(between(0.02, 0.6));
            problem.program.Q.set(j, 0, w);
            problem.program.lambda.push_back(between(0.0, 0.2));
            problem.b.push_back(between(-0.4, 0.6));
        }
        INFO("seed ", seed);
        const auto mine = problems::run(problem, "slca", "q: 0.3 tau", 4.0 * kTau, kTau);
        check_same(mine, BruteForce(problem.program, 0.3 * kTau).present(problem.b, 4.0 * kTau, kTau, false));
        n_spikes += mine.spikes.size();
    }
    CHECK(n_spikes > 1000);
}

TEST_CASE("a spike is not missed where v is above its threshold only for a while") {
    // v of neuron 1 has a maximum of 1.003 q after 3.5 tau and is below q again when neuron 0 fires, at 4.5
    // tau. A parabola through its start would be later still.
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca", sim::Params::parse("slca: {q: 10 tau, carry_over: true}", "test"), {});
    const sim::Program program{sim::Interaction::dense(Eigen::MatrixXd::Identity(2, 2)), {0.0, 0.0}};
    const std::vector<double> u{100.0 / 45.0, 11.252}, v{0.0, 0.0}, b{u[0], -0.348};
    sim::Simulation simulation;
    auto& population = simulation.add(neurons->population(program));
    population.restore(std::vector<double>{u[0], u[1], v[0], v[1]});
    population.drive(b);
    simulation.run_until(100.0);
    problems::Outcome mine{simulation.spikes(), std::vector<double>(2)};
    population.read_code(mine.a);
    BruteForce twin(program, 10.0 * kTau);
    twin.restore(u, v);
    const auto theirs = twin.present(b, 100.0, 0.0, true);
    REQUIRE(theirs.spikes.size() > 1);
    CHECK(theirs.spikes[0].neuron == 1);
    check_same(mine, theirs);
}

TEST_CASE("weights that change between presentations are the ones that count") {
    auto problem = make({.name = "changed", .N = 60, .M = 30, .q = 0.1}, 21);
    const auto other = make({.name = "changed", .N = 60, .M = 20, .q = 0.1, .kappa = 3.0}, 22);
    problem.program.Q.restore(sim::Interaction::dense(Eigen::MatrixXd::Identity(60, 60)).weights());
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca", sim::Params::parse("slca: {q: 0.1 tau}", "test"), {});
    sim::Simulation simulation;
    auto& population = simulation.add(neurons->population(problem.program));
    for (const bool changed : {false, true}) {
        if (changed) problem.program.Q.restore(other.program.Q.weights());
        simulation.restart();
        population.drive(problem.b);
        simulation.run_until(100.0);
        problems::Outcome mine{simulation.spikes(), std::vector<double>(60)};
        population.read_code(mine.a);
        check_same(mine, BruteForce(problem.program, 0.1 * kTau).present(problem.b, 100.0, 0.0, false));
    }
}

TEST_CASE("the greatest excitation of a column follows its weights, however they are set") {
    Eigen::MatrixXd Q = Eigen::MatrixXd::Identity(4, 4);
    Q(2, 1) = Q(1, 2) = -0.5;
    sim::Interaction all = sim::Interaction::dense(Q);
    CHECK(all.is_dense());
    CHECK(all.greatest_excitation(0) == 0.0F);
    CHECK(all.greatest_excitation(1) == 0.5F);
    const float value = -0.75F;
    all.set(1, 3, {&value, 1});
    CHECK(all.greatest_excitation(1) == 0.75F);
    all.add(3, 1, 0.5F);
    CHECK(all.greatest_excitation(1) == 0.5F);
    all.weights(all.runs(1)[0])[0] = -2.0F;
    CHECK(all.greatest_excitation(1) == 2.0F);
    CHECK(all.greatest_excitation(2) == 0.5F);
    all.restore(sim::Interaction::dense(Q).weights());
    CHECK(all.greatest_excitation(1) == 0.5F);
    all.set_dense(std::vector<float>(16, -1.0F));
    CHECK(all.greatest_excitation(3) == 1.0F);
    const std::vector<std::vector<std::uint32_t>> lists{{0, 1}, {0, 1}, {2}};
    CHECK_FALSE(sim::Interaction::local(3, [&](std::size_t j) { return lists[j]; }).is_dense());
}
