#include "bench/convolutional_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace bench::convolution {

Grid grid_of(const Task& task, std::size_t rows, std::size_t cols) {
    const Kernels& kernels = task.kernels;
    if (kernels.height > rows || kernels.width > cols)
        throw sim::ConfigError(fmt::format("kernels of {} x {} px must fit into the image of {} x {} px",
                                           kernels.height, kernels.width, rows, cols));
    return sim::places_of(kernels, rows, cols, task.stride, task.border);
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

namespace {

/// Calls use(pixel of the image, value of the kernel) for all values of kernel k at place (y, x) of the grid.
template <class Use>
void visit(const Task& task, std::size_t k, std::size_t y, std::size_t x, std::size_t rows, std::size_t cols,
           Use use) {
    const float* value = task.kernels.kernel(k).data();
    for (std::size_t i = 0; i < task.kernels.height; ++i) {
        const std::size_t row = (y * task.stride + i) % rows * cols;
        for (std::size_t j = 0; j < task.kernels.width; ++j)
            use(row + (x * task.stride + j) % cols, *value++);
    }
}

}  // namespace

Image reconstruct(const Task& task, std::span<const float> code, std::size_t rows, std::size_t cols) {
    const Grid grid = grid_of(task, rows, cols);
    Image image{rows, cols, std::vector<float>(rows * cols, 0.0F)};
    for (std::size_t at = 0; at < code.size(); ++at)
        if (const float a = code[at]; a != 0.0F)
            visit(task, at / grid.size(), at % grid.size() / grid.cols, at % grid.cols, rows, cols,
                  [&](std::size_t pixel, float value) { image.pixels[pixel] += a * value; });
    return image;
}

double energy(const Task& task, const Image& image, std::span<const float> code) {
    const Image explained = reconstruct(task, code, image.rows, image.cols);
    double error = 0.0, sum = 0.0;
    for (std::size_t p = 0; p < image.size(); ++p) {
        const double r = static_cast<double>(image.pixels[p]) - static_cast<double>(explained.pixels[p]);
        error += r * r;
    }
    for (const float a : code) sum += std::abs(static_cast<double>(a));
    return 0.5 * error + task.lambda * sum;
}

Code drive(const Task& task, const Image& image) {
    const Grid grid = grid_of(task, image.rows, image.cols);
    Code b(task.kernels.n * grid.size());
    sim::parallel_for(std::size_t{0}, task.kernels.n * grid.rows, [&](std::size_t row) {
        const std::size_t k = row / grid.rows, y = row % grid.rows;
        for (std::size_t x = 0; x < grid.cols; ++x) {
            double sum = 0.0;
            visit(task, k, y, x, image.rows, image.cols, [&](std::size_t pixel, float value) {
                sum += static_cast<double>(image.pixels[pixel]) * static_cast<double>(value);
            });
            b[row * grid.cols + x] = static_cast<float>(sum);
        }
    });
    return b;
}

double kkt_residual(const Task& task, const Image& image, std::span<const float> code) {
    Image residual = reconstruct(task, code, image.rows, image.cols);
    std::transform(image.pixels.begin(), image.pixels.end(), residual.pixels.begin(), residual.pixels.begin(),
                   [](float s, float explained) { return s - explained; });
    const Code g = drive(task, residual);  // b - Q a
    double worst = 0.0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        const double a = static_cast<double>(code[at]), slope = static_cast<double>(g[at]);
        const double off = a != 0.0 ? std::abs(slope - std::copysign(task.lambda, a))
                                    : (task.is_signed ? std::abs(slope) : slope) - task.lambda;
        worst = std::max(worst, off);
    }
    return worst;
}

}  // namespace bench::convolution
