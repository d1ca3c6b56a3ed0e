// Products of matrices: the only place of the analysis where they are compiled, since each costs seconds
// (docs/decisions/0021).
#pragma once
#include <Eigen/Core>

namespace analysis {

using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A B
Eigen::MatrixXd product(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B);
/// A' B
Floats inner_products(const Eigen::Ref<const Floats>& A, const Eigen::Ref<const Floats>& B);

}  // namespace analysis
