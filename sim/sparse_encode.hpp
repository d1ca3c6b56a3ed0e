// Sparse codes of vectors under a given dictionary, by the spiking LCA or by a solver: the library's front door for who
// has a matrix and wants a matrix, without a config.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

namespace sim {

struct SparseEncoding {
    std::string method = "slca_falling";  // a kind of neurons that solves a program, or "coordinate_descent"
    double lambda = 0.0;                  // what a unit of activity costs, > 0
    bool nonnegative = true;              // else codes of either sign, by ON and OFF twins
    /// Largest violation of an optimality condition, as a part of the largest of |Phi's| of the sample. Kept by
    /// "coordinate_descent" and "slca_falling"; the others are as near as T lets them come.
    double tolerance = 1e-4;
    double T = 0.0;  // of a presentation [ms]; 0: 1000 ms, of slca_falling what the tolerance asks for
};

struct SparseCodes {
    Eigen::MatrixXd a;                  // (K, n)
    std::vector<std::uint64_t> spikes;  // of each sample, (n); 0 of a solver
};

/// Minimises 1/2 |s - Phi a|^2 + lambda sum_j |a_j| for each sample.
///
/// samples  (M, n); each is scaled to a drive of 1 at most, which changes nothing but how long spikes take
/// Phi      (M, K), of any norms but 0
/// Samples are coded side by side; bits do not depend on the number of threads.
/// throws ConfigError for a method that is none, or does not solve a program, a shape that does not fit, or a number out
/// of its range; NumericsError; Interrupted
SparseCodes sparse_encode(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                          const Eigen::Ref<const Eigen::MatrixXd>& Phi, const SparseEncoding& how);

}  // namespace sim
