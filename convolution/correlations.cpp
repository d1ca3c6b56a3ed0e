#include "convolution/correlations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace convolution {
namespace {

/// sum of d(i, j) e(i - dy, j - dx) over the pixels that both have.
double overlap(const Kernels& kernels, std::span<const float> d, std::span<const float> e, std::ptrdiff_t dy,
               std::ptrdiff_t dx) {
    const auto height = static_cast<std::ptrdiff_t>(kernels.height);
    const auto width = static_cast<std::ptrdiff_t>(kernels.width);
    double sum = 0.0;
    for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(dy, 0); i < std::min(height, height + dy); ++i)
        for (std::ptrdiff_t j = std::max<std::ptrdiff_t>(dx, 0); j < std::min(width, width + dx); ++j)
            sum += static_cast<double>(d[static_cast<std::size_t>(i * width + j)]) *
                   static_cast<double>(e[static_cast<std::size_t>((i - dy) * width + j - dx)]);
    return sum;
}

}  // namespace

Correlations::Correlations(const Task& task, std::size_t rows, std::size_t cols)
    : rows_(rows),
      cols_(cols),
      grid_(grid_of(task, rows, cols)),
      border_(task.border),
      n_kernels_(task.kernels.n),
      reach_y_((task.kernels.height - 1) / task.stride),
      reach_x_((task.kernels.width - 1) / task.stride) {
    check(task);
    table_.resize(n_kernels_ * (2 * reach_y_ + 1) * row_size());
    diagonal_.resize(n_kernels_);
    sim::parallel_for(std::size_t{0}, n_kernels_, [&](std::size_t k) { correlate(task.kernels, k); });
    for (std::size_t k = 0; k < n_kernels_; ++k)
        if (!(diagonal_[k] > 0.0F))
            throw sim::ConfigError(fmt::format("kernel {} must not be zero everywhere", k));
}

void Correlations::check_size(const Image& image) const {
    if (image.rows != rows_ || image.cols != cols_ || image.pixels.size() != rows_ * cols_)
        throw sim::ConfigError(fmt::format("the image must be of {} x {} px, got {} x {} px", rows_, cols_,
                                           image.rows, image.cols));
}

void Correlations::check(const Task& task) const {
    if (!(task.lambda >= 0.0 && std::isfinite(task.lambda)))
        throw sim::ConfigError(fmt::format("lambda: must be >= 0, got {}", task.lambda));
    if (task.border != Border::periodic) return;
    if (rows_ % task.stride != 0 || cols_ % task.stride != 0)
        throw sim::ConfigError(
            fmt::format("the size of the image, {} x {} px, must be a multiple of the stride, {} px, with "
                        "periodic borders",
                        rows_, cols_, task.stride));
    if (grid_.rows < 2 * reach_y_ + 1 || grid_.cols < 2 * reach_x_ + 1)
        throw sim::ConfigError(
            fmt::format("the image of {} x {} px must be at least {} x {} px, so that kernels do not overlap "
                        "each other twice with periodic borders",
                        rows_, cols_, (2 * reach_y_ + 1) * task.stride, (2 * reach_x_ + 1) * task.stride));
}

void Correlations::correlate(const Kernels& kernels, std::size_t k) {
    const auto stride = static_cast<std::ptrdiff_t>(grid_.stride);
    const auto reach_y = static_cast<std::ptrdiff_t>(reach_y_),
               reach_x = static_cast<std::ptrdiff_t>(reach_x_);
    float* weight = table_.data() + k * (2 * reach_y_ + 1) * row_size();
    for (std::ptrdiff_t dy = -reach_y; dy <= reach_y; ++dy)
        for (std::ptrdiff_t dx = -reach_x; dx <= reach_x; ++dx)
            for (std::size_t other = 0; other < n_kernels_; ++other)
                *weight++ = static_cast<float>(
                    overlap(kernels, kernels.kernel(k), kernels.kernel(other), dy * stride, dx * stride));
    diagonal_[k] = static_cast<float>(overlap(kernels, kernels.kernel(k), kernels.kernel(k), 0, 0));
}

std::vector<float> by_place(std::span<const float> code, std::size_t n_kernels) {
    const std::size_t n_places = code.size() / n_kernels;
    std::vector<float> neurons(code.size());
    for (std::size_t place = 0; place < n_places; ++place)
        for (std::size_t k = 0; k < n_kernels; ++k)
            neurons[place * n_kernels + k] = code[k * n_places + place];
    return neurons;
}

Code by_kernel(std::span<const float> neurons, std::size_t n_kernels) {
    const std::size_t n_places = neurons.size() / n_kernels;
    Code code(neurons.size());
    for (std::size_t place = 0; place < n_places; ++place)
        for (std::size_t k = 0; k < n_kernels; ++k)
            code[k * n_places + place] = neurons[place * n_kernels + k];
    return code;
}

}  // namespace convolution
