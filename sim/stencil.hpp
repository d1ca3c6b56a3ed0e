// Neurons of K sorts at each place of a grid, and weights between them that depend on their sorts and on where they
// stand to each other, not on where they stand.
#pragma once
#include <cstddef>

#include "sim/aligned.hpp"

namespace sim {

/// Where what stands at a place may reach over the edges of a frame.
///     periodic  at every edge: what runs over it comes in at the opposite one
///     valid     nowhere: it lies wholly within the frame
enum class Border { periodic, valid };

/// Places on a frame, every `stride`-th pixel in both directions. Neurons are numbered place by place, row by row from
/// the top, those of one place side by side in the order of their sorts: (y cols + x) K + k.
struct Grid {
    std::size_t rows = 0, cols = 0;
    std::size_t stride = 1;  // [px]
    Border border = Border::valid;

    std::size_t size() const { return rows * cols; }
    bool operator==(const Grid&) const = default;
};

/// Weight of a spike of sort k on sort k' that stands dy rows and dx columns of the grid from it, |dy| <= reach_y,
/// |dx| <= reach_x: shape (K, 2 reach_y + 1, 2 reach_x + 1, K).
struct Stencil {
    std::size_t n_kernels = 0, reach_y = 0, reach_x = 0;
    AlignedVector<float> weights;

    /// Places reached in one row of the grid, and weights of all rows for one k.
    std::size_t width() const { return 2 * reach_x + 1; }
    std::size_t size_of_kernel() const { return (2 * reach_y + 1) * width() * n_kernels; }
    /// Weights of sort k on the row of places dy - reach_y from its own, shape (2 reach_x + 1, K).
    const float* row(std::size_t k, std::size_t dy) const {
        return weights.data() + k * size_of_kernel() + dy * width() * n_kernels;
    }
    /// Of sort k on itself, where it stands.
    float diagonal(std::size_t k) const { return row(k, reach_y)[reach_x * n_kernels + k]; }
};

}  // namespace sim
