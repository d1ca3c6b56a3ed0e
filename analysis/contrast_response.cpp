#include "analysis/contrast_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/least_squares.hpp"
#include "analysis/numbers.hpp"
#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace analysis {
namespace {

constexpr double kLeastN = 0.1, kGreatestN = 10.0;

using Eigen::Vector4d;
using Array = Eigen::ArrayXd;
using Vector = Eigen::VectorXd;

/// What the search moves: R_max, R_0, and logarithms of c50 and n.
enum Parameter : Eigen::Index { kMax, kBase, kC50, kExponent };

/// Contrasts as logarithms, and responses.
struct Data {
    Array log_contrast, response;

    double squared_deviations() const { return (response - response.mean()).square().sum(); }
};

void check_contrasts(std::span<const double> contrasts, std::span<const double> responses) {
    if (contrasts.size() != responses.size())
        throw sim::Error(fmt::format("contrast response: {} contrasts and {} responses", contrasts.size(),
                                     responses.size()));
    for (std::size_t i = 0; i < contrasts.size(); ++i)
        if (!(contrasts[i] > 0.0 && std::isfinite(contrasts[i]) && std::isfinite(responses[i])))
            throw sim::Error(fmt::format(
                "contrast response: contrasts must be above 0 and responses finite, got {} and {}",
                contrasts[i], responses[i]));
}

/// c^n / (c^n + c50^n) = 1 / (1 + e^{-n (log c - log c50)})
Array saturation(const Array& log_contrast, double log_c50, double n) {
    return 1.0 / (1.0 + (-n * (log_contrast - log_c50)).exp());
}

void residuals(const Data& data, const Vector& p, Vector& r, Eigen::MatrixXd* dr) {
    const double n = std::exp(p(kExponent));
    const Array s = saturation(data.log_contrast, p(kC50), n);
    r = p(kMax) * s + p(kBase) - data.response;
    if (dr == nullptr) return;
    const Array slope = p(kMax) * n * s * (1.0 - s);  // by log c
    dr->col(kMax) = s;
    dr->col(kBase).setOnes();
    dr->col(kC50) = -slope;
    dr->col(kExponent) = slope * (data.log_contrast - p(kC50));
}

Bounds bounds(const Data& data) {
    Bounds result{Vector4d::Constant(-kInfinity), Vector4d::Constant(kInfinity)};
    result.low(kMax) = 0.0;
    result.low(kC50) = data.log_contrast.minCoeff() - std::log(2.0);
    result.high(kC50) = data.log_contrast.maxCoeff() + std::log(2.0);
    result.low(kExponent) = std::log(kLeastN);
    result.high(kExponent) = std::log(kGreatestN);
    return result;
}

Minimum best_fit(const Data& data) {
    const Residuals errors = [&](const Vector& p, Vector& r, Eigen::MatrixXd* dr) {
        residuals(data, p, r, dr);
    };
    const double low = data.log_contrast.minCoeff(), high = data.log_contrast.maxCoeff();
    const double least = data.response.minCoeff(), range = data.response.maxCoeff() - least;
    Minimum best{{}, kInfinity};
    for (const double part : {0.25, 0.5, 0.75, 1.0})
        for (const double n : {1.0, 3.0}) {
            const Vector4d start(range, least, std::lerp(low, high, part), std::log(n));
            auto minimum = least_squares(errors, static_cast<std::size_t>(data.response.size()), start,
                                         bounds(data), 200);
            if (minimum.sum_of_squares < best.sum_of_squares) best = std::move(minimum);
        }
    return best;
}

}  // namespace

double NakaRushton::response(double contrast) const {
    const double power = std::pow(contrast / c50, n);
    return R_max * power / (power + 1.0) + R_0;
}

NakaRushton fit_naka_rushton(std::span<const double> contrasts, std::span<const double> responses) {
    check_contrasts(contrasts, responses);
    constexpr NakaRushton none{kNan, kNan, kNan, kNan, kNan};
    if (contrasts.size() < 4) return none;
    const auto size = static_cast<Eigen::Index>(contrasts.size());
    const Data data{Array::Map(contrasts.data(), size).log(), Array::Map(responses.data(), size)};
    if (data.response.minCoeff() == data.response.maxCoeff()) return none;
    const auto fit = best_fit(data);
    return {.R_max = fit.p(kMax),
            .c50 = std::exp(fit.p(kC50)),
            .n = std::exp(fit.p(kExponent)),
            .R_0 = fit.p(kBase),
            .explained_variance = 1.0 - fit.sum_of_squares / data.squared_deviations()};
}

std::vector<NakaRushton> fit_naka_rushtons(std::span<const double> contrasts, std::span<const float> R) {
    const auto size = contrasts.size();
    if (size == 0 || R.size() % size != 0)
        throw sim::Error(
            fmt::format("contrast response: {} responses are no multiple of {} contrasts", R.size(), size));
    std::vector<NakaRushton> result(R.size() / size);
    sim::parallel_for<std::size_t>(0, result.size(), [&](std::size_t i) {
        const auto of_neuron = R.subspan(i * size, size);
        result[i] = fit_naka_rushton(contrasts, std::vector<double>(of_neuron.begin(), of_neuron.end()));
    });
    return result;
}

}  // namespace analysis
