#include "convolution/kernel_learning.hpp"

#include <numeric>

#include "convolution/log_gabor.hpp"
#include "sim/rng.hpp"

namespace convolution {

void learn(Task& task, const Image& image, std::span<const float> code, double eta) {
    double power = 0.0;
    for (const double a : code) power += a * a;
    if (power == 0.0) return;
    const Grid grid = grid_of(task, image.rows, image.cols);
    Image residual = reconstruct(task, code, image.rows, image.cols);
    for (std::size_t p = 0; p < image.size(); ++p) residual.pixels[p] = image.pixels[p] - residual.pixels[p];

    Kernels& kernels = task.kernels;
    const auto rate = static_cast<float>(eta * static_cast<double>(kernels.n) / power);
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == 0.0F) continue;
        const std::size_t y = at % grid.size() / grid.cols * grid.stride, x = at % grid.cols * grid.stride;
        float* value = kernels.kernel(at / grid.size()).data();
        for (std::size_t i = 0; i < kernels.height; ++i)
            for (std::size_t j = 0; j < kernels.width; ++j)
                *value++ += rate * code[at] *
                            residual.pixels[(y + i) % image.rows * image.cols + (x + j) % image.cols];
    }
    normalise(kernels);
}

Kernels random_kernels(std::size_t n, std::size_t size, std::uint64_t seed) {
    Kernels kernels{n, size, size, std::vector<float>(n * size * size)};
    for (std::size_t k = 0; k < n; ++k) {
        sim::Stream stream(seed, sim::Purpose::dictionary, k);
        const auto kernel = kernels.kernel(k);
        for (float& x : kernel) x = static_cast<float>(stream.normal());
        const float mean =
            std::accumulate(kernel.begin(), kernel.end(), 0.0F) / static_cast<float>(kernel.size());
        for (float& x : kernel) x -= mean;
    }
    normalise(kernels);
    return kernels;
}

}  // namespace convolution
