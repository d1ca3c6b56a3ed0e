// The generalised spiking LCA against closed forms, a clock-driven twin and the optimum of the program.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/verification/problems.hpp"

namespace {

constexpr double kTau = 10.0;

problems::Problem by_hand(const Eigen::MatrixXd& Q, std::vector<double> b, double lambda) {
    return {"by hand", {sim::Interaction::dense(Q), std::vector<double>(b.size(), lambda)}, std::move(b)};
}

}  // namespace

TEST_CASE("lif_lca: a neuron alone fires at the rate its program wants") {
    // u = b (1 - e^{-t/tau}), whose mean goes to b: a = (b - lambda) / d = (0.7 - 0.1) / 1.5 = 0.4, one spike
    // per q/a = 2.5 ms. Long after the onset the plain running mean still misses the share tau/t of b.
    const auto problem = by_hand(Eigen::MatrixXd::Constant(1, 1, 1.5), {0.7}, 0.1);
    const double T = 20000.0;
    const auto outcome = problems::run(problem, "lif_lca", "order: 1", T, T - 500.0);
    const double missing = 0.7 * (kTau / T) / 1.5;
    const double last = outcome.spikes.back().t - outcome.spikes[outcome.spikes.size() - 2].t;
    CHECK(last == doctest::Approx(1.0 / (0.4 - missing)).epsilon(2e-5));
    CHECK(std::abs(outcome.a[0] - 0.4) < 0.0021);  // a spike more or less is q / 500 ms
}

TEST_CASE("lif_lca: spikes are those of a clock-driven twin") {
    // The equations of models/populations/lif_lca.cpp in Euler steps, with the mean of order 1 as a sum.
    Eigen::Matrix2d Q;
    Q << 1.0, 0.4, 0.4, 1.0;
    const double b[2] = {0.9, 0.7}, lambda = 0.1, dt = 2e-4, tau_m = 20.0, t_ref = 0.3, q = 1.0;
    std::vector<double> twin[2];
    double u[2] = {0, 0}, sum[2] = {0, 0}, v[2] = {0, 0}, held[2] = {0, 0};
    for (int step = 1; step * dt < 60.0; ++step) {
        const double t = step * dt;
        for (int i = 0; i < 2; ++i) {
            u[i] += dt / kTau * (b[i] - u[i]);
            sum[i] += u[i] * dt;
            const double r = (sum[i] / t - lambda) / q;
            const double I = r > 0 ? 1.0 / (tau_m * (1.0 - std::exp((t_ref - 1.0 / r) / tau_m))) : 0.0;
            if (t >= held[i]) v[i] += dt * (I - v[i] / tau_m);
        }
        for (int i = 0; i < 2; ++i) {
            if (v[i] < 1.0) continue;
            v[i] = 0.0;
            held[i] = t + t_ref;
            u[1 - i] -= q / kTau * Q(1 - i, i);
            twin[i].push_back(t);
        }
    }
    const auto spikes = problems::run(by_hand(Q, {b[0], b[1]}, lambda), "lif_lca",
                                      "order: 1, tau_m: 20 ms, t_ref: 0.3 ms, dt: 0.001 tau", 60.0, 1.0)
                            .spikes;
    std::vector<double> exact[2];
    for (const auto& spike : spikes) exact[spike.neuron].push_back(spike.t);
    double worst = 0.0;
    for (int i = 0; i < 2; ++i) {
        REQUIRE(exact[i].size() > 15);
        REQUIRE(std::abs(static_cast<double>(exact[i].size()) - static_cast<double>(twin[i].size())) <= 1.0);
        for (std::size_t k = 0; k < std::min(exact[i].size(), twin[i].size()); ++k)
            worst = std::max(worst, std::abs(exact[i][k] - twin[i][k]));
    }
    fmt::print("lif_lca against its twin: {} spikes, at most {:.1e} ms apart\n", spikes.size(), worst);
    CHECK(worst < 0.02);  // the drive is up to 0.01 ms old
}

TEST_CASE("lif_lca: two rivals approach their optimum as t^(-order mu)") {
    // Q = [1 c; c 1], both active: a = (b - lambda) / (1 + c). The difference of the two relaxes by the
    // eigenvalue 1 - c = 0.3 of Q: as t^-0.3 under the plain mean, as t^-0.9 under the one of order 3.
    Eigen::Matrix2d Q;
    Q << 1.0, 0.7, 0.7, 1.0;
    const auto problem = by_hand(Q, {0.9, 0.85}, 0.1);
    // Q a = (0.8, 0.75): a_1 - a_2 = 0.05 / 0.3 = 1/6, a_1 + a_2 = 1.55 / 1.7
    const double optimum[2] = {0.5 * (1.55 / 1.7 + 1.0 / 6.0), 0.5 * (1.55 / 1.7 - 1.0 / 6.0)};
    for (const double order : {1.0, 3.0}) {
        std::vector<double> lengths, error;
        for (double T = 1000.0; T <= 64000.0; T *= 4.0) {
            const auto a = problems::run(problem, "lif_lca", fmt::format("order: {}", order), T, 0.8 * T).a;
            lengths.push_back(T);
            error.push_back(std::abs((a[0] - a[1]) - (optimum[0] - optimum[1])));
        }
        const double measured = problems::log_log_slope(lengths, error);
        fmt::print("lif_lca, two rivals, order {}: error {:.2e} to {:.2e}, slope {:.2f}, in theory {:.2f}\n",
                   order, error.front(), error.back(), measured, -0.3 * order);
        CHECK(std::abs(measured + 0.3 * order) < (order == 1.0 ? 0.05 : 0.3));
    }
}

TEST_CASE("lif_lca: the code goes to the optimum of the program") {
    // A leaky neuron cannot time intervals above 36 tau_m: what it waits for is below a double's resolution.
    // Activities below q / (36 tau_m) read as 0, which is what is left at tau_m = 10 ms: 0.0028 at most.
    const std::vector<double> lengths = {20, 80, 320, 1280, 5120};
    const auto list = [](const std::vector<double>& values) {
        std::string text;
        for (const double x : values) text += fmt::format(" {:.1e}", x);
        return text;
    };
    for (const double tau_m : {10.0, 100.0})
        for (const std::size_t N : {50, 100, 200}) {
            std::vector<double> gap(lengths.size(), 0.0), kkt(lengths.size(), 0.0);
            constexpr int kProblems = 4;
            for (std::uint64_t seed = 0; seed < kProblems; ++seed) {
                const auto problem = problems::dense(N, N / 2, 0.1, 300 + seed);
                const auto best = sim::optimum(problem.program, problem.b, 1e-10);
                const double least = sim::energy(problem.program, problem.b, best);
                for (std::size_t k = 0; k < lengths.size(); ++k) {
                    const double T = lengths[k] * kTau;
                    const auto a =
                        problems::run(problem, "lif_lca", fmt::format("tau_m: {} ms", tau_m), T, 0.3 * T).a;
                    gap[k] +=
                        (sim::energy(problem.program, problem.b, a) - least) / (0.5 + least) / kProblems;
                    kkt[k] += sim::kkt_residual(problem.program, problem.b, a) / kProblems;
                }
            }
            fmt::print(
                "lif_lca, tau_m {:3} ms, dense {:3}, T = 20 to 5120 tau: relE{}, slope {:.2f}; KKT{}, slope "
                "{:.2f}\n",
                tau_m, N, list(gap), problems::log_log_slope(lengths, gap), list(kkt),
                problems::log_log_slope(lengths, kkt));
            CHECK(std::is_sorted(gap.rbegin(), gap.rend()));
            CHECK(std::is_sorted(kkt.rbegin(), kkt.rend()));
            CHECK(gap.back() < 2e-6);
            CHECK(kkt.back() < 0.0028);
            if (tau_m > 10.0) {
                CHECK(gap.back() < 1e-6);
                CHECK(problems::log_log_slope(lengths, kkt) < -0.8);
            }
        }
}
