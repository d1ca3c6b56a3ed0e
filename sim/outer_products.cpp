#include "sim/outer_products.hpp"

#include <cassert>
#include <numeric>
#include <vector>

#include "sim/simd.hpp"

namespace sim {
namespace {

constexpr std::size_t kRows = 8;  // of a block of C that stays in registers; its width is Panel::kPad

void sum_blocks(const Panel& A, const Panel& B, std::size_t n, const std::uint32_t* rows_A,
                const std::uint32_t* rows_B, Panel& C) {
    constexpr std::size_t W = Panel::kPad;
    for (std::size_t i0 = 0; i0 < A.stride(); i0 += kRows)
        for (std::size_t j0 = 0; j0 < B.stride(); j0 += W) {
            float block[kRows][W] = {};
            for (std::size_t k = 0; k < n; ++k) {
                const float* a = A.row(rows_A[k]) + i0;
                const float* b = B.row(rows_B[k]) + j0;
                for (std::size_t i = 0; i < kRows; ++i)
                    for (std::size_t j = 0; j < W; ++j) block[i][j] = fused(a[i], b[j], block[i][j]);
            }
            for (std::size_t i = 0; i < kRows; ++i)
                for (std::size_t j = 0; j < W; ++j) C.row(i0 + i)[j0 + j] = block[i][j];
        }
}

}  // namespace

Panel outer_products(const Panel& A, const Panel& B) {
    assert(A.rows() == B.rows());
    std::vector<std::uint32_t> all(A.rows());
    std::iota(all.begin(), all.end(), 0U);
    return outer_products(A, all, B, all);
}

Panel outer_products(const Panel& A, std::span<const std::uint32_t> rows_A, const Panel& B,
                     std::span<const std::uint32_t> rows_B) {
    assert(rows_A.size() == rows_B.size());
    Panel C(A.stride(), B.stride());
    simd<sum_blocks>(A, B, rows_A.size(), rows_A.data(), rows_B.data(), C);
    return C;
}

}  // namespace sim
