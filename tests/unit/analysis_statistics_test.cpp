#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "analysis/statistics.hpp"
#include "sim/error.hpp"
#include "sim/median.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Distribution;
using doctest::Approx;

using Values = std::vector<double>;

Distribution sample(const Values& values) { return Distribution::from_sample(values); }
Distribution quantiles(const Values& fractions, const Values& values) {
    return Distribution::from_quantiles(fractions, values);
}
Distribution uniform(double low, double high) { return quantiles({0.0, 1.0}, {low, high}); }

Values uniform_draws(std::size_t n, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 1);
    Values values(n);
    for (double& v : values) v = stream.uniform();
    return values;
}

}  // namespace

TEST_CASE("the distribution of a sample steps by 1/n at each value") {
    const auto f = sample({3.0, 1.0, 2.0, 2.0});
    CHECK(f.cdf(0.9) == 0.0);
    CHECK(f.cdf(1.0) == 0.25);
    CHECK(f.cdf_below(1.0) == 0.0);
    CHECK(f.cdf(1.5) == 0.25);
    CHECK(f.cdf_below(2.0) == 0.25);
    CHECK(f.cdf(2.0) == 0.75);
    CHECK(f.cdf(3.0) == 1.0);
    CHECK(f.median() == 2.0);
    CHECK(sample({1.0, 2.0}).median() == 1.5);
    CHECK(sample({5.0}).quantile(0.3) == 5.0);
}

TEST_CASE("the distribution of percentiles is straight between them, with an atom where they are equal") {
    const auto f = quantiles({0.0, 0.1, 0.5, 1.0}, {0.0, 0.0, 2.0, 4.0});
    CHECK(f.cdf_below(0.0) == 0.0);
    CHECK(f.cdf(0.0) == 0.1);
    CHECK(f.cdf(1.0) == Approx(0.3));
    CHECK(f.cdf_below(1.0) == Approx(0.3));
    CHECK(f.cdf(3.0) == Approx(0.75));
    CHECK(f.cdf(4.0) == 1.0);
    CHECK(f.cdf(-1.0) == 0.0);
    CHECK(f.quantile(0.05) == 0.0);
    CHECK(f.quantile(0.3) == Approx(1.0));
    CHECK(f.quantile(1.0) == 4.0);
}

TEST_CASE(
    "the Kolmogorov-Smirnov distance of a distribution from itself is 0, from a shifted uniform the shift") {
    const auto reference = quantiles({0.0, 0.1, 0.5, 1.0}, {0.0, 0.0, 2.0, 4.0});
    CHECK(ks_distance(reference, reference) == 0.0);
    const auto draws = sample(uniform_draws(50, 1));
    CHECK(ks_distance(draws, draws) == 0.0);
    CHECK(ks_distance(uniform(0.0, 1.0), uniform(0.25, 1.25)) == Approx(0.25));
    CHECK(ks_distance(uniform(0.0, 1.0), uniform(3.0, 4.0)) == 1.0);
}

TEST_CASE("the Kolmogorov-Smirnov distance of a sample, by hand") {
    // F jumps from 0 to 1/2 at 0.1 and to 1 at 0.3; the uniform distribution is at 0.3 there
    CHECK(ks_distance(sample({0.1, 0.3}), uniform(0.0, 1.0)) == Approx(0.7));
    CHECK(ks_distance(uniform(0.0, 1.0), sample({0.1, 0.3})) == Approx(0.7));
    CHECK(ks_distance(sample({1.0, 2.0, 3.0}), sample({2.0, 3.0, 4.0, 5.0})) == Approx(0.5));
}

TEST_CASE("atoms are compared as atoms") {
    const auto reference = quantiles({0.0, 0.1, 1.0}, {0.0, 0.0, 1.0});
    const auto half_zero = sample({0.0, 0.0, 0.5, 1.0});
    CHECK(ks_distance(half_zero, reference) == Approx(0.4));  // 1/2 at 0 instead of 1/10
    const auto tenth_zero = quantiles({0.0, 0.1, 1.0}, {0.0, 0.0, 2.0});
    CHECK(ks_distance(tenth_zero, reference) == Approx(0.45));  // at 1: 0.1 + 0.45 instead of 1
}

TEST_CASE("the Kolmogorov-Smirnov distance follows the textbook formula for samples of a continuous law") {
    const auto values = uniform_draws(200, 2);
    auto ordered = values;
    std::sort(ordered.begin(), ordered.end());
    double expected = 0.0;
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        const auto rank = static_cast<double>(i);
        expected = std::max({expected, (rank + 1.0) / 200.0 - ordered[i], ordered[i] - rank / 200.0});
    }
    CHECK(ks_distance(sample(values), uniform(0.0, 1.0)) == Approx(expected));
}

TEST_CASE("the Wasserstein distance of a shift is the shift, of a scaling by c the mean of |x| |c - 1|") {
    const auto values = uniform_draws(101, 3);
    for (const double shift : {-0.7, 0.01, 5.0}) {
        auto shifted = values;
        for (double& v : shifted) v += shift;
        CHECK(wasserstein_distance(sample(values), sample(shifted)) == Approx(std::abs(shift)));
        CHECK(wasserstein_distance(uniform(0.0, 1.0), uniform(shift, 1.0 + shift)) ==
              Approx(std::abs(shift)));
    }
    CHECK(wasserstein_distance(uniform(0.0, 1.0), uniform(0.0, 3.0)) == Approx(1.0));
    CHECK(wasserstein_distance(sample(values), sample(values)) == 0.0);
}

TEST_CASE("the Wasserstein distance where the distributions cross, by hand") {
    // |x - (1/4 + x/2)| over [0, 1]: two triangles of base 1/2 and height 1/4
    CHECK(wasserstein_distance(uniform(0.0, 1.0), uniform(0.25, 0.75)) == Approx(0.125));
    CHECK(wasserstein_distance(sample({0.5}), uniform(0.0, 1.0)) == Approx(0.25));
    CHECK(wasserstein_distance(sample({0.0, 3.0}), sample({1.0, 1.0, 2.0})) ==
          Approx(1.0 / 2 + 1.0 / 6 * 2 + 1.0 / 3));
}

TEST_CASE("distances are symmetric, and bound by the triangle of a third distribution") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto a = sample(uniform_draws(7, seed)), b = sample(uniform_draws(11, seed + 100));
        const auto c = quantiles({0.0, 0.3, 1.0}, {0.0, 0.0, 0.5});
        CHECK(ks_distance(a, b) == Approx(ks_distance(b, a)));
        CHECK(wasserstein_distance(a, b) == Approx(wasserstein_distance(b, a)));
        CHECK(ks_distance(a, b) <= ks_distance(a, c) + ks_distance(c, b) + 1e-12);
        CHECK(wasserstein_distance(a, b) <= wasserstein_distance(a, c) + wasserstein_distance(c, b) + 1e-12);
    }
}

TEST_CASE("quantiles of a sample") {
    CHECK(analysis::median(Values{3.0, 1.0, 2.0}) == 2.0);
    CHECK(analysis::median(Values{4.0, 1.0, 2.0, 3.0}) == 2.5);
    for (std::size_t n = 1; n < 9; ++n) {  // one meaning everywhere
        Values values;
        for (std::size_t k = 0; k < n; ++k) values.push_back(static_cast<double>(5 * k % 9));
        CHECK(sim::median(values) == analysis::median(values));
        CHECK(sim::median(values) == analysis::Distribution::from_sample(values).median());
    }
    CHECK(std::isnan(sim::median({})));
    CHECK(analysis::quantile(Values{4.0, 1.0, 2.0, 3.0}, 0.1) == 1.0);
    CHECK(std::isnan(analysis::median(Values{})));
}

TEST_CASE("the bootstrap interval of a mean is that of the central limit theorem, and repeats") {
    const auto values = uniform_draws(400, 4);
    const auto mean = [](const Distribution& f) {
        double sum = 0.0;
        for (const double v : f.values()) sum += v;
        return sum / static_cast<double>(f.values().size());
    };
    const auto interval = analysis::bootstrap(values, mean, 7);
    CHECK(interval.value == Approx(mean(sample(values))));
    // 1.96 / sqrt(12 x 400) on either side; ends found from 1000 resamples are 4 % (sd) of that off
    const double side = 1.96 / std::sqrt(12.0 * 400.0);
    CHECK(interval.value - interval.low == Approx(side).epsilon(0.1).scale(0));
    CHECK(interval.high - interval.value == Approx(side).epsilon(0.1).scale(0));
    const auto again = analysis::bootstrap(values, mean, 7), other = analysis::bootstrap(values, mean, 8);
    CHECK(again.low == interval.low);
    CHECK(again.high == interval.high);
    CHECK(other.low != interval.low);
    CHECK(std::isnan(analysis::bootstrap(Values{}, mean, 7).value));
}

TEST_CASE("the expected distance of a sample from its own law falls as 0.869 / sqrt n") {
    // mean of the Kolmogorov distribution: sqrt(pi / 2) ln 2 = 0.8687; a sample of n is a little below it (by
    // about 0.17 / n); the mean of 1000 draws is sure to 0.26 / sqrt(1000 n)
    for (const std::size_t n : {100U, 1000U}) {
        const double root = std::sqrt(static_cast<double>(n));
        CHECK(analysis::expected_ks(uniform(0.0, 1.0), n, 5) * root == Approx(0.8687).epsilon(0.05).scale(0));
    }
    CHECK(analysis::expected_ks(uniform(0.0, 1.0), 50, 5) == analysis::expected_ks(uniform(0.0, 1.0), 50, 5));
    CHECK(std::isnan(analysis::expected_ks(uniform(0.0, 1.0), 0, 5)));
    // the law does not matter while it is continuous; an atom of 1/2 brings a sample closer
    CHECK(analysis::expected_ks(quantiles({0.0, 0.5, 1.0}, {0.0, 0.0, 1.0}), 100, 5) <
          analysis::expected_ks(uniform(0.0, 1.0), 100, 5));
}

TEST_CASE("what is no distribution is refused") {
    CHECK_THROWS_AS(sample({}), sim::Error);
    CHECK_THROWS_AS(sample({1.0, std::nan("")}), sim::Error);
    CHECK_THROWS_AS(quantiles({0.0, 1.0}, {1.0}), sim::Error);
    CHECK_THROWS_AS(quantiles({0.1, 1.0}, {0.0, 1.0}), sim::Error);
    CHECK_THROWS_AS(quantiles({0.0, 0.5, 1.0}, {0.0, 2.0, 1.0}), sim::Error);
}

TEST_CASE("p-values are those of Kolmogorov's tables") {
    // x at which Q(x) is 0.10, 0.05 and 0.01; n m / (n + m) = 100
    CHECK(analysis::ks_p_value(0.12238, 200, 200) == Approx(0.10).epsilon(1e-3).scale(0));
    CHECK(analysis::ks_p_value(0.13581, 200, 200) == Approx(0.05).epsilon(1e-3).scale(0));
    CHECK(analysis::ks_p_value(0.16276, 200, 200) == Approx(0.01).epsilon(1e-3).scale(0));
    CHECK(analysis::ks_p_value(0.13581, 125, 500) == Approx(0.05).epsilon(1e-3).scale(0));
    CHECK(analysis::ks_p_value(0.0, 200, 200) == 1.0);
    CHECK(analysis::ks_p_value(0.02001, 200, 200) == Approx(1.0).epsilon(1e-9));
    CHECK(analysis::ks_p_value(1.0, 200, 200) < 1e-80);
    CHECK(std::isnan(analysis::ks_p_value(0.1, 0, 200)));
    CHECK(std::isnan(analysis::ks_p_value(0.1, 200, 0)));
}

TEST_CASE("two samples of one distribution are told apart as often as p says") {
    constexpr int n_pairs = 400;
    int n_below = 0;
    for (std::uint64_t pair = 0; pair < n_pairs; ++pair) {
        sim::Stream stream(9, sim::Purpose::test, pair);
        std::vector<double> a(300), b(200);
        for (double& v : a) v = stream.uniform();
        for (double& v : b) v = stream.uniform();
        const double distance = analysis::ks_distance(analysis::Distribution::from_sample(a),
                                                      analysis::Distribution::from_sample(b));
        if (analysis::ks_p_value(distance, 300, 200) < 0.2) ++n_below;
    }
    CHECK(n_below == Approx(0.2 * n_pairs).epsilon(0.3).scale(0));  // 80 +- 8
}

TEST_CASE("correlations, by hand") {
    const std::vector<double> a{1, 2, 3, 4}, b{1, 8, 27, 1000}, c{2, 1, 2, 0};
    CHECK(analysis::correlation(a, a) == 1.0);
    CHECK(analysis::correlation(a, std::vector<double>{4, 3, 2, 1}) == -1.0);
    CHECK(analysis::correlation(a, c) == Approx(-2.5 / std::sqrt(5.0 * 2.75)));
    CHECK(analysis::rank_correlation(a, b) == 1.0);
    CHECK(analysis::correlation(a, b) < 0.9);
    CHECK(analysis::rank_correlation(a, c) == Approx(-3.0 / std::sqrt(5.0 * 4.5)));  // ranks 2.5 1 2.5 0
}

TEST_CASE(
    "neighbours that are alike tell as much as fewer, and an interval of whole blocks is as wide as theirs") {
    constexpr std::size_t kBlocks = 60, kInOne = 25;
    sim::Stream random(5, sim::Purpose::test, 1);
    std::vector<double> equal, apart, blocks_themselves;
    std::vector<std::uint32_t> blocks;
    for (std::uint32_t b = 0; b < kBlocks; ++b) {
        blocks_themselves.push_back(random.normal());
        for (std::size_t k = 0; k < kInOne; ++k) {
            equal.push_back(blocks_themselves.back());
            apart.push_back(random.normal());
            blocks.push_back(b);
        }
    }
    CHECK(analysis::effective_number(equal, blocks) == Approx(kBlocks));
    CHECK(analysis::effective_number(apart, blocks) > 0.7 * kBlocks * kInOne);
    CHECK(analysis::effective_number(equal, {}) == kBlocks * kInOne);
    // Half and half: deff = 1 + (m - 1) icc (Kish 1965), icc of the ranks of a sum of equal parts about 1/2
    std::vector<double> half(equal);
    for (std::size_t i = 0; i < half.size(); ++i) half[i] += apart[i];
    CHECK(analysis::effective_number(half, blocks) == Approx(1500.0 / 12.5).epsilon(0.25));

    const auto middle = [](const analysis::Distribution& d) { return d.median(); };
    const auto width = [](const analysis::Interval& i) { return i.high - i.low; };
    const double of_blocks = width(analysis::bootstrap(equal, blocks, middle, 1, 4000)),
                 of_values = width(analysis::bootstrap(blocks_themselves, middle, 1, 4000)),
                 as_if_apart = width(analysis::bootstrap(equal, middle, 1, 4000));
    CHECK(of_blocks == Approx(of_values).epsilon(0.15));
    CHECK(as_if_apart < 0.5 * of_blocks);
    CHECK(std::isnan(analysis::bootstrap({}, blocks, middle, 1).value));
}

TEST_CASE("a correlation needs pairs that differ") {
    const std::vector<double> a{1, 2, std::numeric_limits<double>::quiet_NaN(), 3}, b{2, 4, 9, 6};
    CHECK(analysis::correlation(a, b) == 1.0);
    CHECK(analysis::rank_correlation(a, b) == 1.0);
    CHECK(std::isnan(analysis::correlation(a, std::vector<double>(4, 0.1))));
    CHECK(std::isnan(analysis::correlation(std::vector<double>{1}, std::vector<double>{1})));
    CHECK(std::isnan(analysis::rank_correlation({}, {})));
    CHECK_THROWS_AS(analysis::correlation(a, std::vector<double>(3)), sim::Error);
}
