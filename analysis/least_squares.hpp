// Nonlinear least squares: the only place that knows Ceres.
#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <functional>

namespace analysis {

/// Residuals r(p), shape (n_residuals), and, unless `derivatives` is null, dr/dp, shape (n_residuals, n).
/// Both come with their shape and are to be filled.
using Residuals =
    std::function<void(const Eigen::VectorXd& p, Eigen::VectorXd& r, Eigen::MatrixXd* derivatives)>;

/// Lowest and highest value of each parameter, shape (n); infinite where there is none.
struct Bounds {
    Eigen::VectorXd low, high;
};

/// Where a search for a least sum of squares ended.
struct Minimum {
    Eigen::VectorXd p;      // shape (n), within the bounds
    double sum_of_squares;  // of the residuals there
};

/// A local minimum of |r(p)|^2 by Levenberg-Marquardt, on one thread and in silence: the same start gives the
/// same bits. The start is moved into the bounds. Ends after `n_iterations` at the latest.
///
/// source   Agarwal, Mierle et al., Ceres Solver; Levenberg (1944), Marquardt (1963)
Minimum least_squares(const Residuals& residuals, std::size_t n_residuals, const Eigen::VectorXd& start,
                      const Bounds& bounds, int n_iterations = 50);

}  // namespace analysis
