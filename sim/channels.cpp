#include "sim/channels.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "sim/elementary.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace sim {
namespace {

/// Orthonormal cosine transform of n pixels that are mirrored at both ends; row k has frequency k / (2 n) cycles/px.
Eigen::MatrixXf cosines(std::size_t n) {
    const auto size = static_cast<Eigen::Index>(n);
    Eigen::MatrixXf C(size, size);
    for (Eigen::Index k = 0; k < size; ++k)
        for (Eigen::Index x = 0; x < size; ++x)
            C(k, x) = static_cast<float>(std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(n)) *
                                         sim::cos(std::numbers::pi * static_cast<double>(k) *
                                                  (static_cast<double>(x) + 0.5) / static_cast<double>(n)));
    return C;
}

/// What a channel passes of each coefficient, (width, height), as a frame's rows are columns of Eigen's.
Eigen::MatrixXf passed(double f0, double exponent, std::size_t height, std::size_t width) {
    const auto at = [&](double f) {
        const double u = f / f0, u2 = u * u;
        return sim::pow(u, exponent) * sim::exp(-u2 * u2);
    };
    const double most = at(f0 * sim::pow(0.25 * exponent, 0.25));
    Eigen::MatrixXf part(static_cast<Eigen::Index>(width), static_cast<Eigen::Index>(height));
    for (Eigen::Index l = 0; l < part.rows(); ++l)
        for (Eigen::Index k = 0; k < part.cols(); ++k) {
            const double f = 0.5 * std::hypot(static_cast<double>(k) / static_cast<double>(height),
                                              static_cast<double>(l) / static_cast<double>(width));
            part(l, k) = f > 0.0 ? static_cast<float>(at(f) / most) : 0.0F;
        }
    return part;
}

std::vector<double> one_each(const Params& p, const char* key, std::string_view unit, Check check,
                             double missing, std::size_t n, const char* doc) {
    std::vector<double> all = p.numbers(key, unit, check, doc);
    if (all.empty()) all.assign(n, missing);
    if (all.size() != n && !p.is_describing())
        p.fail(key, fmt::format("a list of as many as f0 has, {}", n), fmt::format("{}", all.size()));
    return all;
}

std::vector<std::uint32_t> drawn(const std::vector<Channel>& all, const WhichNeurons& neurons) {
    double sum = 0.0;
    for (const Channel& one : all) sum += one.share;
    std::vector<std::uint32_t> of_neurons(neurons.n);
    for (std::size_t i = 0; i < neurons.n; ++i) {
        Stream stream(neurons.seed, Purpose::channels, (std::uint64_t{neurons.population} << 32U) | i);
        double left = stream.uniform() * sum;
        std::uint32_t channel = 0;
        while (channel + 1 < all.size() && left >= all[channel].share) left -= all[channel++].share;
        of_neurons[i] = channel;
    }
    return of_neurons;
}

}  // namespace

Channels::Channels(const Params& p, const WhichNeurons& neurons) {
    const std::vector<double> f0 = p.numbers(
        "f0", "cycles/px", Check::positive,
        "bands in which frames are seen, one by each neuron: (f / f0)^exponent exp(-(f / f0)^4), at most 1; "
        "none: frames as they are");
    exponent_ = p.number("exponent", "1", 3.0, Check::positive, "of the filters of all channels");
    const std::size_t n = f0.size();
    const auto list = [&](const char* key, std::string_view unit, Check check, double missing,
                          const char* doc) { return one_each(p, key, unit, check, missing, n, doc); };
    const auto width =
        list("width", "px", Check::non_negative, 0.0,
             "of the Gaussian G of each channel's gain control, x / sqrt(s0^2 + G * x^2); 0 px, or none "
             "given: no control");
    const auto s0 =
        list("s0", "1", Check::positive, 1.0,
             "contrast in each channel at which its gain has fallen to 1 / sqrt 2; 1 if not given");
    const auto gain =
        list("gain", "1", Check::positive, 1.0, "by which what is left is multiplied; 1 if not given");
    const auto share = list("share", "1", Check::positive, 1.0,
                            "of the neurons that see each, relative; equal if not given");
    const auto radius =
        list("radius", "1", Check::positive, 1.0,
             "by which receptive_field.R of the neurons that see each is multiplied; 1 if not given");
    if (p.is_describing()) return;
    for (std::size_t c = 0; c < n; ++c)
        all_.push_back({f0[c], {width[c], s0[c]}, gain[c], share[c], radius[c]});
    if (n > 0) of_neurons_ = drawn(all_, neurons);
}

Eigen::MatrixXf Channels::see(const Eigen::MatrixXf& frames, std::size_t height, std::size_t width) const {
    if (all_.empty()) return frames;
    const Eigen::MatrixXf over_rows = cosines(height), over_cols = cosines(width);
    std::vector<Eigen::MatrixXf> filters;
    for (const Channel& one : all_) filters.push_back(passed(one.f0, exponent_, height, width));
    const Eigen::Index M = frames.rows(), W = over_cols.rows(), H = over_rows.rows();
    Eigen::MatrixXf planes(M * static_cast<Eigen::Index>(size()), frames.cols());
    parallel_for(Eigen::Index{0}, frames.cols(), [&](Eigen::Index k) {
        const Eigen::Map<const Eigen::MatrixXf> frame(frames.col(k).data(), W,
                                                      H);  // a column is a row of pixels
        const Eigen::MatrixXf coefficients = over_cols * frame * over_rows.transpose();
        for (std::size_t c = 0; c < size(); ++c) {
            Eigen::Map<Eigen::MatrixXf> plane(planes.col(k).data() + M * static_cast<Eigen::Index>(c), W, H);
            plane = over_cols.transpose() * coefficients.cwiseProduct(filters[c]) * over_rows;
            const std::span<float> pixels(plane.data(), static_cast<std::size_t>(M));
            if (all_[c].control.width > 0.0) control_gain(all_[c].control, height, width, pixels);
            plane *= static_cast<float>(all_[c].gain);
        }
    });
    return planes;
}

}  // namespace sim
