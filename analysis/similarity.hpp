// How alike two histograms of the same bins are.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/statistics.hpp"

namespace analysis {

/// How many cells fall into each bin.
struct Histogram {
    std::vector<double> edges;   // shape (n_bins + 1), ascending
    std::vector<double> counts;  // shape (n_bins), >= 0; need not be whole numbers

    double total() const;
};

/// Number of the bin [edge, next edge) of a value; one below or above all edges is in the first or last bin.
std::size_t bin_of(double value, std::span<const double> edges);

/// Counts of a sample in given bins.
Histogram histogram(std::span<const double> values, std::vector<double> edges);

/// 1 - KS / KS_max, with KS the greatest difference of the two cumulative histograms and KS_max the greatest
/// there can be from `reference`: that of all cells in the first bin, or of all in the last, whichever is
/// greater. In [0, 1], 1 for equal histograms. NaN if one is empty or there is but one bin.
///
/// throws   sim::Error if they do not have the same number of bins
/// source   Marques, Schrimpf & DiCarlo (2021), bioRxiv 2021.03.01.433495
double ks_similarity(const Histogram& model, const Histogram& reference);

/// The same for as many cells as an experiment has: mean over resamples of n cells drawn with replacement
/// from `model`, and the interval from the 2.5 % to the 97.5 % quantile. Of `reference` against itself it is
/// the ceiling: as alike as another n cells would be. Resample i draws from sim::Stream(seed,
/// Purpose::analysis, 2^33 + i).
Interval resampled_similarity(const Histogram& model, const Histogram& reference, std::size_t n,
                              std::uint64_t seed, std::size_t n_boot = 1000);

/// Kullback-Leibler divergence of `model` from `reference` [nats], sum p ln (p / q) with p the reference and
/// q the model, after half a count was added to every bin of both. 0 for equal counts. NaN if one is empty.
double kl_divergence(std::span<const double> reference, std::span<const double> model);

/// n cells drawn with replacement from bins of given counts.
///
/// returns  counts, shape (n_bins)
std::vector<double> resampled_counts(std::span<const double> counts, std::size_t n, std::uint64_t seed,
                                     std::uint64_t index);

}  // namespace analysis
