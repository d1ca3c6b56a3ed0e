// Kernels: fields that are shared by all places of a frame, and what they do to each other.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/stencil.hpp"

namespace sim {

/// K kernels d_k of any norm, shape (K, height, width).
struct Kernels {
    std::size_t n = 0, height = 0, width = 0;
    std::vector<float> values;

    std::span<const float> kernel(std::size_t k) const {
        return {values.data() + k * height * width, height * width};
    }
    std::span<float> kernel(std::size_t k) { return {values.data() + k * height * width, height * width}; }
};

/// Where kernels of that shape, which fit into a frame of rows x cols px, stand on it: with their upper left corner at
/// every `stride`-th pixel, as far as borders let them.
Grid places_of(const Kernels& shape, std::size_t rows, std::size_t cols, std::size_t stride, Border border);

/// Calls use(pixel of the kernel, pixel of the frame) for all that the kernels of a place cover. They fit into the frame
/// of rows x cols px, so that they run over an edge once at most.
template <class Use>
void visit_pixels(const Kernels& kernels, const Grid& places, std::size_t rows, std::size_t cols,
                  std::size_t place, const Use& use) {
    const std::size_t top = place / places.cols * places.stride, left = place % places.cols * places.stride,
                      before_edge = std::min(kernels.width, cols - left);
    std::size_t p = 0;
    for (std::size_t i = 0; i < kernels.height; ++i) {
        const std::size_t row = (top + i < rows ? top + i : top + i - rows) * cols;
        for (std::size_t j = 0; j < before_edge; ++j) use(p++, row + left + j);
        for (std::size_t j = before_edge; j < kernels.width; ++j) use(p++, row + left + j - cols);
    }
}

/// What a frame must be, and is not, for one table of correlations to hold with periodic borders: "" if it does. Places
/// have to go on evenly over an edge, and no kernel may overlap another one twice.
std::string missing_for_periodic(const Kernels& shape, std::size_t rows, std::size_t cols,
                                 std::size_t stride);

/// |d_k|^2, shape (K).
std::vector<double> squared_norms(const Kernels& kernels);

/// |d_k|, shape (K).
std::vector<double> norms(const Kernels& kernels);

/// Each divided by its norm; one that is zero stays.
void normalise(Kernels& kernels);

/// Noise of unit norm and no mean; kernel k is drawn from Stream(seed, Purpose::dictionary, k).
Kernels random_kernels(std::size_t n, std::size_t size, std::uint64_t seed);

/// What activity of one kernel takes from the drive of another, by where they stand to each other:
///
///     Q(k, k', dy, dx) = sum over pixels of d_k(y, x) d_k'(y - dy, x - dx)
///
/// O((K height width)^2), on all cores.
Stencil correlations(const Kernels& kernels, std::size_t stride);

}  // namespace sim
