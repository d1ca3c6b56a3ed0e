#include "analysis/products.hpp"

namespace analysis {

Eigen::MatrixXd product(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B) { return A * B; }

Floats inner_products(const Eigen::Ref<const Floats>& A, const Eigen::Ref<const Floats>& B) {
    return A.transpose() * B;
}

}  // namespace analysis
