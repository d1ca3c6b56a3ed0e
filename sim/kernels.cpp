#include "sim/kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace sim {
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

/// Writes the weights of kernel k.
void correlate(const Kernels& kernels, std::size_t k, std::ptrdiff_t stride, Stencil& into) {
    const auto reach_y = static_cast<std::ptrdiff_t>(into.reach_y),
               reach_x = static_cast<std::ptrdiff_t>(into.reach_x);
    float* weight = into.weights.data() + k * into.size_of_kernel();
    for (std::ptrdiff_t dy = -reach_y; dy <= reach_y; ++dy)
        for (std::ptrdiff_t dx = -reach_x; dx <= reach_x; ++dx)
            for (std::size_t other = 0; other < kernels.n; ++other)
                *weight++ = static_cast<float>(
                    overlap(kernels, kernels.kernel(k), kernels.kernel(other), dy * stride, dx * stride));
}

}  // namespace

Grid places_of(const Kernels& shape, std::size_t rows, std::size_t cols, std::size_t stride, Border border) {
    const auto places = [&](std::size_t pixels, std::size_t kernel) {
        return border == Border::valid ? (pixels - kernel) / stride + 1 : (pixels + stride - 1) / stride;
    };
    return {places(rows, shape.height), places(cols, shape.width), stride, border};
}

std::string missing_for_periodic(const Kernels& shape, std::size_t rows, std::size_t cols,
                                 std::size_t stride) {
    if (rows % stride != 0 || cols % stride != 0)
        return fmt::format("a multiple of the stride, {} px, in height and width", stride);
    const auto least = [&](std::size_t kernel) { return (2 * ((kernel - 1) / stride) + 1) * stride; };
    if (rows >= least(shape.height) && cols >= least(shape.width)) return "";
    return fmt::format("at least {} x {} px, so that no kernel overlaps another one twice",
                       least(shape.height), least(shape.width));
}

std::vector<double> squared_norms(const Kernels& kernels) {
    std::vector<double> all;
    for (std::size_t k = 0; k < kernels.n; ++k) {
        double sum = 0.0;
        for (const double x : kernels.kernel(k)) sum += x * x;
        all.push_back(sum);
    }
    return all;
}

std::vector<double> norms(const Kernels& kernels) {
    std::vector<double> all = squared_norms(kernels);
    for (double& x : all) x = std::sqrt(x);
    return all;
}

void normalise(Kernels& kernels) {
    const std::vector<double> norm = norms(kernels);
    for (std::size_t k = 0; k < kernels.n; ++k)
        if (norm[k] > 0.0)
            for (float& x : kernels.kernel(k)) x = static_cast<float>(x / norm[k]);
}

Kernels random_kernels(std::size_t n, std::size_t size, std::uint64_t seed) {
    Kernels kernels{n, size, size, std::vector<float>(n * size * size)};
    for (std::size_t k = 0; k < n; ++k) {
        Stream stream(seed, Purpose::dictionary, k);
        const auto kernel = kernels.kernel(k);
        for (float& x : kernel) x = static_cast<float>(stream.normal());
        const float mean =
            std::accumulate(kernel.begin(), kernel.end(), 0.0F) / static_cast<float>(kernel.size());
        for (float& x : kernel) x -= mean;
    }
    normalise(kernels);
    return kernels;
}

Stencil correlations(const Kernels& kernels, std::size_t stride) {
    Stencil Q{kernels.n, (kernels.height - 1) / stride, (kernels.width - 1) / stride, {}};
    Q.weights.resize(kernels.n * Q.size_of_kernel());
    parallel_for(std::size_t{0}, kernels.n,
                 [&](std::size_t k) { correlate(kernels, k, static_cast<std::ptrdiff_t>(stride), Q); });
    return Q;
}

}  // namespace sim
