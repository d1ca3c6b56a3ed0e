// Populations whose weights are learned, and the rules that learn them, against cases worked by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/coding_population.hpp"
#include "sim/dictionary.hpp"
#include "sim/error.hpp"
#include "sim/plasticity.hpp"
#include "sim/run_settings.hpp"
#include "sim/simulation.hpp"
#include "tests/support.hpp"

namespace {

using sim::Params;

/// Spikes of a presentation of so long.
std::vector<sim::Spike> spikes(const std::string& kind, const std::string& keys, const sim::Program& program,
                               const std::vector<double>& b, double T, std::vector<double>& code) {
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        kind, Params::parse(kind + ": {" + keys + "}", "test.yaml"), {});
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons->population(program));
    population.drive(b);
    simulation.run_until(T);
    population.read_code(code);
    return simulation.spikes();
}

sim::Program program_of(const Eigen::MatrixXd& Q, std::vector<double> lambda) {
    return {sim::Interaction::dense(Q), std::move(lambda)};
}

std::unique_ptr<sim::Plasticity> rule_of(const std::string& kind, const std::string& keys,
                                         const sim::Plasticity::Context& context) {
    return sim::Registry<sim::Plasticity>::instance().make(
        kind, Params::parse(kind + ": {" + keys + "}", "test.yaml"), context);
}

}  // namespace

TEST_CASE("sailnet: a neuron alone fires every tau ln(b / (b - theta))") {
    std::vector<double> code(1);
    const auto program = program_of(Eigen::MatrixXd::Zero(1, 1), {2.0});
    const auto fired = spikes("sailnet", "tau: 10 ms", program, {3.0}, 50.0, code);
    REQUIRE(fired.size() == 4);  // 10 ln 3 = 10.99
    for (std::size_t k = 0; k < 4; ++k)
        CHECK(fired[k].t ==
              doctest::Approx(static_cast<double>(k + 1) * 10.0 * std::log(3.0)).epsilon(1e-13));
    CHECK(code[0] == 4.0);
    CHECK(spikes("sailnet", "", program, {2.0}, 1000.0, code).empty());  // reaches theta at infinity only
}

TEST_CASE("sailnet: a spike takes jump W from its target and nothing from its sender") {
    // Neuron 0, b = 4: fires at t1 = 10 ln(4/3). Neuron 1, b = 3, theta 1: u(t1) = 3 (1 - 3/4) = 0.75, less
    // jump W_10 = 0.1 * 5 = 0.5: 0.25, and reaches 1 after a further 10 ln((3 - 0.25) / (3 - 1)). Neuron 0
    // fires again at 2 t1, when u_1 = 3 - 2.75 * 3/4 = 0.9375, less 0.5 = 0.4375: what decides is this one.
    Eigen::Matrix2d W;
    W << 0.0, 0.0, 5.0, 0.0;  // asymmetric: 1 does not reach 0
    std::vector<double> code(2);
    const double t1 = 10.0 * std::log(4.0 / 3.0);
    const double t = 2.0 * t1 + 10.0 * std::log((3.0 - 0.4375) / 2.0);  // = 5.75 + 2.48 < 3 t1 = 8.63
    const auto fired = spikes("sailnet", "", program_of(W, {1.0, 1.0}), {4.0, 3.0}, 8.5, code);
    REQUIRE(fired.size() == 3);
    CHECK(fired[0].t == doctest::Approx(t1).epsilon(1e-13));
    CHECK(fired[1].t == doctest::Approx(2.0 * t1).epsilon(1e-13));
    CHECK(fired[2].neuron == 1);
    CHECK(fired[2].t == doctest::Approx(t).epsilon(1e-13));
    CHECK(code == std::vector<double>{2.0, 1.0});
}

TEST_CASE("ei_net: excitation reaches a hidden neuron, which inhibits") {
    // E neuron 0 (b = 2, theta 1) fires at 10 ln 2; its weight 3 on the I neuron (jump 0.5) lifts that from 0
    // to 1.5 >= theta = 1: it fires at the same time, and takes jump_E * 4 * 0.25 = 1 from the E neuron, just
    // reset to 0: -1. That comes to 1 again after 10 ln((2 + 1) / (2 - 1)).
    Eigen::Matrix2d Q;
    Q << 0.0, 4.0, -3.0, 0.0;
    std::vector<double> code(1);
    const auto fired = spikes("ei_net", "n_inhibitory: 1, jump_E: 0.25, jump_I: 0.5",
                              program_of(Q, {1.0, 1.0}), {2.0}, 18.0, code);
    REQUIRE(fired.size() == 4);
    CHECK(fired[0].t == doctest::Approx(10.0 * std::log(2.0)).epsilon(1e-13));
    CHECK(fired[1].neuron == 1);
    CHECK(fired[1].t == fired[0].t);
    CHECK(fired[2].t == doctest::Approx(10.0 * (std::log(2.0) + std::log(3.0))).epsilon(1e-13));
    CHECK(fired[3].neuron == 1);
    CHECK(code == std::vector<double>{2.0});  // of the sheet alone
}

TEST_CASE("ei_net: between spikes the hidden neuron forgets with tau_I") {
    // Two E neurons fire at t1 = 10 ln 2 and t2 = 10 ln(3/2) < t1 (b = 2, 3; theta 1). Each lifts the I
    // neuron by 0.8: at t1 it stands at 0.8 e^{-(t1 - t2)/5} + 0.8 = 0.8 (1 + (3/4)^2) = 1.25.
    Eigen::Matrix3d Q = Eigen::Matrix3d::Zero();
    Q(2, 0) = Q(2, 1) = -0.8;
    std::vector<double> code(2);
    for (const double theta : {1.24, 1.26}) {
        const auto fired =
            spikes("ei_net", "n_inhibitory: 1, tau_I: 5 ms, jump_I: 1", program_of(Q, {1.0, 1.0, theta}),
                   {2.0, 3.0}, 10.0 * std::log(2.0) + 0.1, code);
        CHECK(fired.size() == (theta < 1.25 ? 3 : 2));
    }
}

TEST_CASE("a threshold at zero is an error, not a neuron that fires without end") {
    std::vector<double> code(1);
    CHECK_THROWS_AS(spikes("sailnet", "", program_of(Eigen::MatrixXd::Zero(1, 1), {0.0}), {1.0}, 1.0, code),
                    sim::NumericsError);
}

namespace {

/// Two neurons that see a frame of 1 x 2 pixels; fields (1, 0) and (0, 2).
struct Two {
    sim::Sheet sheet{1, 2, sim::Boundary::open};
    sim::Dictionary dictionary{sheet, {1, 2, 0.0, 0.0}};
    Two() { dictionary.set_values(std::vector<float>{1.0F, 0.0F, 0.0F, 2.0F}); }
};

}  // namespace

TEST_CASE("sailnet: one batch, by hand") {
    // Frames x1 = (1, 2), x2 = (3, -1); spikes y1 = (2, 1), y2 = (0, 1).
    Two two;
    Eigen::MatrixXf x(2, 2), y(2, 2);
    x << 1.0F, 3.0F, 2.0F, -1.0F;
    y << 2.0F, 0.0F, 1.0F, 1.0F;
    const Eigen::MatrixXf residual = Eigen::MatrixXf::Zero(2, 2), hidden(0, 2);
    const auto rule =
        rule_of("sailnet", "p: 0.5, alpha: 0.1, beta: 0.2, gamma: 0.4, theta: 3", {two.sheet, 1});
    sim::Program program{sim::Interaction::dense(2), {0.0, 0.0}};
    rule->prepare(program);
    CHECK(program.lambda == std::vector<double>{3.0, 3.0});
    rule->learn({0, x, y, residual, hidden}, two.dictionary, program);
    // <y1 y2> = (2 * 1 + 0) / 2 = 1, less p^2 = 0.25: dW = 0.075
    CHECK(program.Q(0, 1) == doctest::Approx(0.075).epsilon(1e-6));
    CHECK(program.Q(1, 0) == doctest::Approx(0.075).epsilon(1e-6));
    CHECK(program.Q(0, 0) == 0.0);
    // <y> = (1, 1): dtheta = 0.4 * 0.5
    CHECK(program.lambda[0] == doctest::Approx(3.2).epsilon(1e-6));
    // <y_1 x> = (1, 2), <y_1^2> = 2: Phi_1 += 0.2 ((1, 2) - 2 (1, 0)) = (0.8, 0.4)
    // <y_2 x> = (2, 0.5), <y_2^2> = 1: Phi_2 += 0.2 ((2, 0.5) - (0, 2)) = (0.4, 1.7)
    const std::vector<float> expected = {0.8F, 0.4F, 0.4F, 1.7F};
    const auto fields = two.dictionary.values();
    for (std::size_t k = 0; k < 4; ++k) CHECK(fields[k] == doctest::Approx(expected[k]).epsilon(1e-6));
    // Silence: W would fall by 0.025 a batch, 0.075 to 0 in three, and stays there.
    const Eigen::MatrixXf none = Eigen::MatrixXf::Zero(2, 2);
    for (int k = 0; k < 5; ++k) rule->learn({0, x, none, residual, hidden}, two.dictionary, program);
    CHECK(program.Q(0, 1) == 0.0);
    CHECK(program.lambda[1] == doctest::Approx(3.2 - 5 * 0.4 * 0.5).epsilon(1e-6));
}

TEST_CASE("ei_net: one batch, by hand") {
    // E neurons 0, 1; I neurons 2, 3. Mean rates after the batch, memory 1: those of the batch.
    Two two;
    Eigen::MatrixXf x(2, 2), y(2, 2), z(2, 2);
    x << 1.0F, 3.0F, 2.0F, -1.0F;
    y << 2.0F, 0.0F, 1.0F, 1.0F;  // <y> = (1, 1)
    z << 1.0F, 0.0F, 0.0F, 4.0F;  // <z> = (0.5, 2)
    const Eigen::MatrixXf residual = Eigen::MatrixXf::Zero(2, 2);
    const auto rule =
        rule_of("ei_net",
                "p_E: 0.5, p_I: 1, field: 0.5, E_to_I: 0.5, I_to_E: 1, I_to_I: 2, threshold: 0.1, "
                "g_1: 0.4, theta: 3, memory: 1",
                {two.sheet, 3, 2});
    sim::Program program{sim::Interaction::dense(4), std::vector<double>(4, 0.0)};
    rule->prepare(program);
    const sim::Interaction before = program.Q;
    rule->learn({0, x, y, residual, z}, two.dictionary, program);
    const auto W = [&](std::size_t i, std::size_t j) { return std::abs(program.Q(i, j)); };
    const auto W0 = [&](std::size_t i, std::size_t j) { return std::abs(before(i, j)); };
    // E 0 -> I 2: <z_2 y_0> = 1, <z_2><y_0> = 0.5: dW = 0.4 * 0.5 (1 - 0.5 (1 + W))
    CHECK(W(2, 0) == doctest::Approx(W0(2, 0) + 0.2 * (1.0 - 0.5 * (1.0 + W0(2, 0)))).epsilon(1e-6));
    // I 3 -> E 1: <y_1 z_3> = 2, <y_1><z_3> = 2: dW = 0.4 * 1 (2 - 2 (1 + W)) = -0.8 W
    CHECK(W(1, 3) == doctest::Approx(0.2 * W0(1, 3)).epsilon(1e-5));
    // I 2 -> I 3: <z_3 z_2> = 0, <z_3><z_2> = 1: dW = 0.4 * 2 (0 - (1 + W)) < -W: held at 0
    CHECK(W(3, 2) == 0.0);
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) {
            const double Q = program.Q(i, j);  // > 0 inhibits
            CHECK((j < 2 ? Q <= 0.0 : Q >= 0.0));
            if (i == j || (i < 2 && j < 2)) CHECK(Q == 0.0);
        }
    // dtheta = 0.1 (<y> - p)
    CHECK(program.lambda[0] == doctest::Approx(3.05).epsilon(1e-6));
    CHECK(program.lambda[2] == doctest::Approx(2.95).epsilon(1e-6));
    // As for sailnet, at a rate of 0.4 * 0.5 = 0.2.
    const std::vector<float> expected = {0.8F, 0.4F, 0.4F, 1.7F};
    const auto fields = two.dictionary.values();
    for (std::size_t k = 0; k < 4; ++k) CHECK(fields[k] == doctest::Approx(expected[k]).epsilon(1e-6));
}

TEST_CASE("weights are kept and given back as they are") {
    const std::vector<std::vector<std::uint32_t>> lists{{0, 1}, {0, 1, 2}, {1, 2}};
    const auto neighbours = [&](std::size_t j) { return lists[j]; };
    sim::Interaction Q = sim::Interaction::local(3, neighbours);
    const std::vector<float> dense = {1, 2, 0, 3, 4, 5, 0, 6, 7};  // row i, column j
    Q.set_dense(dense);
    CHECK(Q(1, 0) == 3.0);
    CHECK(Q(0, 1) == 2.0);
    CHECK(Q.to_dense() == dense);
    sim::Interaction copy = sim::Interaction::local(3, neighbours);
    copy.restore(Q.weights());
    CHECK(copy.to_dense() == dense);
}

TEST_CASE("frame.scale multiplies the pixels of any stimulus") {
    const std::string yaml =
        "frame: {height: 8 px, width: 8 px, scale: 8}\nstimulus: {kind: dead_leaves}\n"
        "populations: {v1: {kind: slca}}\n";
    const sim::RunSettings settings(Params::parse(yaml, "test.yaml"));
    const auto stimulus = sim::make_stimulus(settings);
    std::vector<float> pixels(64);
    std::vector<double> shown(stimulus->columns().size());
    stimulus->frame(sim::FrameSet::training, 5, pixels, shown);
    double sum = 0.0, squares = 0.0;
    for (const double pixel : pixels) sum += pixel, squares += pixel * pixel;
    CHECK(sum == doctest::Approx(0.0).epsilon(1e-4));
    CHECK(squares / 64.0 == doctest::Approx(1.0).epsilon(1e-5));  // unit variance
}

TEST_CASE("a population whose weights are learned and its plasticity do not go without each other") {
    const auto message = [](const std::string& keys) -> std::string {
        try {
            sim::RunSettings(Params::parse(
                "frame: {height: 8 px, width: 8 px}\nstimulus: {kind: dead_leaves}\npopulations: {v1: {" +
                    keys + "}}\n",
                "test.yaml"));
        } catch (const sim::ConfigError& error) {
            return error.what();
        }
        return "they fit";
    };
    CHECK(message("kind: sailnet, plasticity: {kind: residual_hebbian}") ==
          "test.yaml:3: populations.v1.plasticity.kind: must be one that learns the weights of kind sailnet, "
          "got \"residual_hebbian\"");
    CHECK(message("kind: slca, plasticity: {kind: sailnet}") ==
          "test.yaml:3: populations.v1.kind: must be sailnet under plasticity.kind sailnet, which learns its "
          "weights, got \"slca\"");
    CHECK(message("kind: sailnet, plasticity: {kind: sailnet}") == "they fit");
    CHECK(message("kind: ei_net, plasticity: {kind: sailnet}") != "they fit");
    const std::string fitting = "kind: ei_net, plasticity: {kind: ei_net}";
    CHECK(message(fitting) == "they fit");
    CHECK(message(fitting + ", homeostasis: {rate: 0.1}")
              .starts_with("test.yaml:3: populations.v1.homeostasis.rate: must be 0"));
    CHECK(message(fitting + ", coupling: {kappa: 1}")
              .starts_with("test.yaml:3: populations.v1.coupling.kappa: must be 0"));
    CHECK(message(fitting + ", teaching: {current: 1, block: 10}")
              .starts_with("test.yaml:3: populations.v1.teaching: must be left out"));
}
