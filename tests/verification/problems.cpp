#include "tests/verification/problems.hpp"

#include <cmath>

#include "sim/rng.hpp"
#include "sim/run_settings.hpp"

namespace problems {
namespace {

Eigen::VectorXd unit_vector(Eigen::Index n, sim::Stream& stream) {
    Eigen::VectorXd x(n);
    for (double& element : x) element = stream.normal();
    return x.normalized();
}

}  // namespace

Problem lasso(const Eigen::MatrixXd& Phi, const Eigen::VectorXd& s, double lambda) {
    const Eigen::VectorXd b = Phi.transpose() * s;
    return {"lasso",
            {sim::Interaction::dense(Phi.transpose() * Phi),
             std::vector<double>(static_cast<std::size_t>(Phi.cols()), lambda)},
            {b.begin(), b.end()}};
}

Problem dense(std::size_t N, std::size_t M, double lambda, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, N);
    Eigen::MatrixXd Phi(static_cast<Eigen::Index>(M), static_cast<Eigen::Index>(N));
    for (auto column : Phi.colwise()) column = unit_vector(Phi.rows(), stream);
    Problem problem = lasso(Phi, unit_vector(Phi.rows(), stream), lambda);
    problem.name = "dense " + std::to_string(N);
    return problem;
}

Problem sheet(std::size_t rows, std::size_t cols, double kappa, double sigma, double lambda,
              std::uint64_t seed) {
    const std::string yaml =
        "seed: " + std::to_string(seed) +
        "\nframe: {height: 20 px, width: 20 px}\nstimulus: {kind: dead_leaves}\npopulations:\n  v1:\n"
        "    kind: slca\n    lambda: " +
        std::to_string(lambda) + "\n    sheet: {rows: " + std::to_string(rows) +
        ", cols: " + std::to_string(cols) +
        "}\n    receptive_field: {R: 3 px, span: 14 px}\n    coupling: {kappa: " + std::to_string(kappa) +
        ", sigma: " + std::to_string(sigma) + "}\n";
    const sim::RunSettings settings(sim::Params::parse(yaml, "problem"));
    sim::Network& network = settings.populations[0].codes->network;
    network.lay_out();
    network.fields().initialise(seed);
    network.refresh_interaction();
    // A stimulus that smooth activity explains, so that strong coupling does not silence the sheet.
    sim::Stream stream(seed, sim::Purpose::test, 0);
    Eigen::MatrixXf activity = unit_vector(static_cast<Eigen::Index>(network.size()), stream).cast<float>();
    activity = network.sheet().smooth(activity, 1.5).cwiseMax(0.0F);
    Eigen::MatrixXf s = network.fields().residual(Eigen::MatrixXf::Zero(400, 1), -activity);
    s /= s.norm();
    const Eigen::MatrixXf b = network.fields().drive(s);
    return {"sheet " + std::to_string(rows) + " x " + std::to_string(cols) + ", kappa " +
                std::to_string(static_cast<int>(kappa)),
            std::move(network.program),
            {b.data(), b.data() + b.size()}};
}

Outcome run(const Problem& problem, const std::string& kind, const std::string& settings, double T,
            double T0) {
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        kind, sim::Params::parse(kind + ": {" + settings + "}", "test"), {});
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons->population(problem.program));
    population.drive(problem.b);
    simulation.run_until(T0);
    population.begin_readout();
    simulation.run_until(T);
    Outcome outcome{simulation.spikes(), std::vector<double>(problem.b.size())};
    population.read_code(outcome.a);
    return outcome;
}

double log_log_slope(const std::vector<double>& x, const std::vector<double>& y) {
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    const auto n = static_cast<double>(x.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double lx = std::log(x[k]), ly = std::log(y[k]);
        sx += lx, sy += ly, sxx += lx * lx, sxy += lx * ly;
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

}  // namespace problems
