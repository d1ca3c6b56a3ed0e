#include "decoding/pca.hpp"

#include <Eigen/Eigenvalues>

namespace decoding {

Rows principal_components(const RowsView& x, std::size_t n_components) {
    const Eigen::RowVectorXd mean = x.cast<double>().colwise().mean();
    const Eigen::MatrixXd centred = x.cast<double>().rowwise() - mean;
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(x.cols(), x.cols());
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);  // ascending
    Eigen::MatrixXd axes = solver.eigenvectors().rowwise().reverse().leftCols(
        std::min(static_cast<Eigen::Index>(n_components), x.cols()));
    for (auto axis : axes.colwise()) {
        Eigen::Index greatest = 0;
        axis.cwiseAbs().maxCoeff(&greatest);
        if (axis[greatest] < 0.0) axis = -axis;
    }
    Rows components = Rows::Zero(x.rows(), static_cast<Eigen::Index>(n_components));
    components.leftCols(axes.cols()) = (centred * axes).cast<float>();
    return components;
}

}  // namespace decoding
