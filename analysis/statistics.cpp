#include "analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/numbers.hpp"
#include "sim/error.hpp"
#include "sim/median.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace analysis {
namespace {

constexpr std::uint64_t kCeilingStreams = std::uint64_t{1} << 32;  // first index, past those of the bootstrap

/// y at x on the line through (x0, y0) and (x1, y1), x0 < x1.
double line(double x, double x0, double y0, double x1, double y1) {
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

/// Greatest |F - G| at the knots of f, just below and at them: between knots both are straight. A value that
/// several knots of f share is an atom, from the probability of the first to that of the last.
double greatest_gap(const Distribution& f, const Distribution& g) {
    const auto p = f.probabilities();
    const auto v = f.values();
    double greatest = 0.0;
    for (std::size_t first = 0, last = 0; first < v.size(); first = last + 1) {
        for (last = first; last + 1 < v.size() && v[last + 1] == v[first];) ++last;
        const double below = std::abs(p[first] - g.cdf_below(v[first]));
        const double at = std::abs(p[last] - g.cdf(v[first]));
        greatest = std::max({greatest, below, at});
    }
    return greatest;
}

/// Integral over one unit of |linear function from a to b|.
double mean_absolute(double a, double b) {
    if (a * b >= 0.0) return 0.5 * (std::abs(a) + std::abs(b));
    return 0.5 * (a * a + b * b) / (std::abs(a) + std::abs(b));
}

/// The value of a distribution at ascending probabilities: one walk along its graph.
class Walk {
  public:
    explicit Walk(const Distribution& f) : p_(f.probabilities()), v_(f.values()) {}

    /// The first knot past p < 1; from here on the walk is between it and the knot before.
    double next(double p) {
        while (p_[i_] <= p) ++i_;
        return p_[i_];
    }
    double value(double p) const { return line(p, p_[i_ - 1], v_[i_ - 1], p_[i_], v_[i_]); }

  private:
    std::span<const double> p_, v_;
    std::size_t i_ = 0;
};

std::vector<double> sorted(std::span<const double> values) {
    std::vector<double> result(values.begin(), values.end());
    if (!std::all_of(result.begin(), result.end(), [](double v) { return std::isfinite(v); }))
        throw sim::Error("statistics: a sample holds a value that is not finite");
    std::sort(result.begin(), result.end());
    return result;
}

/// n draws with replacement from values in ascending order, themselves in ascending order.
std::vector<double> resample(const std::vector<double>& values, sim::Stream stream) {
    const auto n = values.size();
    std::vector<std::size_t> count(n, 0);
    for (std::size_t i = 0; i < n; ++i) ++count[stream.below(n)];
    std::vector<double> result;
    result.reserve(n);
    for (std::size_t i = 0; i < n; ++i) result.insert(result.end(), count[i], values[i]);
    return result;
}

/// The pairs of which neither is NaN.
struct Pairs {
    std::vector<double> a, b;

    Pairs(std::span<const double> all_a, std::span<const double> all_b) {
        if (all_a.size() != all_b.size())
            throw sim::Error("statistics: a correlation needs as many values on both sides");
        for (std::size_t i = 0; i < all_a.size(); ++i)
            if (!std::isnan(all_a[i]) && !std::isnan(all_b[i])) {
                a.push_back(all_a[i]);
                b.push_back(all_b[i]);
            }
    }
};

double mean(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
    const auto is_flat = [](const auto& v) {
        return std::ranges::all_of(v, [&](double x) { return x == v[0]; });
    };
    if (is_flat(a) || is_flat(b)) return kNan;  // also a single pair, or none
    const double mean_a = mean(a), mean_b = mean(b);
    double aa = 0.0, ab = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double x = a[i] - mean_a, y = b[i] - mean_b;
        aa += x * x, ab += x * y, bb += y * y;
    }
    return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

/// Rank of each value from 0; equal values share the mean of theirs.
std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
    std::vector<double> result(values.size());
    for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
        while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
        for (std::size_t k = first; k < end; ++k)
            result[order[k]] = 0.5 * static_cast<double>(first + end - 1);
    }
    return result;
}

std::vector<double> draw(const Distribution& from, std::size_t n, sim::Stream stream) {
    std::vector<double> result(n);
    for (auto& value : result) value = from.quantile(stream.uniform());
    return result;
}

}  // namespace

Distribution Distribution::from_sample(std::span<const double> values) { return from_sorted(sorted(values)); }

Distribution Distribution::from_sorted(std::span<const double> values) {
    if (values.empty()) throw sim::Error("statistics: a sample without values has no distribution");
    const auto n = static_cast<double>(values.size());
    Distribution result;
    for (std::size_t i = 0; i < values.size(); ++i) {
        result.probability_.push_back(static_cast<double>(i) / n);
        result.probability_.push_back(static_cast<double>(i + 1) / n);
        result.value_.insert(result.value_.end(), 2, values[i]);
    }
    return result;
}

Distribution Distribution::from_quantiles(std::span<const double> fractions, std::span<const double> values) {
    const bool ends = fractions.size() >= 2 && fractions.front() == 0.0 && fractions.back() == 1.0;
    if (!ends || fractions.size() != values.size() || !std::is_sorted(fractions.begin(), fractions.end()) ||
        !std::is_sorted(values.begin(), values.end()))
        throw sim::Error(
            "statistics: quantiles must be as many as their fractions, and both ascend, from 0 to 1");
    Distribution result;
    result.probability_.assign(fractions.begin(), fractions.end());
    result.value_.assign(values.begin(), values.end());
    return result;
}

double Distribution::cdf(double x) const {
    const auto i =
        static_cast<std::size_t>(std::upper_bound(value_.begin(), value_.end(), x) - value_.begin());
    if (i == 0) return 0.0;
    if (i == value_.size()) return 1.0;
    return line(x, value_[i - 1], probability_[i - 1], value_[i], probability_[i]);
}

double Distribution::cdf_below(double x) const {
    const auto i =
        static_cast<std::size_t>(std::lower_bound(value_.begin(), value_.end(), x) - value_.begin());
    if (i == 0) return 0.0;
    if (i == value_.size()) return 1.0;
    return line(x, value_[i - 1], probability_[i - 1], value_[i], probability_[i]);
}

double Distribution::quantile(double p) const {
    const auto first = std::lower_bound(probability_.begin(), probability_.end(), p);
    const auto last = std::upper_bound(probability_.begin(), probability_.end(), p);
    const auto i = static_cast<std::size_t>(first - probability_.begin());
    if (first != last)
        return 0.5 * (value_[i] + value_[static_cast<std::size_t>(last - probability_.begin()) - 1]);
    if (i == 0) return value_.front();
    if (i == value_.size()) return value_.back();
    return line(p, probability_[i - 1], value_[i - 1], probability_[i], value_[i]);
}

double ks_distance(const Distribution& f, const Distribution& g) {
    return std::max(greatest_gap(f, g), greatest_gap(g, f));
}

double ks_p_value(double distance, double n, double m) {
    if (n == 0.0 || m == 0.0 || std::isnan(distance)) return kNan;
    const double x = distance * std::sqrt(n * m / (n + m));
    if (x < 0.2) return 1.0;  // to 1e-12; the series below needs more and more terms
    double q = 0.0;
    for (int k = 1; k <= 20; ++k) q += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
    return std::clamp(q, 0.0, 1.0);
}

double wasserstein_distance(const Distribution& f, const Distribution& g) {
    Walk walk_f(f), walk_g(g);
    double integral = 0.0;
    for (double p = 0.0; p < 1.0;) {
        const double next = std::min(walk_f.next(p), walk_g.next(p));
        const double before = walk_f.value(p) - walk_g.value(p);
        const double after = walk_f.value(next) - walk_g.value(next);
        integral += (next - p) * mean_absolute(before, after);
        p = next;
    }
    return integral;
}

std::vector<double> finite(std::span<const double> values) {
    std::vector<double> all;
    std::ranges::copy_if(values, std::back_inserter(all), [](double x) { return std::isfinite(x); });
    return all;
}

double mean(std::span<const double> sample) {
    return sample.empty()
               ? kNan
               : std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

double quantile(std::span<const double> sample, double p) {
    return sample.empty() ? kNan : Distribution::from_sample(sample).quantile(p);
}

double median(std::span<const double> sample) { return sim::median(sorted(sample)); }

Interval bootstrap(std::span<const double> sample,
                   const std::function<double(const Distribution&)>& statistic, std::uint64_t seed,
                   std::size_t n_boot) {
    if (sample.empty()) return {kNan, kNan, kNan};
    const auto values = sorted(sample);
    std::vector<double> statistics(n_boot);
    sim::parallel_for(std::size_t{0}, n_boot, [&](std::size_t i) {
        const auto resampled = resample(values, sim::Stream(seed, sim::Purpose::analysis, i));
        statistics[i] = statistic(Distribution::from_sorted(resampled));
    });
    const auto spread = Distribution::from_sample(statistics);
    return {statistic(Distribution::from_sorted(values)), spread.quantile(0.025), spread.quantile(0.975)};
}

Interval bootstrap(std::span<const double> sample, std::span<const std::uint32_t> blocks,
                   const std::function<double(const Distribution&)>& statistic, std::uint64_t seed,
                   std::size_t n_boot) {
    if (blocks.empty() || sample.empty()) return bootstrap(sample, statistic, seed, n_boot);
    std::vector<std::size_t> order(sample.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::size_t i) { return sample[i]; });
    std::vector<std::uint32_t> numbers(blocks.begin(), blocks.end());
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::vector<double> statistics(n_boot);
    sim::parallel_for(std::size_t{0}, n_boot, [&](std::size_t i) {
        sim::Stream random(seed, sim::Purpose::analysis, i);
        std::vector<std::size_t> times(numbers.back() + std::size_t{1}, 0);
        for (std::size_t k = 0; k < numbers.size(); ++k) ++times[numbers[random.below(numbers.size())]];
        std::vector<double> resampled;
        for (const std::size_t at : order) resampled.insert(resampled.end(), times[blocks[at]], sample[at]);
        statistics[i] = statistic(Distribution::from_sorted(resampled));
    });
    const auto spread = Distribution::from_sample(statistics);
    return {statistic(Distribution::from_sample(sample)), spread.quantile(0.025), spread.quantile(0.975)};
}

double effective_number(std::span<const double> sample, std::span<const std::uint32_t> blocks) {
    const auto n = static_cast<double>(sample.size());
    if (blocks.empty() || sample.empty()) return n;
    const std::vector<double> rank = ranks({sample.begin(), sample.end()});
    const double middle = 0.5 * (n - 1.0);  // of ranks
    std::vector<double> sums(std::ranges::max(blocks) + std::size_t{1}, 0.0);
    double squares = 0.0, of_sums = 0.0;
    for (std::size_t i = 0; i < rank.size(); ++i) {
        sums[blocks[i]] += rank[i] - middle;
        squares += (rank[i] - middle) * (rank[i] - middle);
    }
    for (const double sum : sums) of_sums += sum * sum;
    return squares > 0.0 ? n / std::max(of_sums / squares, 1.0) : n;
}

double expected_ks(const Distribution& reference, std::size_t n, std::uint64_t seed, std::size_t n_draws) {
    if (n == 0) return kNan;
    std::vector<double> distances(n_draws);
    sim::parallel_for(std::size_t{0}, n_draws, [&](std::size_t i) {
        const auto drawn = draw(reference, n, sim::Stream(seed, sim::Purpose::analysis, kCeilingStreams + i));
        distances[i] = ks_distance(Distribution::from_sample(drawn), reference);
    });
    return std::accumulate(distances.begin(), distances.end(), 0.0) / static_cast<double>(n_draws);
}

double correlation(std::span<const double> a, std::span<const double> b) {
    const Pairs pairs(a, b);
    return pearson(pairs.a, pairs.b);
}

double rank_correlation(std::span<const double> a, std::span<const double> b) {
    const Pairs pairs(a, b);
    return pearson(ranks(pairs.a), ranks(pairs.b));
}

}  // namespace analysis
