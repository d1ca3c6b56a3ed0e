// Kernels: fields that are shared by all places of a frame, and what they do to each other.
#pragma once
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

/// What a frame must be, and is not, for one table of correlations to hold with periodic borders: "" if it does. Places
/// have to go on evenly over an edge, and no kernel may overlap another one twice.
std::string missing_for_periodic(const Kernels& shape, std::size_t rows, std::size_t cols,
                                 std::size_t stride);

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
