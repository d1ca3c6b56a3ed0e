// Random problems, and the populations of the simulator run on them through its public interface.
#pragma once
#include <Eigen/Core>
#include <string>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/program.hpp"
#include "sim/simulation.hpp"

namespace problems {

struct Problem {
    std::string name;
    sim::Program program;
    std::vector<double> b;
};

/// Unit-norm random dictionary of N atoms in M dimensions, stimulus of unit norm: sparse coding, dense Q.
Problem dense(std::size_t N, std::size_t M, double lambda, std::uint64_t seed);
/// Random fields under local windows on a sheet, with kappa L: local Q.
Problem sheet(std::size_t rows, std::size_t cols, double kappa, double sigma, double lambda,
              std::uint64_t seed);
/// Atoms as columns, a stimulus: Q and b of sparse coding.
Problem lasso(const Eigen::MatrixXd& Phi, const Eigen::VectorXd& s, double lambda);

struct Outcome {
    std::vector<sim::Spike> spikes;
    std::vector<double> a;
};

/// Runs a kind of neuron ("slca", "lca") with settings as YAML ("q: 0.1 tau") for T [ms], code over (T0, T].
Outcome run(const Problem& problem, const std::string& kind, const std::string& settings, double T,
            double T0);

/// Slope of log y against log x by least squares.
double log_log_slope(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace problems
