// Convolutional sparse coding: kernels shared over an image, one map of activity per kernel.
//
//     minimise  E(a) = 1/2 |s - sum_k d_k * a_k|^2 + lambda sum |a|
//
// A problem by itself, without a network: what opponents of populations solve, and tests hold populations to. Its sums are
// slow and plain.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/stimuli/photograph.hpp"
#include "sim/kernels.hpp"

namespace bench::convolution {

/// A grey image, row by row from the top.
struct Image {
    std::size_t rows = 0, cols = 0;
    std::vector<float> pixels;  // shape (rows, cols)

    std::size_t size() const { return rows * cols; }
};

/// A photograph, or a part of one, as an image that is coded.
inline Image image_of(models::Image photograph) {
    return {photograph.height, photograph.width, std::move(photograph.pixels)};
}

using sim::Border;  // periodic ones are those of solvers by FFT
using sim::Grid;    // maps of activity: where kernels may stand
using sim::Kernels;

/// What is asked for, besides the image.
struct Task {
    Kernels kernels;
    double lambda = 0.0;
    Border border = Border::periodic;
    bool is_signed = true;  // codes of either sign, or a >= 0
    std::size_t stride = 1;
};

/// Positions of kernels on an image of that size. throws sim::Error if a kernel does not fit.
Grid grid_of(const Task& task, std::size_t rows, std::size_t cols);

/// A code: a_k(y, x), shape (K, grid.rows, grid.cols).
using Code = std::vector<float>;

/// From the order of a code (K, places) to that of neurons (places, K), and back.
std::vector<float> by_place(std::span<const float> code, std::size_t n_kernels);
Code by_kernel(std::span<const float> neurons, std::size_t n_kernels);

/// What a solver comes to.
struct Solution {
    Code code;
    std::uint64_t updates = 0;  // spikes, or moves of one coordinate
};

/// sum_k d_k * a_k. O(active positions x kernel size)
Image reconstruct(const Task& task, std::span<const float> code, std::size_t rows, std::size_t cols);

/// E(a), summed in double precision.
double energy(const Task& task, const Image& image, std::span<const float> code);

/// Correlation of every kernel with the image at every position, b_k(y, x): the drive. Shape of a code.
Code drive(const Task& task, const Image& image);

/// Largest violation of the optimality (KKT) conditions: |b - Q a - lambda sign(a)| where a != 0, what
/// exceeds lambda elsewhere. Zero exactly at the optimum. O(positions x kernel size): it goes through the
/// residual.
double kkt_residual(const Task& task, const Image& image, std::span<const float> code);

}  // namespace bench::convolution
