// A race is worth as much as its runners: every opponent of `striate bench` solves the problem it is given.
#include <doctest/doctest.h>

#include <cmath>

#include "bench/opponents.hpp"
#include "bench/problems.hpp"
#include "bench/spiking.hpp"
#include "sim/rng.hpp"

namespace {

/// 60 unit atoms in 40 dimensions, 70 stimuli: more than one batch.
bench::Problem small_problem() {
    sim::Stream stream(3, sim::Purpose::test, 0);
    Eigen::MatrixXd Phi(40, 60), S(40, 70);
    for (double& x : Phi.reshaped()) x = stream.normal();
    for (double& x : S.reshaped()) x = stream.normal();
    Phi.colwise().normalize();
    S.colwise().normalize();
    const Eigen::MatrixXd b = Phi.transpose() * S;
    bench::Problem problem{
        {sim::Interaction::dense(Phi.transpose() * Phi), std::vector<double>(60, 0.1)}, {}, {}, {}};
    for (Eigen::Index k = 0; k < b.cols(); ++k) {
        problem.drives.emplace_back(b.col(k).begin(), b.col(k).end());
        problem.half_power.push_back(0.5);
        const auto best = sim::optimum(problem.program, problem.drives.back(), 1e-9);
        problem.least_energy.push_back(sim::energy(problem.program, problem.drives.back(), best));
    }
    return problem;
}

double worst_gap(const bench::Problem& problem, const bench::Codes& codes) {
    double worst = 0.0;
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        const auto code = codes.col(static_cast<Eigen::Index>(k));
        CHECK(code.minCoeff() >= 0.0);
        worst = std::max(worst, problem.relative_gap(k, {code.begin(), code.end()}));
    }
    return worst;
}

}  // namespace

TEST_CASE("the opponents of the benchmark reach the optimum when they are given the time") {
    const bench::Problem problem = small_problem();
    CHECK(problem.relative_gap(0, std::vector<double>(60, 0.0)) > 0.1);  // silence is no solution
    CHECK(worst_gap(problem, bench::CoordinateDescent{1e-5}(problem)) < 1e-6);
    CHECK(worst_gap(problem, bench::ActiveColumns{0.1, 2000}(problem)) < 1e-6);
    CHECK(worst_gap(problem, bench::ClockedSpiking{0.02, 0.01, 200.0, 40.0, true}(problem)) < 1e-3);
    CHECK(worst_gap(problem, bench::ClockedSpiking{0.02, 0.01, 200.0, 40.0, false}(problem)) < 3e-3);
    const bench::Codes sparse = bench::ActiveColumns{0.1, 40}(problem);
    const bench::Codes dense = bench::DenseBatches{0.1, 40, bench::inhibition_of(problem.program)}(problem);
    CHECK((sparse - dense).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("the train a floor is measured with is that of the presentations") {
    const bench::Problem problem = small_problem();
    const bench::Spiking spiking = bench::slca(0.1, 10.0, 3.0);
    std::vector<double> a(60);
    const std::size_t n_spikes =
        spiking.present_all(problem.program, problem.drives, [&](std::size_t) { return std::span(a); });
    const std::vector<std::uint32_t> train = spiking.train(problem.program, problem.drives);
    CHECK(train.size() == n_spikes);
    CHECK(n_spikes > 1000);
    CHECK(spiking.train(problem.program, {problem.drives.data(), 1}) ==
          std::vector<std::uint32_t>(
              train.begin(), train.begin() + static_cast<std::ptrdiff_t>(
                                                 spiking.present(problem.program, problem.drives[0], a))));
}
