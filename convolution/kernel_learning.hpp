// Learning of kernels from what codes leave unexplained.
#pragma once
#include <cstdint>
#include <span>

#include "convolution/problem.hpp"

namespace convolution {

/// One step down the gradient of 1/2 |s - sum_k d_k * a_k|^2, then unit norm:
///
///     d_k <- d_k + eta / A sum_(y, x) a_k(y, x) r(y + ., x + .)     r = s - sum_k d_k * a_k
///
/// The rule is local: a kernel sees its own activity and the residual below it. A, the mean over kernels of
/// sum a_k^2, keeps eta meaningful whatever the contrast and the size of the image; nothing is learned from a
/// code that is zero. O(active x kernel size) source  Olshausen & Field (1996), Nature 381:607, summed over
/// positions
void learn(Task& task, const Image& image, std::span<const float> code, double eta);

/// K kernels of noise with unit norm and no mean; kernel k is drawn from sim::Stream(seed,
/// Purpose::dictionary, k).
Kernels random_kernels(std::size_t n, std::size_t size, std::uint64_t seed);

}  // namespace convolution
