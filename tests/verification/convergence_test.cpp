// The codes against the exact answers: closed-form LASSO cases, optimality conditions, rates of convergence.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "tests/verification/problems.hpp"

namespace {

constexpr double kTau = 10.0;

double largest_difference(const std::vector<double>& x, const std::vector<double>& y) {
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
    return worst;
}

/// The optimum by projected gradient: shares nothing with the coordinate descent of the simulator.
std::vector<double> projected_gradient(const problems::Problem& problem, int iterations) {
    const auto n = static_cast<Eigen::Index>(problem.b.size());
    Eigen::MatrixXd Q(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            Q(i, j) = problem.program.Q(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    const Eigen::VectorXd c = Eigen::Map<const Eigen::VectorXd>(problem.b.data(), n) -
                              Eigen::Map<const Eigen::VectorXd>(problem.program.lambda.data(), n);
    const double step = 1.0 / Q.cwiseAbs().rowwise().sum().maxCoeff();
    Eigen::VectorXd a = Eigen::VectorXd::Zero(n);
    for (int k = 0; k < iterations; ++k) a = (a + step * (c - Q * a)).cwiseMax(0.0);
    return {a.begin(), a.end()};
}

struct ExactCase {
    const char* name;
    Eigen::MatrixXd Phi;
    Eigen::VectorXd s;
    double lambda;
    std::vector<double> a;
};

std::vector<ExactCase> exact_cases() {
    const double r = std::sqrt(0.5), third = 1.0 / std::sqrt(3.0);
    std::vector<ExactCase> cases;
    cases.push_back({"orthonormal: soft threshold",
                     Eigen::MatrixXd::Identity(4, 4),
                     Eigen::Vector4d(1.0, 0.3, 0.05, -0.7),
                     0.1,
                     {0.9, 0.2, 0.0, 0.0}});
    Eigen::MatrixXd two(3, 2);
    two << 0, third, r, third, r, third;
    cases.push_back(
        {"two atoms, one explains it", two, Eigen::Vector3d(0, 1, 1), 0.3, {std::sqrt(2.0) - 0.3, 0.0}});
    Eigen::MatrixXd opposed(3, 2);
    opposed << -third, 1, third, 0, third, 0;
    const double c = 1.5 + std::sqrt(3.0) / 2.0;
    cases.push_back({"two atoms, opposed",
                     opposed,
                     Eigen::Vector3d(0, 1, 1),
                     0.2,
                     {std::sqrt(3.0) - c * 0.2, 1.0 - c * 0.2}});
    Eigen::MatrixXd golden(3, 3);  // Tang, Lin & Davies (2017)
    golden << 0.3313, 0.8148, 0.4364, 0.8835, 0.3621, 0.2182, 0.3313, 0.4527, 0.8729;
    cases.push_back(
        {"three atoms of Tang et al.", golden, Eigen::Vector3d(0.5, 1.0, 1.5), 0.1, {0.68304, 0.0, 1.21778}});
    return cases;
}

}  // namespace

TEST_CASE("closed-form LASSO cases come out") {
    fmt::print("closed-form cases, largest error of a:\n");
    for (const ExactCase& exact : exact_cases()) {
        const auto problem = problems::lasso(exact.Phi, exact.s, exact.lambda);
        const double digits = 1e-5;  // what the printed cases carry
        const double analog =
            largest_difference(problems::run(problem, "lca", "tolerance: 1e-9", 60 * kTau, kTau).a, exact.a);
        const double descent = largest_difference(sim::optimum(problem.program, problem.b), exact.a);
        const double membrane = largest_difference(
            problems::run(problem, "slca", "q: 0.01 tau", 400 * kTau, 40 * kTau).a, exact.a);
        const double count = largest_difference(
            problems::run(problem, "slca", "q: 0.01 tau, decoder: count", 400 * kTau, 40 * kTau).a, exact.a);
        fmt::print("  {:30} lca {:.1e}, coordinate descent {:.1e}, slca membrane {:.1e}, count {:.1e}\n",
                   exact.name, analog, descent, membrane, count);
        CHECK(analog < digits);
        CHECK(descent < digits);
        CHECK(membrane < 1e-4);             // v is bounded, so the error falls as 1/T
        CHECK(count <= 0.02 / 360 + 1e-4);  // two quanta over the readout more
    }
}

TEST_CASE("the golden vector from a count since t = 0: error x T stays below 1.5") {
    // Tang, Lin & Davies (2017) count from the start with a unit quantum and tau = 1.
    const ExactCase golden = exact_cases().back();
    const auto problem = problems::lasso(golden.Phi, golden.s, golden.lambda);
    double worst = 0.0;
    for (double T = 10.0; T <= 100.0; T += 2.5)
        worst = std::max(
            worst, T * largest_difference(
                           problems::run(problem, "slca", "tau: 1 ms, q: 1 tau, decoder: count", T, 0.0).a,
                           golden.a));
    fmt::print("golden vector, T 10..100: error x T at most {:.2f}\n", worst);
    CHECK(worst < 1.5);
}

TEST_CASE("KKT residual and energy gap fall as theory says") {
    const std::vector<double> lengths = {20, 40, 80, 160, 320, 640};  // once the slowest modes have settled
    const auto measure = [&](const char* decoder, bool sheet) {
        std::vector<double> gap(lengths.size(), 0.0), kkt(lengths.size(), 0.0);
        constexpr int kProblems = 12;
        for (std::uint64_t seed = 0; seed < kProblems; ++seed) {
            const auto problem = sheet ? problems::sheet(12, 12, 5.0, 1.0, 0.02, 200 + seed)
                                       : problems::dense(128, 64, 0.1, 100 + seed);
            const auto best = sim::optimum(problem.program, problem.b, 1e-10);
            const double least = sim::energy(problem.program, problem.b, best);
            for (std::size_t k = 0; k < lengths.size(); ++k) {
                const double T = lengths[k] * kTau;
                const auto a = problems::run(problem, "slca", fmt::format("q: 0.1 tau, decoder: {}", decoder),
                                             T, 0.3 * T)
                                   .a;
                gap[k] += (sim::energy(problem.program, problem.b, a) - least) / (0.5 + least) / kProblems;
                kkt[k] += sim::kkt_residual(problem.program, problem.b, a) / kProblems;
            }
        }
        const double gap_slope = problems::log_log_slope(lengths, gap),
                     kkt_slope = problems::log_log_slope(lengths, kkt);
        fmt::print(
            "{} decoder, {}: relE {:.1e} at T = 20 tau, {:.1e} at 640 tau, slope {:.2f}; KKT residual {:.1e} "
            "to {:.1e}, slope {:.2f}\n",
            decoder, sheet ? "sheet, kappa 5" : "dense", gap.front(), gap.back(), gap_slope, kkt.front(),
            kkt.back(), kkt_slope);
        return std::pair{gap_slope, kkt_slope};
    };
    for (const bool sheet : {false, true})
        for (const char* decoder : {"count", "membrane"}) {
            const auto [gap_slope, kkt_slope] = measure(decoder, sheet);
            CHECK(gap_slope < -1.8);  // at least 1/T^2
            CHECK(kkt_slope < -0.9);  // at least 1/T
        }
}

TEST_CASE("the analog LCA and coordinate descent reach the optimum of projected gradient") {
    for (std::uint64_t seed = 61; seed < 65; ++seed) {
        const auto problem =
            seed % 2 == 0 ? problems::dense(40, 30, 0.1, seed) : problems::sheet(7, 8, 3.0, 1.0, 0.05, seed);
        const auto independent = projected_gradient(problem, 200000);
        REQUIRE(sim::kkt_residual(problem.program, problem.b, independent) < 1e-6);
        const double best = sim::energy(problem.program, problem.b, independent);
        CHECK(sim::energy(problem.program, problem.b, sim::optimum(problem.program, problem.b)) ==
              doctest::Approx(best).epsilon(1e-8));
        const auto adaptive = problems::run(problem, "lca", "tolerance: 1e-8", 300 * kTau, kTau).a;
        CHECK(sim::energy(problem.program, problem.b, adaptive) == doctest::Approx(best).epsilon(1e-6));
        const auto fixed = problems::run(problem, "lca", "stepper: fixed, dt: 0.05 tau", 300 * kTau, kTau).a;
        CHECK(sim::energy(problem.program, problem.b, fixed) == doctest::Approx(best).epsilon(1e-6));
    }
}

TEST_CASE("numbers that break are an error with neuron and time") {
    auto problem = problems::dense(10, 5, 0.1, 71);
    problem.b[3] = std::nan("");
    for (const char* kind : {"slca", "lca"})
        CHECK_THROWS_WITH_AS(problems::run(problem, kind, "", 50.0, 10.0), doctest::Contains("neuron 3"),
                             sim::NumericsError);
}
