#include "analysis/receptive_field.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/products.hpp"
#include "analysis/statistics.hpp"
#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace analysis {
namespace {

constexpr Eigen::Index kNeurons = 64;   // side by side; fixed, so that sums are too
constexpr Eigen::Index kFrames = 1024;  // in single precision before they are added up in double

using Index = Eigen::Index;
using Doubles = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMajor = Eigen::Map<const Floats>;

void check(std::span<const float> frames, std::span<const float> responses, std::size_t n_pixels) {
    if (n_pixels == 0 || frames.empty() || frames.size() % n_pixels != 0 ||
        responses.size() % (frames.size() / n_pixels) != 0)
        throw sim::Error(fmt::format(
            "receptive field: {} values are no frames of {} px, or {} responses not as many to each",
            frames.size(), n_pixels, responses.size()));
    if (!std::ranges::all_of(frames, [](float v) { return std::isfinite(v); }))
        throw sim::NumericsError("receptive field", 0, 0.0, "a frame must be finite");
    const auto n_neurons = responses.size() / (frames.size() / n_pixels);
    for (std::size_t i = 0; i < responses.size(); ++i)
        if (!(std::isfinite(responses[i]) && responses[i] >= 0.0F))
            throw sim::NumericsError("receptive field", i % n_neurons, 0.0,
                                     fmt::format("a response must be finite and >= 0, got {}", responses[i]));
}

/// sum_k r_k s_k of neurons `first` .. `first + n - 1`.
Doubles weighted_sums(const RowMajor& frames, const RowMajor& responses, Index first, Index n) {
    Doubles sums = Doubles::Zero(n, frames.cols());
    for (Index k = 0; k < frames.rows(); k += kFrames) {
        const Index some = std::min(kFrames, frames.rows() - k);
        const Floats part = inner_products(responses.block(k, first, some, n), frames.middleRows(k, some));
        sums += part.cast<double>();
    }
    return sums;
}

}  // namespace

std::vector<float> spike_triggered_average(std::span<const float> frames, std::span<const float> responses,
                                           std::size_t n_pixels) {
    check(frames, responses, n_pixels);
    const auto n_frames = static_cast<Index>(frames.size() / n_pixels);
    const RowMajor s(frames.data(), n_frames, static_cast<Index>(n_pixels));
    const RowMajor r(responses.data(), n_frames, static_cast<Index>(responses.size()) / n_frames);
    const Eigen::RowVectorXd mean = s.cast<double>().colwise().mean();
    std::vector<float> fields(static_cast<std::size_t>(r.cols()) * n_pixels);
    Eigen::Map<Floats> result(fields.data(), r.cols(), s.cols());
    sim::parallel_for<Index>(0, (r.cols() + kNeurons - 1) / kNeurons, [&](Index block) {
        const Index first = block * kNeurons, n = std::min(kNeurons, r.cols() - first);
        Doubles average = weighted_sums(s, r, first, n);
        const Eigen::VectorXd total = r.middleCols(first, n).cast<double>().colwise().sum();
        average.array().colwise() /= total.array();  // NaN where a neuron never responds
        average.rowwise() -= mean;
        result.middleRows(first, n) = average.cast<float>();
    });
    return fields;
}

double field_correlation(std::span<const float> a, std::span<const float> b) {
    const std::vector<double> one(a.begin(), a.end()), other(b.begin(), b.end());
    const auto has_nan = [](const auto& field) {
        return std::ranges::any_of(field, [](double v) { return std::isnan(v); });
    };
    const double r = correlation(one, other);
    return has_nan(one) || has_nan(other) ? std::numeric_limits<double>::quiet_NaN() : r;
}

}  // namespace analysis
