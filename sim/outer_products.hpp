// The one dense product the simulator needs: a sum of outer products, C = sum_p A_p^T B_p, over rows p of two
// panels. Drive, learning and Gram matrix all have this form. Its few lines are ours because the BLAS
// libraries of Debian either must not be called from several threads at once (OpenBLAS serial) or give other
// bits on other processors (docs/decisions/0004).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/aligned.hpp"

namespace sim {

/// A matrix stored row by row, rows padded with zeros to whole vector registers.
class Panel {
  public:
    Panel(std::size_t rows, std::size_t width)
        : rows_(rows), stride_((width + kPad - 1) / kPad * kPad), values_(rows * stride_, 0.0F) {}

    std::size_t rows() const { return rows_; }
    std::size_t stride() const { return stride_; }
    float* row(std::size_t r) { return values_.data() + r * stride_; }
    const float* row(std::size_t r) const { return values_.data() + r * stride_; }

    static constexpr std::size_t kPad = 32;

  private:
    std::size_t rows_, stride_;
    AlignedVector<float> values_;
};

/// C_ij = sum_p A_pi B_pj, a panel of A's width rows. A and B have equally many rows. Same bits on every
/// machine.
Panel outer_products(const Panel& A, const Panel& B);
/// The same over some rows of each: C_ij = sum_k A_p B_q, p = rows_A[k], q = rows_B[k].
Panel outer_products(const Panel& A, std::span<const std::uint32_t> rows_A, const Panel& B,
                     std::span<const std::uint32_t> rows_B);

}  // namespace sim
