// Spikes from elsewhere: Poisson trains into every neuron, in every form of the spiking LCA, against a
// clocked twin that shares no code with it, and against Campbell's theorem.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/network.hpp"
#include "sim/rng.hpp"
#include "tests/cells.hpp"
#include "tests/encoder.hpp"
#include "tests/verification/problems.hpp"
#include "tests/verification/slow_twin.hpp"

namespace {

constexpr double kTau = 10.0;

sim::Background background(double rate_Hz, double jump, double inhibitory) {
    return {sim::Params::parse(
                fmt::format("rate: {} Hz\njump: {}\ninhibitory: {}\n", rate_Hz, jump, inhibitory), "test"),
            {7, 0, 0, 1, 1}};
}

std::unique_ptr<sim::Neurons> slca(const std::string& settings) {
    return sim::Registry<sim::Neurons>::instance().make(
        "slca", sim::Params::parse(fmt::format("slca: {{{}}}", settings), "test"), {});
}

void check_against_twin(problems::Problem problem, const std::string& more = "",
                        double v_floor = -std::numeric_limits<double>::infinity(), double t_ref = 0.0) {
    constexpr double kStep = 1e-4 * kTau, kT = 60.0;
    constexpr std::uint64_t kNumber = 3;
    for (double& b : problem.b) b = static_cast<double>(static_cast<float>(b));  // as the encoder takes it
    const std::size_t n = problem.b.size();
    const sim::Background from_elsewhere = background(150.0, 0.05, 0.4);
    const auto neurons = slca("q: 0.1 tau" + more);
    test::Encoder encoder(*neurons, problem.program, {kT, 0.3 * kT, from_elsewhere}, 1);
    encoder.encode(
        Eigen::Map<const Eigen::VectorXd>(problem.b.data(), static_cast<Eigen::Index>(n)).cast<float>(),
        kNumber);
    const auto spikes = encoder.spikes(0);

    twin::Problem slow{{}, problem.b, problem.program.lambda, kTau, 0.1 * kTau, v_floor, t_ref, {}};
    for (std::size_t i = 0; i < n; ++i) {
        slow.Q.emplace_back(n);
        for (std::size_t j = 0; j < n; ++j) slow.Q[i][j] = problem.program.Q(i, j);
    }
    const auto quiet = twin::simulate(slow, kT, kStep);
    for (const auto& arrival : from_elsewhere.arrivals(kNumber, n, kT))
        slow.kicks.push_back({arrival.t, static_cast<int>(arrival.neuron), arrival.jump});
    const auto expected = twin::simulate(slow, kT, kStep);

    INFO(problem.name, more);
    CHECK(slow.kicks.size() > 5 * n);
    CHECK(quiet.size() != expected.size());  // the background matters
    REQUIRE(spikes.size() == expected.size());
    REQUIRE(spikes.size() >= 10);
    const auto times_of = [](const auto& all, std::size_t neuron) {
        std::vector<double> times;
        for (const auto& spike : all)
            if (static_cast<std::size_t>(spike.neuron) == neuron) times.push_back(spike.t);
        return times;
    };
    double largest = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto mine = times_of(spikes, i), theirs = times_of(expected, i);
        REQUIRE(mine.size() == theirs.size());
        for (std::size_t k = 0; k < mine.size(); ++k)
            largest = std::max(largest, std::abs(mine[k] - theirs[k]));
    }
    fmt::print(
        "  {:34} {:5} spikes ({} without) under {} from elsewhere; from the twin at most {:.1e} steps\n",
        problem.name + more, spikes.size(), quiet.size(), slow.kicks.size(), largest / kStep);
    CHECK(largest <= kStep);
}

}  // namespace

TEST_CASE("under spikes from elsewhere, spike trains equal those of the slow twin") {
    fmt::print("background against the clocked twin, step 1e-4 tau:\n");
    check_against_twin(problems::dense(40, 20, 0.1, 51));
    check_against_twin(problems::dense(120, 60, 0.1, 52));
    check_against_twin(problems::sheet(8, 9, 0.0, 1.0, 0.03, 53));
    check_against_twin(problems::sheet(8, 9, 4.0, 1.0, 0.03, 54));
    check_against_twin(problems::dense(40, 20, 0.1, 55), ", floor: true, v_floor: -0.5 ms", -0.5);
    check_against_twin(problems::sheet(8, 9, 4.0, 1.0, 0.03, 56), ", t_ref: 1.5 ms",
                       -std::numeric_limits<double>::infinity(), 1.5);
}

namespace {

/// Source i reaches neuron i alone, when it was told to; nobody knows before.
class Sources final : public test::Stub {
  public:
    Sources(std::size_t n, std::vector<sim::Spike> spikes) : n_(n), spikes_(std::move(spikes)) {}
    std::size_t size() const override { return n_; }
    std::optional<sim::Spike> next_spike(sim::Time t_end) override {
        return next_ < spikes_.size() && spikes_[next_].t < t_end ? std::optional(spikes_[next_])
                                                                  : std::nullopt;
    }
    void fire(const sim::Spike&) override { ++next_; }

  private:
    std::size_t n_, next_ = 0;
    std::vector<sim::Spike> spikes_;
};

struct Seen {
    std::vector<std::pair<double, std::uint32_t>> spikes;
    std::vector<double> values;  // of every variable of every neuron, now and then
};

/// A presentation under kicks that either come from a list, known from the start, or from Sources 3 ms earlier.
Seen under_kicks(const sim::Neurons& neurons, const problems::Problem& problem,
                 const std::vector<sim::Spike>& sent, double weight, bool is_foreseen) {
    constexpr double kDelay = 3.0, kT = 400.0;
    const auto n = static_cast<std::uint32_t>(problem.b.size());
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons.population(problem.program));
    std::vector<sim::Simulation::Outside> foreseen;
    std::vector<std::vector<sim::Synapse>> synapses(n);
    for (std::uint32_t i = 0; i < n; ++i) synapses[i] = {{i, weight, kDelay}};
    for (const sim::Spike& one : sent) foreseen.push_back({one.t + kDelay, 0, one.neuron, weight});
    simulation.add(std::make_unique<Sources>(n, is_foreseen ? std::vector<sim::Spike>{} : sent));
    simulation.connect(sim::Projection(1, 0, population, test::synapses(synapses)));
    if (is_foreseen) simulation.expect(foreseen);
    Seen seen;
    std::vector<sim::Time> times;
    for (double t = 0.7; t < kT; t += 7.3) times.push_back(t);
    simulation.watch(times, [&](sim::Time t) {
        for (std::uint32_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < population.variables().size(); ++k)
                seen.values.push_back(population.value(k, i, t));
    });
    population.drive(problem.b);
    simulation.run_until(kT);
    for (const sim::Spike& spike : simulation.spikes())
        if (spike.population == 0) seen.spikes.emplace_back(spike.t, spike.neuron);
    return seen;
}

}  // namespace

TEST_CASE("a spike from elsewhere does the same whether or not it was known to come, and so it is recorded") {
    // Bursts after long silence: who looks ahead for its next spike must not have gone there for good.
    std::vector<problems::Problem> all{problems::dense(24, 60, 0.1, 61),
                                       problems::sheet(8, 9, 0.0, 1.0, 0.03, 62),
                                       problems::sheet(8, 9, 4.0, 1.0, 0.03, 63)};
    sim::Stream random(9, sim::Purpose::test, 4);
    std::size_t n_checked = 0;
    for (problems::Problem& problem : all) {
        for (double& b : problem.b) b *= 0.3;  // some neurons fire by the drive, most do not
        const auto n = static_cast<std::uint32_t>(problem.b.size());
        std::vector<sim::Spike> sent;
        for (const double burst : {20.0, 150.0, 330.0})
            for (int k = 0; k < 80; ++k)
                sent.push_back({burst + 0.5 * k, 1, static_cast<std::uint32_t>(random.uniform() * n)});
        const auto check = [&](const std::string& kind, const std::string& keys) {
            INFO(problem.name, " ", kind, " ", keys);
            const sim::Params root = sim::Params::parse(kind + ": {" + keys + "}", "test");
            const auto neurons =
                sim::Registry<sim::Neurons>::instance().entries().at(kind).make(root.block(kind), {});
            if (neurons->solves_by_kernels() || neurons->n_hidden() > 0) return;
            if (!neurons->solves_program() && !problem.program.Q.is_dense()) return;  // leaky ones run away
            const Seen foreseen = under_kicks(*neurons, problem, sent, 0.2, true),
                       late = under_kicks(*neurons, problem, sent, 0.2, false);
            REQUIRE(foreseen.values.size() > 100);
            CHECK(foreseen.values == late.values);
            CHECK(foreseen.spikes == late.spikes);
            ++n_checked;
        };
        for (const auto& [kind, entry] : sim::Registry<sim::Neurons>::instance().entries()) check(kind, "");
        check("slca", "floor: true, v_floor: -0.05 ms");
        check("slca", "t_ref: 2 ms");
        check("slca", "q: 0.01 tau");
    }
    CHECK(n_checked >= 18);
}

TEST_CASE("neurons that nothing but spikes from elsewhere drives fire when the slow twin's do") {
    // Long enough that v falls far below its threshold between bursts.
    for (problems::Problem problem :
         {problems::dense(40, 20, 0.1, 71), problems::sheet(6, 7, 4.0, 1.0, 0.03, 72)}) {
        constexpr double kStep = 1e-3, kT = 400.0, kWeight = 0.3, kDelay = 3.0;
        std::ranges::fill(problem.b, 0.0);
        const std::size_t n = problem.b.size();
        twin::Problem slow{{}, problem.b, problem.program.lambda, kTau, 0.02 * kTau};
        for (std::size_t i = 0; i < n; ++i) {
            slow.Q.emplace_back(n);
            for (std::size_t j = 0; j < n; ++j) slow.Q[i][j] = problem.program.Q(i, j);
        }
        std::vector<sim::Spike> sent;
        for (const double burst : {100.0, 300.0})
            for (std::uint32_t k = 0; k < 30; ++k) {
                sent.push_back({burst + 0.7 * k, 1, k % 5});
                slow.kicks.push_back({sent.back().t + kDelay, static_cast<int>(k % 5), kWeight});
            }
        const auto expected = twin::simulate(slow, kT, kStep);
        const auto neurons = slca("q: 0.02 tau");
        const Seen seen = under_kicks(*neurons, problem, sent, kWeight, false);
        REQUIRE(expected.size() > 50);
        REQUIRE(seen.spikes.size() == expected.size());
        double largest = 0.0;
        for (std::size_t k = 0; k < expected.size(); ++k)
            largest = std::max(largest, std::abs(seen.spikes[k].first - expected[k].t));
        CHECK(largest < 3.0 * kStep);
    }
}

TEST_CASE("mean and variance of u are those of shot noise") {
    // Silent neurons that reach nobody: u after 10 tau is stationary (Campbell 1909).
    constexpr std::size_t n = 400, kLanes = 25;
    const problems::Problem silent{
        "silent",
        {sim::Interaction::dense(Eigen::MatrixXd::Identity(n, n)), std::vector<double>(n, 100.0)},
        {}};
    const auto neurons = slca("carry_over: true");  // which tells u
    for (const double inhibitory : {0.0, 0.25, 0.5}) {
        CAPTURE(inhibitory);
        const double rate = 0.8, jump = 0.02;
        test::Encoder encoder(*neurons, silent.program,
                              {100.0, 50.0, background(1e3 * rate, jump, inhibitory)}, kLanes);
        encoder.encode(Eigen::MatrixXf::Constant(n, kLanes, 0.5F), 0);
        const auto state = encoder.carried();
        double mean = 0.0, square = 0.0;
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            for (std::size_t i = 0; i < n; ++i) {
                const double u = state[lane * 2 * n + i] - 0.5;
                mean += u / (n * kLanes);
                square += u * u / (n * kLanes);
            }
        const double variance = rate * kTau * jump * jump / 2.0, sd = std::sqrt(variance);
        CHECK(std::abs(mean - rate * kTau * jump * (1.0 - 2.0 * inhibitory)) < 4.0 * sd / 100.0);
        CHECK(square - mean * mean == doctest::Approx(variance).epsilon(0.06));  // 4 standard errors
    }
}

TEST_CASE(
    "what a frame drives of the background: shot noise of that part of the rate, and another under each "
    "frame of a movie") {
    constexpr std::size_t n = 400, kLanes = 25;
    const sim::Program silent{sim::Interaction::dense(Eigen::MatrixXd::Identity(n, n)),
                              std::vector<double>(n, 100.0)};
    const auto neurons = slca("carry_over: true");  // which tells u
    constexpr double kRate = 0.8, kJump = 0.02;
    const sim::Background driven{
        sim::Params::parse("rate: 800 Hz\njump: 0.02\ninhibitory: 0\ndriven: 0.75\nc50: 2", "test"),
        {7, 0, 0, 1, 1}};
    // Of movies the last frame counts, and what u has not forgotten of the first, 5 tau ago.
    for (const std::size_t n_frames : {1, 2}) {
        test::Encoder encoder(*neurons, silent, {100.0, 50.0, driven, n_frames}, kLanes);
        for (const double norm : {0.0, 2.0, 6.0}) {
            CAPTURE(norm);
            std::vector<float> norms;
            for (std::size_t k = 0; k < kLanes; ++k) {
                if (n_frames == 2) norms.push_back(50.0F);
                norms.push_back(static_cast<float>(norm));
            }
            encoder.restore(std::vector<double>(2 * n * kLanes, 0.0));
            encoder.encode(Eigen::MatrixXf::Constant(n, static_cast<Eigen::Index>(kLanes * n_frames), 0.5F),
                           0, norms);
            const auto state = encoder.carried();
            double mean = 0.0;
            for (std::size_t lane = 0; lane < kLanes; ++lane)
                for (std::size_t i = 0; i < n; ++i) mean += (state[lane * 2 * n + i] - 0.5) / (n * kLanes);
            const double part = norm == 0.0 ? 0.25 : norm == 2.0 ? 0.625 : 0.925;
            const double first = 1.0 - 0.75 * 4.0 / 2504.0, left = n_frames == 2 ? std::exp(-5.0) : 0.0;
            const double expected = (part + (first - part) * left) * kRate * kTau * kJump;
            CHECK(mean == doctest::Approx(expected).epsilon(0.02).scale(0));  // 4 standard errors
        }
    }
}

TEST_CASE("trains are Poisson, one for each presentation, and come again") {
    const sim::Background some = background(200.0, 0.1, 0.3);
    const auto all = some.arrivals(5, 50, 1000.0);
    const auto again = some.arrivals(5, 50, 1000.0), other = some.arrivals(6, 50, 1000.0);
    CHECK(std::abs(static_cast<double>(all.size()) - 10000.0) < 400.0);  // 4 standard deviations
    CHECK(std::ranges::is_sorted(all, {}, &sim::Background::Arrival::t));
    REQUIRE(again.size() == all.size());
    std::size_t n_inhibitory = 0;
    std::vector<double> of_neuron(50);
    for (std::size_t k = 0; k < all.size(); ++k) {
        CHECK(again[k].t == all[k].t);
        CHECK(again[k].neuron == all[k].neuron);
        n_inhibitory += all[k].jump < 0.0 ? 1 : 0;
        ++of_neuron.at(all[k].neuron);
    }
    CHECK(std::abs(static_cast<double>(n_inhibitory) - 0.3 * static_cast<double>(all.size())) < 4.0 * 46.0);
    double chi_squared = 0.0;
    for (const double count : of_neuron) chi_squared += (count - 200.0) * (count - 200.0) / 200.0;
    CHECK(std::abs(chi_squared - 50.0) < 4.0 * 10.0);
    CHECK(other[0].t != all[0].t);
    const sim::Background of_another({sim::Params::parse("rate: 200 Hz", "test"), {7, 1, 0, 1, 1}});
    CHECK(of_another.arrivals(5, 50, 1000.0)[0].t != all[0].t);  // populations hear different trains
    CHECK(sim::Background().arrivals(5, 50, 1000.0).empty());
}

TEST_CASE("jumps differ from neuron to neuron, and twins have those of whose twins they are") {
    const sim::Background some{sim::Params::parse("rate: 200 Hz\njump: [0.1, 0.2, 0.3]", "test"),
                               {7, 0, 0, 3, 3}};
    std::vector<std::size_t> n(6);
    for (const auto& one : some.arrivals(5, 6, 500.0)) {
        CHECK(std::abs(one.jump) == doctest::Approx(0.1 * (one.neuron % 3 + 1)));
        ++n.at(one.neuron);
    }
    CHECK(std::ranges::min(n) > 50);  // all of six, at 100 each
}

TEST_CASE("lane k of a batch is presentation first + k") {
    const auto problem = problems::dense(12, 8, 0.1, 3);
    const auto neurons = slca("q: 0.1 tau");
    const sim::Presentation presentation{50.0, 10.0, background(150.0, 0.05, 0.4)};
    const Eigen::VectorXf b =
        Eigen::Map<const Eigen::VectorXd>(problem.b.data(), static_cast<Eigen::Index>(problem.b.size()))
            .cast<float>();
    test::Encoder batch(*neurons, problem.program, presentation, 3);
    const Eigen::MatrixXd together = batch.encode(b.replicate(1, 3), 5);
    CHECK(together.col(0) != together.col(1));
    for (Eigen::Index k = 0; k < 3; ++k) {
        test::Encoder one(*neurons, problem.program, presentation, 1);
        CHECK(one.encode(b, 5 + static_cast<std::uint64_t>(k)).col(0) == together.col(k));
    }
}
