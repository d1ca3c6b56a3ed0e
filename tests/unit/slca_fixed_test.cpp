// The spiking LCA in steps and integers, as a chip runs it (models/populations/slca_fixed.cpp): against a slow twin that keeps
// whole tables of integers, closed forms of one neuron, and the exact network.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "sim/simulation.hpp"
#include "tests/support.hpp"

namespace {

constexpr std::size_t kNeurons = 20;
constexpr double kTau = 10.0, kQ = 1.0, kLambda = 0.1, kT0 = 30.0, kT = 100.0;

std::vector<double> normal_numbers(std::size_t n, std::uint64_t number) {
    sim::Stream random(5, sim::Purpose::test, number);
    std::vector<double> values(n);
    for (double& x : values) x = random.normal();
    return values;
}

/// Twice as many unit vectors as dimensions, some of them longer than others.
Eigen::MatrixXd some_fields() {
    const auto values = normal_numbers(kNeurons * kNeurons / 2, 1);
    Eigen::MatrixXd Phi = Eigen::Map<const Eigen::MatrixXd>(values.data(), kNeurons / 2, kNeurons);
    Phi.colwise().normalize();
    for (Eigen::Index k = 0; k < Phi.cols(); k += 3) Phi.col(k) *= 0.8;
    return Phi;
}

sim::Program some_program() {
    const Eigen::MatrixXd Phi = some_fields();
    return {sim::Interaction::dense(Eigen::MatrixXd(Phi.transpose() * Phi)),
            std::vector<double>(kNeurons, kLambda)};
}

std::vector<double> some_drive(std::uint64_t number) {
    const auto values = normal_numbers(kNeurons / 2, 10 + number);
    const Eigen::VectorXd image = Eigen::Map<const Eigen::VectorXd>(values.data(), kNeurons / 2).normalized();
    const Eigen::VectorXd b = 2.0 * some_fields().transpose() * image;
    return {b.begin(), b.end()};
}

std::unique_ptr<sim::Neurons> neurons_of(const std::string& keys) {
    const sim::Params root = sim::Params::parse("slca: {" + keys + "}", "test.yaml");
    auto neurons = sim::Registry<sim::Neurons>::instance().make("slca", root, {});
    root.check_all_read();
    return neurons;
}

struct Shown {
    std::vector<sim::Spike> spikes;
    std::vector<double> code;
};

/// One presentation; its drive becomes the second one at T0, when a spike comes from elsewhere too.
Shown present(const sim::Neurons& neurons, const sim::Program& program, const std::vector<double>& drive,
              const std::vector<double>& later = {}) {
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons.population(program));
    population.drive(drive);
    simulation.run_until(kT0);
    population.begin_readout();
    if (!later.empty()) {
        simulation.act(0, [&](sim::Population& p) { p.set_currents(later, kT0); });
        simulation.act(0, [&](sim::Population& p) { p.receive(3, 0.7, kT0); });
    }
    simulation.run_until(kT);
    Shown shown{simulation.take_spikes(), std::vector<double>(program.Q.size())};
    population.read_code(shown.code);
    return shown;
}

double energy_gap(const sim::Program& program, const std::vector<double>& b,
                  const std::vector<double>& code) {
    const double least = sim::energy(program, b, sim::optimum(program, b));
    return (sim::energy(program, b, code) - least) / std::abs(least);
}

using Integer = std::int64_t;

Integer nearest(double x) { return static_cast<Integer>(std::round(x)); }

/// What a chip would do, by tables: all weights are made integers first, and every step looks at all pairs.
class Twin {
  public:
    struct Chip {
        int weight_bits, state_bits;
        double step;
        bool graded, subtracts;
    };

    Twin(const sim::Program& program, const Chip& chip) : chip_(chip), n_(program.Q.size()) {
        const auto top = static_cast<double>((1L << (chip.weight_bits - 1)) - 1);
        most_ = (Integer{1} << (chip.state_bits - 1)) - 1;
        decay_ = std::round(4096.0 * (1.0 - std::exp(-chip.step / kTau)));
        double widest = 0.0, tallest = 0.0;
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t j = 0; j < n_; ++j)
                (i == j ? tallest : widest) = std::max(i == j ? tallest : widest, std::abs(program.Q(i, j)));
        // A spike takes q Q_ij off the integral of u: the first part of it at once. Doubled until thresholds fill what they may.
        unit_v_ = kQ * (widest / top) * decay_ / 4096.0;
        int shift = 0;
        const double room = std::pow(2.0, chip.state_bits - 8);
        while (kQ * tallest / unit_v_ <= room / 2.0) unit_v_ /= 2.0, ++shift;
        while (kQ * tallest / unit_v_ > room) unit_v_ *= 2.0, --shift;
        for (std::size_t i = 0; i < n_; ++i) {
            threshold_.push_back(nearest(kQ * program.Q(i, i) / unit_v_));
            lambda_.push_back(program.lambda[i]);
            for (std::size_t j = 0; j < n_; ++j) {
                const double mantissa = std::round(program.Q(i, j) / (widest / top));
                const double jump = std::floor(mantissa * std::pow(2.0, shift) + 0.5);
                weight_.push_back(i == j ? 0 : static_cast<Integer>(jump));
            }
        }
    }

    /// The spikes, and the code from spikes and what is left in v.
    Shown present(const std::vector<double>& drive, const std::vector<double>& later) {
        std::vector<Integer> u(n_, 0), v(n_, 0), arriving(n_, 0), before(n_, 0), total(n_, 0);
        std::vector<double> b = drive;
        Shown shown;
        const double in_continuous_time = decay_ / 4096.0 * kTau / chip_.step;
        const double unit_u = unit_v_ / chip_.step;
        const auto n_steps = static_cast<int>(std::round(kT / chip_.step));
        const auto n_before = static_cast<int>(std::round(kT0 / chip_.step));
        for (int k = 0; k < n_steps; ++k) {
            if (k == n_before) {
                before = v;
                std::ranges::fill(total, 0);
                for (std::size_t i = 0; i < n_ && !later.empty(); ++i) {
                    arriving[i] += nearest((b[i] - later[i]) * in_continuous_time / unit_u);
                    b[i] = later[i];
                }
                if (!later.empty()) arriving[3] += nearest(0.7 * in_continuous_time / unit_u);
            }
            const std::vector<Integer> came = arriving;
            std::ranges::fill(arriving, 0);
            for (std::size_t i = 0; i < n_; ++i) {
                const Integer kept = (u[i] < 0 ? -u[i] : u[i]) * (4096 - static_cast<Integer>(decay_)) / 4096;
                u[i] = within((u[i] < 0 ? -kept : kept) + came[i]);
                v[i] = within(v[i] + u[i] + nearest((b[i] - lambda_[i]) / unit_u));
                if (v[i] < threshold_[i]) continue;
                const Integer amount = chip_.graded ? v[i] / threshold_[i] : 1;
                v[i] = chip_.subtracts ? v[i] - amount * threshold_[i] : 0;
                total[i] += amount;
                for (std::size_t to = 0; to < n_; ++to) arriving[to] -= amount * weight_[to * n_ + i];
                shown.spikes.push_back(
                    {(k + 0.5) * chip_.step, 0, static_cast<std::uint32_t>(i), static_cast<double>(amount)});
            }
        }
        for (std::size_t i = 0; i < n_; ++i) {
            const double quanta = static_cast<double>(total[i]) +
                                  static_cast<double>(v[i] - before[i]) / static_cast<double>(threshold_[i]);
            shown.code.push_back(kQ * std::max(quanta, 0.0) / (kT - kT0));
        }
        return shown;
    }

  private:
    Integer within(Integer x) const { return std::min(std::max(x, -most_), most_); }

    Chip chip_;
    std::size_t n_;
    Integer most_;
    double decay_, unit_v_;
    std::vector<Integer> threshold_, weight_;
    std::vector<double> lambda_;
};

std::string keys_of(const Twin::Chip& chip) {
    return "hardware: {weight_bits: " + std::to_string(chip.weight_bits) +
           ", state_bits: " + std::to_string(chip.state_bits) + ", step: " + std::to_string(chip.step) +
           " ms, spikes: " + (chip.graded ? "graded" : "binary") +
           ", reset: " + (chip.subtracts ? "subtract" : "zero") + "}";
}

}  // namespace

TEST_CASE("slca on hardware: every spike is that of a twin in integers, for every sort of chip") {
    const sim::Program program = some_program();
    std::size_t n_spikes = 0, n_several = 0;
    for (const int weight_bits : {2, 4, 8, 16})
        for (const int state_bits : {12, 16, 24, 32})
            for (const double step : {0.125, 1.0, 2.5})
                for (const bool graded : {false, true}) {
                    const Twin::Chip chip{weight_bits, state_bits, step, graded, state_bits != 16};
                    CAPTURE(keys_of(chip));
                    const auto neurons = neurons_of(keys_of(chip));
                    const auto drive = some_drive(static_cast<std::uint64_t>(weight_bits));
                    const auto later = some_drive(static_cast<std::uint64_t>(state_bits));
                    const Shown got = present(*neurons, program, drive, later);
                    const Shown expected = Twin(program, chip).present(drive, later);
                    REQUIRE(got.spikes.size() == expected.spikes.size());
                    for (std::size_t k = 0; k < got.spikes.size(); ++k) {
                        REQUIRE(got.spikes[k].neuron == expected.spikes[k].neuron);
                        REQUIRE(got.spikes[k].t == doctest::Approx(expected.spikes[k].t).epsilon(1e-12));
                        REQUIRE(got.spikes[k].amount == expected.spikes[k].amount);
                        n_several += got.spikes[k].amount > 1.0;
                    }
                    for (std::size_t i = 0; i < kNeurons; ++i)  // sums of a few doubles
                        CHECK(got.code[i] == doctest::Approx(expected.code[i]).epsilon(1e-9).scale(1e-6));
                    n_spikes += got.spikes.size();
                }
    CHECK(n_spikes > 5000);
    CHECK(n_several > 50);
}

TEST_CASE("slca on hardware: one neuron under a constant drive fires when the sum of its biases gets there") {
    const sim::Program program{sim::Interaction::dense(Eigen::MatrixXd::Identity(1, 1)), {kLambda}};
    // b - lambda = q Q / (4 step): v = k/4 of the threshold after step k, to the bit, for all is a power of two.
    const double b = kLambda + 0.25;
    const Shown shown = present(*neurons_of("hardware: {step: 1 ms}"), program, {b});
    REQUIRE(shown.spikes.size() == 25);
    for (std::size_t k = 0; k < shown.spikes.size(); ++k)
        CHECK(shown.spikes[k].t == 4.0 * static_cast<double>(k) + 3.5);  // the middle of each fourth step
    CHECK(shown.code[0] == doctest::Approx(0.25).epsilon(1e-4));
}

TEST_CASE(
    "slca on hardware: a binary neuron fires once in a step at most, a graded one as often as it has to") {
    const sim::Program program{sim::Interaction::dense(Eigen::MatrixXd::Identity(1, 1)), {kLambda}};
    const std::vector<double> strong{kLambda + 2.5};  // five quanta in two steps of 1 ms
    const Shown binary = present(*neurons_of("decoder: count, hardware: {}"), program, strong);
    CHECK(binary.spikes.size() == 100);
    CHECK(binary.code[0] == doctest::Approx(kQ / 1.0));
    const Shown graded = present(*neurons_of("decoder: count, hardware: {spikes: graded}"), program, strong);
    CHECK(graded.spikes.size() == 100);
    CHECK(graded.spikes[0].amount == 2.0);
    CHECK(graded.spikes[1].amount == 3.0);
    CHECK(graded.code[0] == doctest::Approx(2.5).epsilon(1e-3));
}

TEST_CASE("slca on hardware: many bits and short steps come to the codes of the exact network") {
    const sim::Program program = some_program();
    for (std::uint64_t number = 0; number < 5; ++number) {
        const auto b = some_drive(number);
        const double exact = energy_gap(program, b, present(*neurons_of(""), program, b).code);
        const double fine = energy_gap(
            program, b,
            present(*neurons_of("hardware: {weight_bits: 16, state_bits: 32, step: 0.01 ms}"), program, b)
                .code);
        const double coarse = energy_gap(
            program, b, present(*neurons_of("hardware: {weight_bits: 3, step: 0.01 ms}"), program, b).code);
        CHECK(fine == doctest::Approx(exact).epsilon(0.1));  // other spikes, as good a code
        CHECK(coarse > 3.0 * exact);
    }
}

TEST_CASE("slca on hardware: v saturates, as a floor would have it") {
    const sim::Program program{sim::Interaction::dense(Eigen::MatrixXd::Identity(1, 1)), {0.0}};
    sim::Simulation simulation;
    sim::CodingPopulation& population =
        simulation.add(neurons_of("hardware: {state_bits: 12}")->population(program));
    population.drive(std::vector<double>{-3.0});  // three thresholds a step
    simulation.run_until(kT);
    // 2047 units, of which the threshold is 8 or more
    CHECK(population.value(1, 0, kT) <= -2047.0 / 16.0);
    CHECK(population.value(1, 0, kT) >= -2047.0 / 8.0);
}

TEST_CASE("slca on hardware: saved in the middle of it, a presentation goes on with the same bits") {
    const sim::Program program = some_program();
    const auto neurons = neurons_of("hardware: {spikes: graded, step: 0.7 ms}");
    sim::Simulation whole, half, rest;
    whole.add(neurons->population(program)).drive(some_drive(0));
    half.add(neurons->population(program)).drive(some_drive(0));
    sim::CodingPopulation& second = rest.add(neurons->population(program));
    second.drive(some_drive(1));
    whole.run_until(kT);
    half.run_until(kT0);
    sim::State saved;
    half.state(saved);
    sim::State given(saved.saved());
    rest.state(given);
    given.check_empty();
    rest.run_until(kT);
    const auto all = whole.take_spikes(), last = rest.take_spikes();
    REQUIRE(last.size() < all.size());
    for (std::size_t k = 0; k < last.size(); ++k) {
        CHECK(last[k].t == all[all.size() - last.size() + k].t);
        CHECK(last[k].neuron == all[all.size() - last.size() + k].neuron);
    }
}

TEST_CASE("slca on hardware: what no chip can be is refused by name") {
    const auto message = [](const std::string& keys) -> std::string {
        try {
            neurons_of(keys);
        } catch (const sim::ConfigError& error) {
            return error.what();
        }
        return "(no error)";
    };
    CHECK(
        test::contains(message("hardware: {weight_bits: 1}"), "hardware.weight_bits: must be 2 to 16, got"));
    CHECK(
        test::contains(message("hardware: {state_bits: 33}"), "hardware.state_bits: must be 12 to 32, got"));
    CHECK(test::contains(message("hardware: {step: 0.001 ms}"), "hardware.step: must be long enough"));
    CHECK(test::contains(message("hardware: {spikes: twice}"), "hardware.spikes: must be"));
    CHECK(test::contains(message("carry_over: true, hardware: {}"), "carry_over: must be false"));
    CHECK(test::contains(message("floor: true, hardware: {}"), "floor: must be false"));
    CHECK(test::contains(message("t_ref: 1 ms, hardware: {}"), "t_ref: must be 0 ms"));
    CHECK_THROWS_AS(present(*neurons_of("hardware: {step: 300 ms}"), some_program(), some_drive(0)),
                    sim::ConfigError);  // which has no step to read
}
