// The interaction Q of a convolutional problem: what activity of one neuron takes from the drive of those
// whose kernels overlap its own. It depends on the two kernels and on where they stand to each other, so that
// one table of cross-correlations holds it for all places:
//
//     Q(k, k', dy, dx) = sum over pixels of d_k(y, x) d_k'(y - dy, x - dx)
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "convolution/problem.hpp"

namespace convolution {

/// Neurons are numbered place by place, row by row from the top, those of one place side by side in the order
/// of their kernels: (y * cols + x) * K + k.
class Correlations {
  public:
    /// For images of rows x cols px. O((K height width)^2), on all cores; (2 height / stride)
    /// (2 width / stride) K^2 floats.
    /// throws sim::ConfigError if a kernel does not fit or is zero everywhere; with periodic borders, if the
    /// size is no multiple of the stride, or so small that a kernel would meet another one twice; if lambda
    /// is negative
    Correlations(const Task& task, std::size_t rows, std::size_t cols);

    /// throws sim::ConfigError if the image is not of the size given
    void check_size(const Image& image) const;

    const Grid& grid() const { return grid_; }
    std::size_t n_kernels() const { return Q_.n_kernels; }
    std::size_t n_neurons() const { return grid_.size() * n_kernels(); }
    /// Q_ii of every neuron with kernel k: |d_k|^2, shape (K).
    std::span<const float> diagonal() const { return diagonal_; }

    /// Calls use(first place, number of places, weights) for all neurons that kernel k at place (y, x)
    /// reaches, itself among them: the places of a run stand side by side, the weights have shape (places,
    /// K).
    template <class Use>
    void for_each_run(std::size_t k, std::size_t y, std::size_t x, Use use) const;

  private:
    void check(const Task& task) const;

    std::size_t rows_, cols_;  // of images
    Grid grid_;
    Border border_;
    sim::Stencil Q_;
    std::vector<float> diagonal_;
};

/// From the order of a code (K, places) to that of neurons (places, K), and back.
std::vector<float> by_place(std::span<const float> code, std::size_t n_kernels);
Code by_kernel(std::span<const float> neurons, std::size_t n_kernels);

template <class Use>
void Correlations::for_each_run(std::size_t k, std::size_t y, std::size_t x, Use use) const {
    const std::size_t width = Q_.width(), reach_x = Q_.reach_x, K = Q_.n_kernels;
    for (std::size_t dy = 0; dy <= 2 * Q_.reach_y; ++dy) {
        std::size_t row_at = y + dy + grid_.rows - Q_.reach_y;  // one turn ahead, so that it is not negative
        const bool is_outside = row_at < grid_.rows || row_at >= 2 * grid_.rows;
        if (is_outside && border_ == Border::valid) continue;
        row_at = row_at % grid_.rows * grid_.cols;
        const float* weights = Q_.row(k, dy);
        const std::size_t past = x + reach_x + 1;
        const std::size_t left = reach_x > x ? reach_x - x : 0;  // places left of the grid
        const std::size_t right = past > grid_.cols ? past - grid_.cols : 0;
        if (border_ == Border::periodic && left > 0) use(row_at + grid_.cols - left, left, weights);
        use(row_at + x + left - reach_x, width - left - right, weights + left * K);
        if (border_ == Border::periodic && right > 0) use(row_at, right, weights + (width - right) * K);
    }
}

}  // namespace convolution
