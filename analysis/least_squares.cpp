#include "analysis/least_squares.hpp"

#include <ceres/cost_function.h>
#include <ceres/problem.h>
#include <ceres/solver.h>

#include <cmath>

namespace analysis {
namespace {

/// Our residuals as Ceres calls them.
class Cost final : public ceres::CostFunction {
  public:
    Cost(const Residuals& residuals, std::size_t n_residuals, Eigen::Index n) : residuals_(residuals), n_(n) {
        set_num_residuals(static_cast<int>(n_residuals));
        mutable_parameter_block_sizes()->push_back(static_cast<int>(n));
    }

    bool Evaluate(const double* const* parameters, double* values, double** jacobians) const override {
        const Eigen::VectorXd p = Eigen::Map<const Eigen::VectorXd>(parameters[0], n_);
        const bool wanted = jacobians != nullptr && jacobians[0] != nullptr;
        Eigen::VectorXd r(num_residuals());
        Eigen::MatrixXd derivatives(num_residuals(), n_);
        residuals_(p, r, wanted ? &derivatives : nullptr);
        Eigen::VectorXd::Map(values, r.size()) = r;
        using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        if (wanted) Eigen::Map<RowMajor>(jacobians[0], r.size(), n_) = derivatives;
        return r.allFinite() && (!wanted || derivatives.allFinite());
    }

  private:
    const Residuals& residuals_;
    Eigen::Index n_;
};

ceres::Solver::Options options(int n_iterations) {
    ceres::Solver::Options result;
    result.linear_solver_type = ceres::DENSE_QR;
    result.num_threads = 1;
    result.logging_type = ceres::SILENT;
    result.max_num_iterations = n_iterations;
    result.function_tolerance = 1e-9;
    return result;
}

void set_bounds(ceres::Problem& problem, double* p, const Bounds& bounds) {
    for (int i = 0; i < static_cast<int>(bounds.low.size()); ++i) {
        if (std::isfinite(bounds.low(i))) problem.SetParameterLowerBound(p, i, bounds.low(i));
        if (std::isfinite(bounds.high(i))) problem.SetParameterUpperBound(p, i, bounds.high(i));
    }
}

}  // namespace

Minimum least_squares(const Residuals& residuals, std::size_t n_residuals, const Eigen::VectorXd& start,
                      const Bounds& bounds, int n_iterations) {
    Minimum minimum{start.cwiseMax(bounds.low).cwiseMin(bounds.high), 0.0};
    Cost cost(residuals, n_residuals, start.size());
    ceres::Problem::Options ownership;
    ownership.cost_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
    ceres::Problem problem(ownership);
    problem.AddResidualBlock(&cost, nullptr, minimum.p.data());
    set_bounds(problem, minimum.p.data(), bounds);
    ceres::Solver::Summary summary;
    ceres::Solve(options(n_iterations), &problem, &summary);
    minimum.sum_of_squares = 2.0 * summary.final_cost;
    return minimum;
}

}  // namespace analysis
