// Distributions of one number, distances between them, and how sure one may be of a distance.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace analysis {

/// A number and its 95 % interval.
struct Interval {
    double value, low, high;
};

/// A distribution of one number, kept as its graph: the polyline through (probability_j, value_j), both
/// non-decreasing, probability from 0 to 1. Where the value stays while the probability rises there is an
/// atom; where the probability stays while the value rises there is a gap. So a sample and a table of
/// percentiles are the same kind of thing.
class Distribution {
  public:
    /// Each of n values has weight 1/n.
    ///
    /// throws sim::Error if there is none or one is not finite.  O(n log n)
    static Distribution from_sample(std::span<const double> values);
    /// As `from_sample`, of values in ascending order.  O(n)
    static Distribution from_sorted(std::span<const double> values);
    /// From percentiles, probability spread evenly between one and the next; equal values are an atom.
    ///
    /// fractions  ascending, from 0 to 1
    /// values     non-decreasing
    /// throws     sim::Error if they are not so
    static Distribution from_quantiles(std::span<const double> fractions, std::span<const double> values);

    /// P(X <= x), and P(X < x).
    double cdf(double x) const;
    double cdf_below(double x) const;
    /// Value at probability p in [0, 1]; the middle of a gap, so the median of 1 and 2 is 1.5.
    double quantile(double p) const;
    double median() const { return quantile(0.5); }

    std::span<const double> probabilities() const { return probability_; }
    std::span<const double> values() const { return value_; }

  private:
    std::vector<double> probability_, value_;
};

/// Kolmogorov-Smirnov distance: greatest |F(x) - G(x)|, in [0, 1].  O(n log m + m log n)
double ks_distance(const Distribution& f, const Distribution& g);

/// Probability that two samples of n and m values of one and the same distribution are at least so far apart
/// in Kolmogorov-Smirnov distance: Q(d sqrt(n m / (n + m))) with Kolmogorov's Q(x) = 2 sum_{k >= 1} (-1)^{k -
/// 1} exp(-2 k^2 x^2), the limit of large samples; of small ones it is too high. NaN if one is empty.
///
/// source   Smirnov (1948), Ann Math Stat 19:279
double ks_p_value(double distance, double n, double m);

/// Wasserstein-1 distance: integral of |F^-1(p) - G^-1(p)| over p, in units of the values.  O(n + m)
double wasserstein_distance(const Distribution& f, const Distribution& g);

/// Those that are neither NaN nor infinite.
std::vector<double> finite(std::span<const double> values);

/// Mean and quantile of a sample, without order; NaN if it is empty.
double mean(std::span<const double> sample);
double quantile(std::span<const double> sample, double p);
double median(std::span<const double> sample);

/// A statistic of a sample and its bootstrap interval, from the 2.5 % to the 97.5 % quantile over resamples
/// with replacement. Resample i draws from sim::Stream(seed, Purpose::analysis, i). A distance of a resample
/// from a third distribution is on average a little larger than that of the sample itself; an interval close
/// to the ceiling (see `expected_ks`) says "no more than", not "different from". On all cores; same bits
/// whatever their number.
///
/// statistic  called from several threads
/// returns  NaNs if the sample is empty
/// throws   sim::Error if a value is not finite
/// source   Efron & Tibshirani (1993), An Introduction to the Bootstrap, sec. 13.3
Interval bootstrap(std::span<const double> sample,
                   const std::function<double(const Distribution&)>& statistic, std::uint64_t seed,
                   std::size_t n_boot = 1000);

/// The same where values of one block are alike, as those of neighbours are: a resample takes as many whole blocks as
/// there are. blocks: number of the block of each value; empty: as above
///
/// source   Efron & Tibshirani (1993), sec. 8.6
Interval bootstrap(std::span<const double> sample, std::span<const std::uint32_t> blocks,
                   const std::function<double(const Distribution&)>& statistic, std::uint64_t seed,
                   std::size_t n_boot = 1000);

/// How many independent values tell as much as these: n / max(1, deff), deff = sum over blocks of (sum of x - mean)^2 /
/// sum of (x - mean)^2, x the ranks. Where all of a block are equal it is the number of blocks, where they have nothing
/// to do with each other about n. blocks as above.
///
/// source   design effect: Kish (1965), Survey Sampling, sec. 5.4
double effective_number(std::span<const double> sample, std::span<const std::uint32_t> blocks);

/// Kolmogorov-Smirnov distance to be expected of n values drawn from the reference itself: no model of n
/// neurons can be asked to come closer. Mean over n_draws; draw i uses sim::Stream(seed, Purpose::analysis,
/// 2^32 + i). NaN if n = 0.
double expected_ks(const Distribution& reference, std::size_t n, std::uint64_t seed,
                   std::size_t n_draws = 1000);

/// Pearson's correlation of the pairs (a_i, b_i) of which neither is NaN, in [-1, 1]; NaN if there are fewer
/// than two or one side is the same everywhere.
///
/// throws   sim::Error if the lengths differ
double correlation(std::span<const double> a, std::span<const double> b);

/// Spearman's: of their ranks, ties sharing the mean of theirs.
double rank_correlation(std::span<const double> a, std::span<const double> b);

}  // namespace analysis
