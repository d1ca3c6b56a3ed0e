#include "sim/shared_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/outer_products.hpp"
#include "sim/parallel.hpp"
#include "sim/ranks.hpp"
#include "sim/size_limit.hpp"

namespace sim {
namespace {

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// Neurons are numbered in 32 bits, and each takes some memory, as do the weights between kernels.
void check_fits(const Params& block, const SharedKernelSettings& settings, double twins) {
    constexpr double kMost = 0xFFFFFFFF;
    constexpr double kLeastOfNeuron = 64.0;  // bytes
    const Kernels& shape = settings.shape;
    const double N = twins * static_cast<double>(settings.places.size()) * static_cast<double>(shape.n);
    if (N > kMost) block.fail("stride", fmt::format("such that there are at most {} neurons", kMost));
    check_fits(block, "stride", N * kLeastOfNeuron, fmt::format("{:g} neurons", N));
    const auto reached = [&](std::size_t size) {
        return static_cast<double>(2 * ((size - 1) / settings.places.stride) + 1);
    };
    const double weights = twins * static_cast<double>(shape.n) * static_cast<double>(shape.n) *
                           reached(shape.height) * reached(shape.width);
    check_fits(block, "stride", weights * sizeof(float), fmt::format("{:g} weights", weights));
}

}  // namespace

SharedKernelSettings read_shared_kernels(const Params& block, std::size_t rows, std::size_t cols) {
    SharedKernelSettings settings{KernelSettings(block), {}, rows, cols, {}};
    const std::size_t stride =
        block.count("stride", 1, "step between places of a kernel, in both directions [px]");
    const Border border =
        block.choice(
            "border", {"valid", "periodic"}, "valid",
            "valid: kernels lie within the frame; periodic: they stand at every place, and what runs "
            "over an edge comes in at the opposite one") == "valid"
            ? Border::valid
            : Border::periodic;
    if (block.is_describing()) return settings;
    settings.shape = shape_of(settings.bank);
    if (settings.shape.height > rows || settings.shape.width > cols)
        block.fail("size", fmt::format("such that kernels fit into the frame of {} x {} px", rows, cols),
                   fmt::format("{} x {} px", settings.shape.height, settings.shape.width));
    settings.places = places_of(settings.shape, rows, cols, stride, border);
    if (border == Border::periodic)
        if (const std::string missing = missing_for_periodic(settings.shape, rows, cols, stride);
            !missing.empty())
            block.fail("border", fmt::format("valid, or the frame {}", missing),
                       fmt::format("periodic on {} x {} px", rows, cols));
    check_fits(block, settings, 1.0);
    return settings;
}

void check_twins_fit(const Params& block, const SharedKernelSettings& settings) {
    check_fits(block, settings, 2.0);
}

// Some places at a time: what all of them see is a frame for each pixel of a kernel.
Eigen::MatrixXf drive(const Kernels& kernels, const Grid& places, std::size_t rows, std::size_t cols,
                      const Eigen::MatrixXf& frames) {
    constexpr std::size_t kPlaces = 256;
    const std::size_t K = kernels.n, P = places.size(), n_parts = (P + kPlaces - 1) / kPlaces;
    Panel Phi(kernels.height * kernels.width, K);
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t p = 0; p < Phi.rows(); ++p) Phi.row(p)[k] = kernels.kernel(k)[p];
    Eigen::MatrixXf b(index(P * K), frames.cols());
    parallel_for(std::size_t{0}, static_cast<std::size_t>(frames.cols()) * n_parts, [&](std::size_t part) {
        const Eigen::Index frame = index(part / n_parts);
        const float* s = frames.col(frame).data();
        const std::size_t first = part % n_parts * kPlaces, n = std::min(kPlaces, P - first);
        Panel seen(Phi.rows(), n);  // pixel by pixel
        for (std::size_t x = 0; x < n; ++x)
            visit_pixels(kernels, places, rows, cols, first + x,
                         [&](std::size_t p, std::size_t pixel) { seen.row(p)[x] = s[pixel]; });
        const Panel product = outer_products(seen, Phi);  // (n, K)
        for (std::size_t x = 0; x < n; ++x)
            std::copy_n(product.row(x), K, b.col(frame).data() + (first + x) * K);
    });
    return b;
}

SharedKernels::SharedKernels(const SharedKernelSettings& settings)
    : settings_(settings), kernels_(settings.shape) {
    kernels_.values.assign(kernels_.n * kernels_.height * kernels_.width, 0.0F);
}

void SharedKernels::initialise(std::uint64_t seed) { kernels_ = make_kernels(settings_.bank, seed); }

void SharedKernels::visit(std::size_t place, const auto& use) const {
    visit_pixels(kernels_, settings_.places, settings_.rows, settings_.cols, place, use);
}

std::vector<double> SharedKernels::visual_positions() const {
    std::vector<double> positions;
    const auto centre = [&](std::size_t place, std::size_t kernel, std::size_t frame) {
        const double at =
            static_cast<double>(place * settings_.places.stride) + 0.5 * static_cast<double>(kernel - 1);
        return at < static_cast<double>(frame) ? at : at - static_cast<double>(frame);
    };
    for (std::size_t i = 0; i < size(); ++i) {
        const std::size_t place = i / kernels_.n;
        positions.push_back(centre(place / settings_.places.cols, kernels_.height, settings_.rows));
        positions.push_back(centre(place % settings_.places.cols, kernels_.width, settings_.cols));
    }
    return positions;
}

Eigen::MatrixXf SharedKernels::drive(const Eigen::MatrixXf& frames) const {
    return sim::drive(kernels_, settings_.places, settings_.rows, settings_.cols, frames);
}

Eigen::MatrixXf SharedKernels::residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const {
    Eigen::MatrixXf r = frames;
    ranks::fill_columns(r, [&](Eigen::Index frame) {
        float* left = r.col(frame).data();
        for (std::size_t i = 0; i < size(); ++i) {
            const float a = codes(index(i), frame);
            if (a == 0.0F) continue;
            const float* value = kernels_.kernel(i % kernels_.n).data();
            visit(i / kernels_.n, [&](std::size_t p, std::size_t pixel) { left[pixel] -= a * value[p]; });
        }
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
    Q = Interaction::shared(kernels_, settings_.places);
    for (std::size_t k = 0; k < kernels_.n; ++k)
        if (Q.diagonal(k) == 0.0)
            throw NumericsError(fmt::format("kernel {} is zero everywhere: its neurons see nothing", k));
}

void SharedKernels::set_values(std::span<const float> values) {
    if (values.size() != kernels_.values.size())
        throw Error(fmt::format("kernels must be {} numbers, are {}", kernels_.values.size(), values.size()));
    kernels_.values.assign(values.begin(), values.end());
}

std::vector<float> SharedKernels::in_frame() const {
    std::vector<float> fields(size() * pixels(), 0.0F);
    for (std::size_t i = 0; i < size(); ++i) {
        const float* value = kernels_.kernel(i % kernels_.n).data();
        visit(i / kernels_.n,
              [&](std::size_t p, std::size_t pixel) { fields[i * pixels() + pixel] = value[p]; });
    }
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
                const float* r = residual.col(frame).data();
                visit(place, [&](std::size_t p, std::size_t pixel) { step[p] += a * r[pixel]; });
            }
        const auto kernel = kernels_.kernel(k);
        for (std::size_t p = 0; p < step.size(); ++p) kernel[p] += static_cast<float>(rate) * step[p];
    });
    sim::normalise(kernels_);
}

}  // namespace sim
