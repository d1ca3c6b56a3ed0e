// Distances of many codes to many others, block by block.
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <vector>

#include "decoding/samples.hpp"
#include "sim/parallel.hpp"

namespace decoding {

using RowsView = Eigen::Ref<const Rows>;

/// Places of the n least of the distances, from the least; of equal ones the first.
std::vector<std::size_t> nearest(const Eigen::Ref<const Eigen::RowVectorXf>& distances, std::size_t n);

/// x y^T. Zeros of x cost nothing, and most of a sparse code are.
/// y_T  the transpose of y, (x.cols(), y.rows())
Rows products(const RowsView& x, const Rows& y_T);

/// use(first, D) for blocks of rows of x, side by side on the cores; D may be changed. D(i, j) is the squared
/// Euclidean distance of row first + i of x to row j of y, as |x|^2 + |y|^2 - 2 x.y: not exact to more than
/// 1e-6 |x|^2. O(x.rows() y.rows() cols)
template <class Use>
void for_blocks_of_distances(const RowsView& x, const RowsView& y, const Use& use) {
    constexpr Eigen::Index kBlock = 128;  // rows; a block of 60 000 columns is 31 MB
    const Rows y_T = y.transpose();
    const Eigen::RowVectorXf y_squared = y.rowwise().squaredNorm().transpose();
    const Eigen::Index n_blocks = (x.rows() + kBlock - 1) / kBlock;
    sim::parallel_for(Eigen::Index{0}, n_blocks, [&](Eigen::Index b) {
        const Eigen::Index first = b * kBlock, n = std::min(kBlock, x.rows() - first);
        const auto block = x.middleRows(first, n);
        Rows D = products(block, y_T);
        D = ((-2.0F * D).rowwise() + y_squared).colwise() + block.rowwise().squaredNorm();
        D = D.cwiseMax(0.0F);
        use(first, D);
    });
}

}  // namespace decoding
