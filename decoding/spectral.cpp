#include "decoding/spectral.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <utility>

namespace decoding {
namespace {

struct Edge {
    Eigen::Index atom;
    double weight;  // of D_n^-1/2 W D_N^-1/2
};
using Edges = std::vector<std::vector<Edge>>;  // of each frame

Edges normalised_edges(const RowsView& W) {
    const Eigen::VectorXd of_frame = W.cast<double>().rowwise().sum(),
                          of_atom = W.cast<double>().colwise().sum().transpose();
    Edges edges(static_cast<std::size_t>(W.rows()));
    for (Eigen::Index i = 0; i < W.rows(); ++i)
        for (Eigen::Index j = 0; j < W.cols(); ++j)
            if (W(i, j) > 0.0F)
                edges[static_cast<std::size_t>(i)].push_back(
                    {j, static_cast<double>(W(i, j)) / std::sqrt(of_frame(i) * of_atom(j))});
    return edges;
}

Rows at_unit_length(Eigen::MatrixXd points) {
    constexpr double kNothing = 1e-9;  // of a node without edges rounding leaves less
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
        const double length = points.row(i).norm();
        points.row(i) *= length > kNothing ? 1.0 / length : 0.0;
    }
    return points.cast<float>();
}

}  // namespace

SpectralEmbedding spectral_embedding(const RowsView& W, std::size_t k) {
    const Edges edges = normalised_edges(W);
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(W.cols(), W.cols());
    for (const auto& of_frame : edges)
        for (const Edge& one : of_frame)
            for (const Edge& other : of_frame) gram(other.atom, one.atom) += one.weight * other.weight;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);  // ascending
    const Eigen::VectorXd s = solver.eigenvalues().cwiseMax(0.0).cwiseMin(1.0).cwiseSqrt().reverse();
    const auto dimensions = static_cast<Eigen::Index>(k);
    const Eigen::MatrixXd atoms = solver.eigenvectors().rowwise().reverse().leftCols(dimensions);
    Eigen::MatrixXd frames = Eigen::MatrixXd::Zero(W.rows(), dimensions);
    for (std::size_t i = 0; i < edges.size(); ++i)
        for (const Edge& edge : edges[i])
            frames.row(static_cast<Eigen::Index>(i)) += edge.weight * atoms.row(edge.atom);
    constexpr double kNull = 1e-6;  // directions in which there is no graph
    for (Eigen::Index d = 0; d < dimensions; ++d) frames.col(d) *= s(d) > kNull ? 1.0 / s(d) : 0.0;
    SpectralEmbedding result{{}, at_unit_length(std::move(frames)), at_unit_length(atoms)};
    for (Eigen::Index d = 0; d < std::min(W.rows(), W.cols()); ++d) result.eigenvalues.push_back(1.0 - s(d));
    return result;
}

}  // namespace decoding
