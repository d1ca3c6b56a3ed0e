// The spiking LCA with a falling threshold against a twin that knows only its definition: after each spike the twin
// forms g = b - lambda - Q a anew, in double precision, and looks at every neuron. The engine keeps g in single
// precision, so that of two neurons that are equally far to five or six digits either may fire first: the twin takes the
// engine's choice, if it is one of these.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.hpp"
#include "sim/program.hpp"
#include "sim/rng.hpp"
#include "tests/verification/problems.hpp"

namespace {

constexpr double kTau = 10.0, kSingle = 2e-6;

struct Setting {
    double q0, k, q_end;
    double T() const { return kTau * std::log(q0 / q_end); }
    std::string text() const { return fmt::format("tau: {} ms, q0: {}, k: {}", kTau, q0, k); }
};

class Twin {
  public:
    Twin(const problems::Problem& problem, const Setting& setting)
        : problem_(problem), setting_(setting), a_(problem.b.size(), 0.0) {}

    double d(std::size_t i) const { return problem_.program.Q(i, i); }
    double energy() const { return sim::energy(problem_.program, problem_.b, a_); }

    /// g_i / d_i, what is missing, or below 0 too much; 0 where nothing can be taken back.
    std::vector<double> off() const {
        std::vector<double> w(a_.size());
        for (std::size_t i = 0; i < w.size(); ++i) {
            double g = problem_.b[i] - problem_.program.lambda[i];
            for (std::size_t j = 0; j < w.size(); ++j)
                if (a_[j] != 0.0) g -= problem_.program.Q(i, j) * a_[j];
            w[i] = g > 0.0 || a_[i] > 0.0 ? g / d(i) : 0.0;
        }
        return w;
    }
    static double largest(const std::vector<double>& w) {
        double most = 0.0;
        for (const double x : w) most = std::max(most, std::abs(x));
        return most;
    }

    /// The engine's spike is the one that is due, at its time and of its amount; it happens.
    void follow(const sim::Spike& spike) {
        const std::vector<double> w = off();
        const double far = std::abs(w[spike.neuron]), scale = kSingle * (1.0 + far);
        CHECK(far >= largest(w) - scale);
        const double due = kTau * std::log(setting_.k * setting_.q0 / far);
        const double tolerance = kTau * scale / far;
        CHECK(spike.t >= now_);
        CHECK(std::abs(spike.t - std::max(now_, due)) <= tolerance);
        now_ = spike.t;
        const double q = setting_.q0 * std::exp(-now_ / kTau);
        const bool takes_back = w[spike.neuron] < 0.0;
        const double amount = takes_back ? -std::min(q, a_[spike.neuron]) : q;
        CHECK(spike.amount == doctest::Approx(amount).epsilon(kSingle * (1.0 + 1.0 / far)));
        const double before = energy();
        a_[spike.neuron] = std::max(a_[spike.neuron] + spike.amount, 0.0);
        if (a_[spike.neuron] < 1e-12) a_[spike.neuron] = 0.0;
        const double lowered = before - energy(), whole = q * q * d(spike.neuron) * (setting_.k - 0.5);
        CHECK(lowered > 0.0);
        const bool is_whole = !takes_back || -spike.amount >= q * (1.0 - 1e-9);
        if (is_whole) CHECK(lowered >= whole * (1.0 - 1e-3) - scale * q);
        (is_whole ? n_whole : n_cleared) += 1;
    }

    const std::vector<double>& a() const { return a_; }
    std::size_t n_whole = 0, n_cleared = 0;

  private:
    const problems::Problem& problem_;
    Setting setting_;
    std::vector<double> a_;
    double now_ = 0.0;
};

/// Everything that is promised, on one problem. returns relE
double check(const problems::Problem& problem, const Setting& setting) {
    CAPTURE(problem.name);
    CAPTURE(setting.text());
    const auto outcome = problems::run(problem, "slca_falling", setting.text(), setting.T(), 0.0);
    Twin twin(problem, setting);
    const double start = twin.energy();
    double least_d = twin.d(0);
    for (std::size_t i = 0; i < problem.b.size(); ++i) least_d = std::min(least_d, twin.d(i));
    for (const sim::Spike& spike : outcome.spikes) twin.follow(spike);
    for (std::size_t i = 0; i < problem.b.size(); ++i)
        CHECK(outcome.a[i] == doctest::Approx(twin.a()[i]).epsilon(1e-9));
    // No condition of the optimum is violated by more than the threshold.
    const std::vector<double> w = twin.off();
    CHECK(Twin::largest(w) <= setting.k * setting.q_end * (1.0 + 1e-9) + kSingle);
    // Spikes are bounded by the energy there is to lose; what clears a neuron follows a spike that made it active.
    const double least = sim::energy(problem.program, problem.b, sim::optimum(problem.program, problem.b));
    CHECK(static_cast<double>(twin.n_whole) <=
          (start - least) / (least_d * (setting.k - 0.5) * setting.q_end * setting.q_end));
    CHECK(twin.n_cleared <= twin.n_whole);
    CHECK(outcome.spikes.size() > 5);
    const double gap = (twin.energy() - least) / std::abs(least);
    CHECK(gap >= -1e-9);
    return gap;
}

}  // namespace

TEST_CASE(
    "falling threshold: every spike is the one that is due, lowers the energy, and the end is near the "
    "optimum") {
    double worst = 0.0;
    std::size_t n = 0;
    for (const Setting& setting : {Setting{1.0, 0.7, 2e-3}, {0.05, 0.6, 2e-3}, {0.3, 1.0, 1e-3}})
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            worst = std::max(worst, check(problems::dense(64, 24, 0.1, seed), setting));    // whole blocks
            worst = std::max(worst, check(problems::dense(100, 30, 0.05, seed), setting));  // not
            worst = std::max(worst, check(problems::sheet(12, 14, 0.0, 1.0, 0.1, seed), setting));
            worst = std::max(worst, check(problems::sheet(30, 33, 0.5, 1.2, 0.1, seed), setting));
            n += 4;
        }
    MESSAGE("falling threshold: ", n, " problems, largest (E - E*)/|E*| ", worst);
    CHECK(worst < 0.02);
}

TEST_CASE("falling threshold: what runs by itself says the same to the bit as spike by spike") {
    const Setting setting{0.3, 0.7, 2e-3};
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca_falling", sim::Params::parse("slca_falling: {" + setting.text() + "}", "test"), {});
    for (const problems::Problem& problem :
         {problems::dense(64, 24, 0.1, 4), problems::dense(100, 30, 0.05, 4),
          problems::sheet(12, 14, 0.0, 1.0, 0.1, 4), problems::sheet(30, 33, 0.5, 1.2, 0.1, 4)}) {
        CAPTURE(problem.name);
        const auto apart = neurons->population(problem.program), whole = neurons->population(problem.program);
        std::vector<sim::Spike> one_by_one, all;
        apart->drive(problem.b);
        while (const auto spike = apart->next_spike(setting.T())) {
            apart->fire(*spike);
            one_by_one.push_back(*spike);
        }
        whole->drive(problem.b);
        for (const sim::Time end : {0.4 * setting.T(), setting.T()})  // in stretches, and those in pieces
            while (!whole->run(end, 3, all)) CHECK(all.back().t < end);
        REQUIRE(all.size() == one_by_one.size());
        CHECK(all.size() > 5);
        for (std::size_t k = 0; k < all.size(); ++k) {
            CHECK(all[k].t == one_by_one[k].t);
            CHECK(all[k].neuron == one_by_one[k].neuron);
            CHECK(all[k].amount == one_by_one[k].amount);
        }
    }
}

TEST_CASE("falling threshold: what falls further comes nearer, with the square of the quantum") {
    const auto problem = problems::dense(64, 24, 0.1, 9);
    std::vector<double> q_end, gap;
    for (const double q : {2e-2, 5e-3, 1.25e-3}) {
        q_end.push_back(q);
        gap.push_back(check(problem, {1.0, 0.7, q}));
    }
    CHECK(problems::log_log_slope(q_end, gap) > 1.0);
}

TEST_CASE("falling threshold: a new frame starts the quantum anew from the code there is") {
    const auto first = problems::dense(64, 24, 0.1, 3);
    const Setting setting{1.0, 0.7, 1e-3};
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca_falling", sim::Params::parse("slca_falling: {" + setting.text() + "}", "test"), {});
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons->population(first.program));
    population.drive(first.b);
    simulation.run_until(setting.T());
    const std::size_t n_first = simulation.spikes().size();
    // The same frame again: the code is there, and nothing is said.
    simulation.act(0, [&](sim::Population& p) { p.set_currents(first.b, setting.T()); });
    simulation.run_until(2.0 * setting.T() - 1e-9);
    CHECK(simulation.spikes().size() == n_first);
    // Another one: its optimum is reached from there.
    std::vector<double> b = first.b;
    std::ranges::reverse(b);
    const double t = 2.0 * setting.T();
    simulation.run_until(t);
    simulation.act(0, [&](sim::Population& p) { p.set_currents(b, t); });
    simulation.run_until(t + setting.T());
    std::vector<double> a(b.size());
    population.read_code(a);
    CHECK(sim::kkt_residual(first.program, b, a) <= setting.k * setting.q_end * (1.0 + 1e-9) + kSingle);
    CHECK(simulation.spikes().size() > n_first + 5);
}

TEST_CASE(
    "falling threshold: what arrives late in a frame is said in spikes of what is missing, and is coded") {
    auto problem = problems::dense(64, 100, 0.1, 5);  // Q > 0: whatever arrives, there is an optimum
    const Setting setting{1.0, 0.7, 1e-6};
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca_falling", sim::Params::parse("slca_falling: {" + setting.text() + "}", "test"), {});
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons->population(problem.program));
    population.drive(problem.b);
    simulation.run_until(setting.T());
    const std::size_t n_of_drive = simulation.spikes().size();
    simulation.act(0, [&](sim::Population& p) { p.receive(4, 0.3, setting.T()); });
    simulation.run_until(2.0 * setting.T());
    const auto& spikes = simulation.spikes();
    REQUIRE(spikes.size() > n_of_drive);
    CHECK(std::abs(spikes[n_of_drive].amount) < 0.3 / 0.7);
    CHECK(std::abs(spikes[n_of_drive].amount) > 0.05);  // not the quantum of that time, a millionth
    CHECK(spikes.size() < 3 * n_of_drive);
    problem.b[4] += 0.3;
    std::vector<double> a(problem.b.size());
    population.read_code(a);
    CHECK(sim::kkt_residual(problem.program, problem.b, a) < 1e-5);
}

TEST_CASE("falling threshold: a drive too large for single precision is an error that names the neuron") {
    auto problem = problems::dense(64, 24, 0.1, 3);
    problem.b[17] = 1e300;
    CHECK_THROWS_WITH_AS(problems::run(problem, "slca_falling", "q0: 1", 10.0, 0.0),
                         doctest::Contains("neuron 17"), sim::NumericsError);
}
