#include "analysis/similarity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/numbers.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace analysis {
namespace {

constexpr std::uint64_t kStreams = std::uint64_t{1} << 33;  // past those of `bootstrap` and `expected_ks`

double sum(std::span<const double> counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

/// Share of the cells in a bin or below it.
std::vector<double> cumulative(const Histogram& histogram) {
    std::vector<double> result(histogram.counts.size());
    std::partial_sum(histogram.counts.begin(), histogram.counts.end(), result.begin());
    for (double& share : result) share /= histogram.total();
    return result;
}

void check_bins(std::size_t one, std::size_t other) {
    if (one != other)
        throw sim::Error(
            fmt::format("similarity: histograms of {} and {} bins cannot be compared", one, other));
}

}  // namespace

double Histogram::total() const { return sum(counts); }

std::size_t bin_of(double value, std::span<const double> edges) {
    const auto inner = edges.subspan(1, edges.size() - 2);
    return static_cast<std::size_t>(std::upper_bound(inner.begin(), inner.end(), value) - inner.begin());
}

Histogram histogram(std::span<const double> values, std::vector<double> edges) {
    if (edges.size() < 2) throw sim::Error("similarity: a histogram needs a bin");
    Histogram result{std::move(edges), {}};
    result.counts.resize(result.edges.size() - 1);
    for (const double value : values) result.counts[bin_of(value, result.edges)] += 1.0;
    return result;
}

double ks_similarity(const Histogram& model, const Histogram& reference) {
    check_bins(model.counts.size(), reference.counts.size());
    if (reference.counts.size() < 2 || !(model.total() > 0.0) || !(reference.total() > 0.0)) return kNan;
    const auto p = cumulative(model), q = cumulative(reference);
    double distance = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) distance = std::max(distance, std::abs(p[i] - q[i]));
    const double all_in_first = 1.0 - q.front(), all_in_last = q[q.size() - 2];
    return 1.0 - distance / std::max(all_in_first, all_in_last);
}

std::vector<double> resampled_counts(std::span<const double> counts, std::size_t n, std::uint64_t seed,
                                     std::uint64_t index) {
    std::vector<double> edges(counts.size());
    std::partial_sum(counts.begin(), counts.end(), edges.begin());
    sim::Stream stream(seed, sim::Purpose::analysis, kStreams + index);
    std::vector<double> result(counts.size(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        const double place = stream.uniform() * edges.back();
        const auto last = edges.end() - 1;  // rounding
        result[static_cast<std::size_t>(std::upper_bound(edges.begin(), last, place) - edges.begin())] += 1.0;
    }
    return result;
}

Interval resampled_similarity(const Histogram& model, const Histogram& reference, std::size_t n,
                              std::uint64_t seed, std::size_t n_boot) {
    if (n == 0 || std::isnan(ks_similarity(model, reference))) return {kNan, kNan, kNan};
    std::vector<double> similarities(n_boot);
    for (std::size_t i = 0; i < n_boot; ++i)
        similarities[i] =
            ks_similarity({reference.edges, resampled_counts(model.counts, n, seed, i)}, reference);
    const auto spread = Distribution::from_sample(similarities);
    return {sum(similarities) / static_cast<double>(n_boot), spread.quantile(0.025), spread.quantile(0.975)};
}

double kl_divergence(std::span<const double> reference, std::span<const double> model) {
    check_bins(reference.size(), model.size());
    const double n_reference = sum(reference), n_model = sum(model);
    if (!(n_reference > 0.0) || !(n_model > 0.0)) return kNan;
    const double half = 0.5 * static_cast<double>(model.size());
    double divergence = 0.0;
    for (std::size_t i = 0; i < model.size(); ++i) {
        const double p = (reference[i] + 0.5) / (n_reference + half);
        const double q = (model[i] + 0.5) / (n_model + half);
        divergence += p * std::log(p / q);
    }
    return std::max(divergence, 0.0);  // rounding
}

}  // namespace analysis
