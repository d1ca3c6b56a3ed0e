#include "analysis/population_activity.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>

#include "analysis/numbers.hpp"
#include "analysis/products.hpp"
#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace analysis {
namespace {

constexpr Eigen::Index kNeuronsAtOnce = 64;  // side by side; fixed, so that sums are too

using Index = Eigen::Index;

void check(std::span<const float> R, std::size_t n_neurons) {
    if (n_neurons == 0 || R.size() % n_neurons != 0)
        throw sim::Error(
            fmt::format("activity: {} responses are no multiple of {} neurons", R.size(), n_neurons));
    for (std::size_t i = 0; i < R.size(); ++i)
        if (!(std::isfinite(R[i]) && R[i] >= 0.0F))
            throw sim::NumericsError("activity", i % n_neurons, 0.0,
                                     fmt::format("a response must be finite and >= 0, got {}", R[i]));
}

void check(const Spikes& spikes) {
    if (spikes.t.size() != spikes.neuron.size())
        throw sim::Error(
            fmt::format("activity: {} times of {} spikes", spikes.t.size(), spikes.neuron.size()));
    if (!std::ranges::is_sorted(spikes.t)) throw sim::Error("activity: times of spikes must ascend");
    for (const auto neuron : spikes.neuron)
        if (neuron >= spikes.n_neurons)
            throw sim::Error(
                fmt::format("activity: a spike of neuron {}, but there are {}", neuron, spikes.n_neurons));
}

/// Sums of values and their squares, from which come mean and variance.
struct Sums {
    double n = 0.0, sum = 0.0, squares = 0.0;

    void add(double value) { n += 1.0, sum += value, squares += value * value; }
    double mean() const { return sum / n; }
    double variance() const { return std::max(squares / n - mean() * mean(), 0.0); }
};

/// Each neuron's responses less their mean, at unit norm, shape (n_stimuli, N); 0 where they do not vary.
Floats standardised(std::span<const float> R, Index n_neurons) {
    const Index n_stimuli = static_cast<Index>(R.size()) / n_neurons;
    Floats result = Eigen::Map<const Floats>(R.data(), n_stimuli, n_neurons);
    for (Index i = 0; i < n_neurons; ++i) {
        const bool varies = result.col(i).maxCoeff() > result.col(i).minCoeff();
        const Eigen::VectorXd centred =
            result.col(i).cast<double>().array() - result.col(i).cast<double>().mean();
        if (varies)
            result.col(i) = centred.normalized().cast<float>();
        else
            result.col(i).setZero();
    }
    return result;
}

/// Sums over pairs of neurons, by the bin of their distance.
struct Bins {
    std::vector<double> distance, correlation;
    std::vector<std::size_t> n_pairs;

    explicit Bins(std::size_t n) : distance(n), correlation(n), n_pairs(n) {}
    void add(const Bins& other) {
        for (std::size_t k = 0; k < n_pairs.size(); ++k) {
            distance[k] += other.distance[k];
            correlation[k] += other.correlation[k];
            n_pairs[k] += other.n_pairs[k];
        }
    }
};

struct Sheet {
    Index rows, cols;
    Boundary boundary;

    double distance(Index i, Index j) const {
        const auto apart = [this](Index a, Index b, Index period) {
            const auto d = static_cast<double>(a - b);
            return boundary == Boundary::periodic ? std::remainder(d, static_cast<double>(period)) : d;
        };
        return std::hypot(apart(i / cols, j / cols, rows), apart(i % cols, j % cols, cols));
    }
};

/// Which columns are not 0.
std::vector<bool> varying(const Floats& z) {
    std::vector<bool> result;
    for (Index i = 0; i < z.cols(); ++i) result.push_back(!z.col(i).isZero(0.0F));
    return result;
}

/// The pairs of neurons `first` .. `first + n - 1` with those before each of them.
Bins pairs_of(const Floats& z, const std::vector<bool>& varies, const Sheet& sheet,
              std::span<const double> edges, Index first, Index n) {
    Bins bins(edges.size() - 1);
    const Floats correlations = inner_products(z.middleCols(first, n), z.leftCols(first + n));
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < first + i; ++j) {
            const double d = sheet.distance(first + i, j);
            const bool vary =
                varies[static_cast<std::size_t>(first + i)] && varies[static_cast<std::size_t>(j)];
            if (!vary || !(d >= edges.front() && d < edges.back())) continue;
            const auto bin = static_cast<std::size_t>(std::ranges::upper_bound(edges, d) - edges.begin()) - 1;
            bins.distance[bin] += d;
            bins.correlation[bin] += static_cast<double>(correlations(i, j));
            ++bins.n_pairs[bin];
        }
    return bins;
}

void check(std::span<const float> R, std::size_t n_neurons, std::span<const double> edges) {
    if (n_neurons == 0 || R.size() % n_neurons != 0 || R.size() < 2 * n_neurons)
        throw sim::Error(
            fmt::format("activity: {} responses of {} neurons are not those to two stimuli or more", R.size(),
                        n_neurons));
    if (edges.size() < 2 || std::ranges::adjacent_find(edges, std::greater_equal<>()) != edges.end())
        throw sim::Error("activity: edges of bins must ascend, and be two or more");
    if (!std::ranges::all_of(R, [](float r) { return std::isfinite(r); }))
        throw sim::Error("activity: a response must be finite");
}

}  // namespace

double sparseness(std::span<const double> responses) {
    Sums sums;
    for (const double r : responses) sums.add(r);
    if (sums.n < 2.0 || !(sums.squares > 0.0)) return kNan;
    const double activity = sums.sum * sums.sum / (sums.n * sums.squares);
    return std::clamp((1.0 - activity) / (1.0 - 1.0 / sums.n), 0.0, 1.0);  // rounding
}

Sparseness measure_sparseness(std::span<const float> R, std::size_t n_neurons) {
    check(R, n_neurons);
    const auto n_stimuli = R.size() / n_neurons;
    Sparseness result;
    for (std::size_t i = 0; i < n_neurons; ++i) {
        std::vector<double> of_neuron;
        for (std::size_t k = 0; k < n_stimuli; ++k)
            of_neuron.push_back(static_cast<double>(R[k * n_neurons + i]));
        result.lifetime.push_back(sparseness(of_neuron));
    }
    for (std::size_t k = 0; k < n_stimuli; ++k) {
        const auto row = R.subspan(k * n_neurons, n_neurons);
        result.population.push_back(sparseness(std::vector<double>(row.begin(), row.end())));
    }
    return result;
}

std::vector<double> interval_variation(const Spikes& spikes) {
    check(spikes);
    std::vector<Sums> intervals(spikes.n_neurons);
    std::vector<double> last(spikes.n_neurons, kNan);
    for (std::size_t k = 0; k < spikes.t.size(); ++k) {
        const auto neuron = spikes.neuron[k];
        if (!std::isnan(last[neuron])) intervals[neuron].add(spikes.t[k] - last[neuron]);
        last[neuron] = spikes.t[k];
    }
    std::vector<double> variation;
    for (const Sums& sums : intervals)
        variation.push_back(sums.n >= 2.0 && sums.sum > 0.0 ? std::sqrt(sums.variance()) / sums.mean()
                                                            : kNan);
    return variation;
}

std::vector<double> fano_factors(const Spikes& spikes, double begin, double end, double window) {
    check(spikes);
    const double n_windows = std::floor((end - begin) / window * (1.0 + 1e-12));  // rounding
    if (!(window > 0.0) || !(n_windows >= 2.0))
        throw sim::Error(
            fmt::format("activity: from {} to {} ms there are not two windows of {} ms", begin, end, window));
    const auto n = static_cast<std::size_t>(n_windows);
    std::vector<double> counts(spikes.n_neurons * n, 0.0);
    for (std::size_t k = 0; k < spikes.t.size(); ++k) {
        const double place = (spikes.t[k] - begin) / window;
        if (place >= 0.0 && place < n_windows)
            counts[spikes.neuron[k] * n + static_cast<std::size_t>(place)] += 1.0;
    }
    std::vector<double> factors;
    for (std::size_t i = 0; i < spikes.n_neurons; ++i) {
        Sums sums;
        for (std::size_t k = 0; k < n; ++k) sums.add(counts[i * n + k]);
        factors.push_back(sums.sum > 0.0 ? sums.variance() * n_windows / (n_windows - 1.0) / sums.mean()
                                         : kNan);
    }
    return factors;
}

CorrelationByDistance correlation_by_distance(std::span<const float> R, std::size_t rows, std::size_t cols,
                                              Boundary boundary, std::span<const double> edges) {
    check(R, rows * cols, edges);
    const auto n = static_cast<Index>(rows * cols);
    const Floats z = standardised(R, n);
    const auto varies = varying(z);
    const Sheet sheet{static_cast<Index>(rows), static_cast<Index>(cols), boundary};
    const Index n_blocks = (n + kNeuronsAtOnce - 1) / kNeuronsAtOnce;
    std::vector<Bins> blocks(static_cast<std::size_t>(n_blocks), Bins(edges.size() - 1));
    sim::parallel_for<Index>(0, n_blocks, [&](Index block) {
        const Index first = block * kNeuronsAtOnce;
        blocks[static_cast<std::size_t>(block)] =
            pairs_of(z, varies, sheet, edges, first, std::min(kNeuronsAtOnce, n - first));
    });
    Bins all(edges.size() - 1);
    for (const Bins& block : blocks) all.add(block);
    CorrelationByDistance result{all.distance, all.correlation, all.n_pairs};
    for (std::size_t k = 0; k < all.n_pairs.size(); ++k) {
        result.distance[k] /= static_cast<double>(all.n_pairs[k]);  // NaN without pairs
        result.correlation[k] /= static_cast<double>(all.n_pairs[k]);
    }
    return result;
}

}  // namespace analysis
