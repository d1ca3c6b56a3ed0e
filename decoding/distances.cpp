#include "decoding/distances.hpp"

#include <utility>

#include "sim/simd.hpp"

namespace decoding {
namespace {

/// D += x y^T of row-major matrices: x (n_rows, size), y_T (size, n), D (n_rows, n). By tiles of columns, so
/// that what is used of y_T stays in the cache from row to row.
void add_products(const float* x, std::size_t n_rows, std::size_t size, const float* y_T, std::size_t n,
                  float* D) {
    constexpr std::size_t kTile = 512;
    for (std::size_t first = 0; first < n; first += kTile) {
        const std::size_t last = std::min(n, first + kTile);
        for (std::size_t i = 0; i < n_rows; ++i)
            for (std::size_t k = 0; k < size; ++k) {
                const float a = x[i * size + k];
                if (a == 0.0F) continue;
                const float* const y = y_T + k * n;
                float* const d = D + i * n;
                for (std::size_t j = first; j < last; ++j) d[j] += a * y[j];
            }
    }
}

}  // namespace

Rows products(const RowsView& x, const Rows& y_T) {
    const Rows dense = x;  // its rows follow each other
    Rows D = Rows::Zero(x.rows(), y_T.cols());
    sim::simd<add_products>(dense.data(), static_cast<std::size_t>(x.rows()),
                            static_cast<std::size_t>(x.cols()), y_T.data(),
                            static_cast<std::size_t>(y_T.cols()), D.data());
    return D;
}

std::vector<std::size_t> nearest(const Eigen::Ref<const Eigen::RowVectorXf>& distances, std::size_t n) {
    std::vector<std::pair<float, std::size_t>> heap;  // the greatest of the n least in front
    for (std::size_t j = 0; j < static_cast<std::size_t>(distances.size()); ++j) {
        const float d = distances[static_cast<Eigen::Index>(j)];
        if (heap.size() == n && d >= heap.front().first) continue;
        if (heap.size() == n) {
            std::ranges::pop_heap(heap);
            heap.pop_back();
        }
        heap.emplace_back(d, j);
        std::ranges::push_heap(heap);
    }
    std::ranges::sort_heap(heap);
    std::vector<std::size_t> places;
    for (const auto& [d, j] : heap) places.push_back(j);
    return places;
}

}  // namespace decoding
