// Learning to represent signals spike by spike: one spike by hand, and what becomes of a network in 1000 s.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <Eigen/Dense>
#include <cmath>

#include "sim/population.hpp"
#include "sim/simulation.hpp"

namespace {

constexpr std::size_t N = 20;

std::unique_ptr<sim::Population> cells(const std::string& keys, std::size_t n, std::uint64_t seed = 1) {
    return sim::Registry<sim::Population>::instance().make(
        "spike_by_spike", sim::Params::parse("spike_by_spike: {" + keys + "}", "test.yaml"), {n, seed, 0});
}

Eigen::MatrixXd matrix(const sim::NamedArray& learned) {
    Eigen::MatrixXd result(static_cast<Eigen::Index>(learned.shape[0]),
                           static_cast<Eigen::Index>(learned.shape[1]));
    for (Eigen::Index i = 0; i < result.rows(); ++i)
        for (Eigen::Index k = 0; k < result.cols(); ++k)
            result(i, k) = learned.values[static_cast<std::size_t>(i * result.cols() + k)];
    return result;
}

/// |Omega + c F F^T|^2 / |Omega|^2 at the best c; F as rows.
double imbalance(const sim::Population& network) {
    const auto learned = network.inner_weights();
    const Eigen::MatrixXd F = matrix(learned[0]), Omega = matrix(learned[1]), G = F * F.transpose();
    const double c = -(Omega.cwiseProduct(G)).sum() / G.squaredNorm();
    return (Omega + c * G).squaredNorm() / Omega.squaredNorm();
}

struct Measured {
    double rate;      // Hz, mean over neurons
    double variance;  // of V, mean over neurons
    double error;     // |x - D r|^2 / |x|^2 with the best decoder D
};

/// What the network does in the next `seconds`, sampled every ms.
Measured measure(sim::Simulation& simulation, sim::Population& network, double seconds) {
    const auto n = static_cast<Eigen::Index>(1000.0 * seconds);
    Eigen::MatrixXd r(n, N), V(n, N), x(n, 2);
    const double start = simulation.now();
    const std::size_t before = simulation.spikes().size();
    for (Eigen::Index k = 0; k < n; ++k) {
        const double t = start + static_cast<double>(k + 1);
        simulation.run_until(t);
        for (std::uint32_t i = 0; i < N; ++i) {
            V(k, i) = network.value(0, i, t);
            r(k, i) = network.value(1, i, t);
        }
        for (std::size_t d = 0; d < 2; ++d) x(k, static_cast<Eigen::Index>(d)) = network.value(2 + d, 0, t);
    }
    const Eigen::MatrixXd gram = r.transpose() * r + 1e-9 * Eigen::MatrixXd::Identity(N, N);
    const Eigen::MatrixXd D = gram.ldlt().solve(r.transpose() * x);
    V.rowwise() -= V.colwise().mean().eval();
    return {static_cast<double>(simulation.spikes().size() - before) / (N * seconds),
            V.squaredNorm() / static_cast<double>(V.size()), (x - r * D).squaredNorm() / x.squaredNorm()};
}

}  // namespace

TEST_CASE("spike_by_spike: one spike, by hand") {
    // No input. A current of 50 /s on neuron 0 of two: V_0 = (50 / 50) (1 - e^{-50 t}), at 1/2 after ln 2 /
    // 50 = 13.86 ms. V_1 starts from 0.1 that a spike at t = 0 put there: 0.05 by then. x = 0, r = 0.
    const std::string rates = "c_std: 0 Hz, eps_F: 0.1, eps_Omega: 0.2, beta: 1.5, mu: 0.4";
    const double t1 = 1000.0 * std::log(2.0) / 50.0;
    sim::Simulation simulation;
    sim::Population& network = simulation.add(cells(rates, 2));
    const Eigen::MatrixXd F = matrix(network.inner_weights()[0]), Omega = matrix(network.inner_weights()[1]);
    network.set_current(0, 50.0, 0.0);
    network.receive(1, 0.1, 0.0);
    simulation.run_until(t1 + 0.01);
    REQUIRE(simulation.spikes().size() == 1);
    CHECK(simulation.spikes()[0].neuron == 0);
    CHECK(simulation.spikes()[0].t == doctest::Approx(t1).epsilon(1e-12));
    const Eigen::MatrixXd F1 = matrix(network.inner_weights()[0]),
                          Omega1 = matrix(network.inner_weights()[1]);
    // F_0 -= 0.1 F_0;  Omega_00 -= 0.2 (1.5 * 0.5 + Omega_00 + 0.4);  Omega_10 -= 0.2 (1.5 * 0.05 + Omega_10)
    CHECK(F1(0, 0) == doctest::Approx(0.9 * F(0, 0)).epsilon(1e-12));
    CHECK(F1(1, 0) == F(1, 0));
    CHECK(Omega1(0, 0) == doctest::Approx(0.8 * Omega(0, 0) - 0.2 * 1.15).epsilon(1e-12));
    CHECK(Omega1(1, 0) == doctest::Approx(0.8 * Omega(1, 0) - 0.2 * 0.075).epsilon(1e-12));
    CHECK(Omega1(0, 1) == Omega(0, 1));
    // V just after: 0.5 and 0.05 plus the new column; r = 1
    CHECK(network.value(0, 0, t1) == doctest::Approx(0.5 + Omega1(0, 0)).epsilon(1e-12));
    CHECK(network.value(0, 1, t1) == doctest::Approx(0.05 + Omega1(1, 0)).epsilon(1e-12));
    CHECK(network.value(1, 0, t1 + 20.0) == doctest::Approx(std::exp(-1.0)).epsilon(1e-12));
}

TEST_CASE("spike_by_spike: the input is as wide and as smooth as asked, x is its leaky integral") {
    // c of standard deviation s and correlation e^{-t^2 / (4 w^2)}; by x' = -x / tau + c, held for 1 ms:
    // x(t + 1) - x(t) e^{-1/tau} = c tau (1 - e^{-1/tau}), tau = 20 ms.
    const auto network = cells("c_std: 100 Hz, c_width: 15 ms, V_th: 1e9", 1);
    constexpr int n = 200000;
    std::vector<double> c;
    double last = 0.0;
    const double left = std::exp(-1.0 / 20.0);
    for (int k = 1; k <= n; ++k) {
        if (k % 100 == 0) network->set_current(0, 0.0, k);  // an event, so that the past is left behind
        const double x = network->value(2, 0, k);
        c.push_back(1000.0 * (x - last * left) / (20.0 * (1.0 - left)));
        last = x;
    }
    double variance = 0.0, product = 0.0;
    for (int k = 0; k + 30 < n; ++k) {
        const auto at = static_cast<std::size_t>(k);
        variance += c[at] * c[at] / n;
        product += c[at] * c[at + 30] / n;
    }
    // some 200 s / (2 w sqrt(pi)) = 3800 independent values: 2.3 % of the variance, twice that allowed
    CHECK(std::abs(variance / 1e4 - 1.0) < 0.05);
    CHECK(std::abs(product / variance - std::exp(-1.0)) < 0.05);
}

TEST_CASE("spike_by_spike: in 1000 s the network becomes balanced and its code good") {
    sim::Simulation before;
    sim::Population& untaught = before.add(cells("eps_F: 0, eps_Omega: 0", N));
    const Measured first = measure(before, untaught, 50.0);
    const double imbalance_before = imbalance(untaught);
    sim::Simulation simulation;
    sim::Population& network = simulation.add(cells("", N));
    simulation.run_until(1000e3);
    const Measured last = measure(simulation, network, 50.0);
    fmt::print(
        "spike_by_spike, 0 s -> 1000 s: |Omega + c F'F|^2/|Omega|^2 {:.3f} -> {:.4f}; error of the code "
        "{:.4f} -> "
        "{:.4f}; rate {:.1f} -> {:.1f} Hz; variance of V {:.2f} -> {:.3f}\n",
        imbalance_before, imbalance(network), first.error, last.error, first.rate, last.rate, first.variance,
        last.variance);
    CHECK(imbalance(network) < 0.01);
    CHECK(last.error < 0.004);
    CHECK(last.error < 0.3 * first.error);
    CHECK(last.variance < 0.2);
    CHECK(last.variance < 0.1 * first.variance);
    CHECK(last.rate < 25.0);
}
