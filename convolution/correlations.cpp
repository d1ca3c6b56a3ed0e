#include "convolution/correlations.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/error.hpp"

namespace convolution {
Correlations::Correlations(const Task& task, std::size_t rows, std::size_t cols)
    : rows_(rows), cols_(cols), grid_(grid_of(task, rows, cols)), border_(task.border) {
    check(task);
    Q_ = sim::correlations(task.kernels, task.stride);
    for (std::size_t k = 0; k < n_kernels(); ++k) {
        diagonal_.push_back(Q_.diagonal(k));
        if (!(diagonal_[k] > 0.0F))
            throw sim::ConfigError(fmt::format("kernel {} must not be zero everywhere", k));
    }
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
    const std::size_t least_rows = 2 * ((task.kernels.height - 1) / task.stride) + 1,
                      least_cols = 2 * ((task.kernels.width - 1) / task.stride) + 1;
    if (grid_.rows < least_rows || grid_.cols < least_cols)
        throw sim::ConfigError(
            fmt::format("the image of {} x {} px must be at least {} x {} px, so that kernels do not overlap "
                        "each other twice with periodic borders",
                        rows_, cols_, least_rows * task.stride, least_cols * task.stride));
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
