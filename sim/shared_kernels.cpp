#include "sim/shared_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/outer_products.hpp"
#include "sim/parallel.hpp"
#include "sim/size_limit.hpp"

namespace sim {
namespace {

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// Neurons are numbered in 32 bits, and each takes some memory, as do the weights between kernels.
void check_fits(const Params& block, const SharedKernelSettings& settings) {
    constexpr double kMost = 0xFFFFFFFF;
    constexpr double kLeastOfNeuron = 64.0;  // bytes
    const Kernels& shape = settings.shape;
    const double N = static_cast<double>(settings.places.size()) * static_cast<double>(shape.n);
    if (N > kMost) block.fail("stride", fmt::format("such that there are at most {} neurons", kMost));
    check_fits(block, "stride", N * kLeastOfNeuron, fmt::format("{:g} neurons", N));
    const auto reached = [&](std::size_t size) {
        return static_cast<double>(2 * ((size - 1) / settings.places.stride) + 1);
    };
    const double weights = static_cast<double>(shape.n) * static_cast<double>(shape.n) *
                           reached(shape.height) * reached(shape.width);
    check_fits(block, "stride", weights * sizeof(float), fmt::format("{:g} weights", weights));
}

}  // namespace

SharedKernelSettings read_shared_kernels(const Params& block, std::size_t rows, std::size_t cols) {
    SharedKernelSettings settings{KernelSettings(block), {}, rows, cols, {}};
    const std::size_t stride =
        block.count("stride", 1, "step between places of a kernel, in both directions [px]");
    if (block.is_describing()) return settings;
    settings.shape = shape_of(settings.bank);
    if (settings.shape.height > rows || settings.shape.width > cols)
        block.fail("size", fmt::format("such that kernels fit into the frame of {} x {} px", rows, cols),
                   fmt::format("{} x {} px", settings.shape.height, settings.shape.width));
    settings.places = places_within(settings.shape.height, settings.shape.width, rows, cols, stride);
    check_fits(block, settings);
    return settings;
}

SharedKernels::SharedKernels(const SharedKernelSettings& settings)
    : settings_(settings), kernels_(settings.shape) {
    kernels_.values.assign(kernels_.n * kernels_.height * kernels_.width, 0.0F);
}

void SharedKernels::initialise(std::uint64_t seed) { kernels_ = make_kernels(settings_.bank, seed); }

/// Calls use(pixel of the frame, value) for all values of a neuron's kernel where it stands.
template <class Use>
void SharedKernels::visit(std::size_t neuron, Use use) const {
    const float* value = kernels_.kernel(neuron % kernels_.n).data();
    std::size_t row = corner(neuron / kernels_.n);
    for (std::size_t i = 0; i < kernels_.height; ++i, row += settings_.cols)
        for (std::size_t j = 0; j < kernels_.width; ++j) use(row + j, *value++);
}

std::vector<double> SharedKernels::visual_positions() const {
    std::vector<double> positions;
    for (std::size_t i = 0; i < size(); ++i) {
        const std::size_t at = corner(i / kernels_.n);
        positions.push_back(static_cast<double>(at / settings_.cols) +
                            0.5 * static_cast<double>(kernels_.height - 1));
        positions.push_back(static_cast<double>(at % settings_.cols) +
                            0.5 * static_cast<double>(kernels_.width - 1));
    }
    return positions;
}

Eigen::MatrixXf SharedKernels::drive(const Eigen::MatrixXf& frames) const {
    const std::size_t P = settings_.places.size(), K = kernels_.n;
    Panel Phi(kernels_.height * kernels_.width, K);
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t p = 0; p < Phi.rows(); ++p) Phi.row(p)[k] = kernels_.kernel(k)[p];
    Eigen::MatrixXf b(index(size()), frames.cols());
    parallel_for(Eigen::Index{0}, frames.cols(), [&](Eigen::Index frame) {
        Panel seen(Phi.rows(), P);  // of all places, pixel by pixel
        const float* s = frames.col(frame).data();
        for (std::size_t i = 0; i < kernels_.height; ++i)
            for (std::size_t j = 0; j < kernels_.width; ++j)
                for (std::size_t place = 0; place < P; ++place)
                    seen.row(i * kernels_.width + j)[place] = s[corner(place) + i * settings_.cols + j];
        const Panel product = outer_products(seen, Phi);  // (P, K)
        for (std::size_t place = 0; place < P; ++place)
            std::copy_n(product.row(place), K, b.col(frame).data() + place * K);
    });
    return b;
}

Eigen::MatrixXf SharedKernels::residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const {
    Eigen::MatrixXf r = frames;
    parallel_for(Eigen::Index{0}, frames.cols(), [&](Eigen::Index frame) {
        float* left = r.col(frame).data();
        for (std::size_t i = 0; i < size(); ++i)
            if (const float a = codes(index(i), frame); a != 0.0F)
                visit(i, [&](std::size_t pixel, float value) { left[pixel] -= a * value; });
    });
    return r;
}

std::vector<double> SharedKernels::norms() const {
    const std::vector<double> of_kernels = sim::norms(kernels_);
    std::vector<double> all(size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = of_kernels[i % kernels_.n];
    return all;
}

void SharedKernels::gram(Interaction& Q) const {
    const Stencil weights = correlations(kernels_, settings_.places.stride);
    for (std::size_t k = 0; k < kernels_.n; ++k)
        if (weights.diagonal(k) == 0.0F)
            throw NumericsError(fmt::format("kernel {} is zero everywhere: its neurons see nothing", k));
    Q = Interaction::shared(weights, settings_.places);
}

void SharedKernels::set_values(std::span<const float> values) {
    if (values.size() != kernels_.values.size())
        throw Error(fmt::format("kernels must be {} numbers, are {}", kernels_.values.size(), values.size()));
    kernels_.values.assign(values.begin(), values.end());
}

std::vector<float> SharedKernels::in_frame() const {
    std::vector<float> fields(size() * pixels(), 0.0F);
    for (std::size_t i = 0; i < size(); ++i)
        visit(i, [&](std::size_t pixel, float value) { fields[i * pixels() + pixel] = value; });
    return fields;
}

void SharedKernels::learn(const Eigen::MatrixXf& residual, const Eigen::MatrixXf& codes, double rate) {
    const std::size_t K = kernels_.n;
    parallel_for(std::size_t{0}, K, [&](std::size_t k) {
        std::vector<float> step(kernels_.height * kernels_.width, 0.0F);
        for (Eigen::Index frame = 0; frame < codes.cols(); ++frame)
            for (std::size_t place = 0; place < settings_.places.size(); ++place) {
                const float a = codes(index(place * K + k), frame);
                if (a == 0.0F) continue;
                const float* r = residual.col(frame).data() + corner(place);
                for (std::size_t i = 0; i < kernels_.height; ++i, r += settings_.cols)
                    for (std::size_t j = 0; j < kernels_.width; ++j) step[i * kernels_.width + j] += a * r[j];
            }
        const auto kernel = kernels_.kernel(k);
        for (std::size_t p = 0; p < step.size(); ++p) kernel[p] += static_cast<float>(rate) * step[p];
    });
    sim::normalise(kernels_);
}

}  // namespace sim
