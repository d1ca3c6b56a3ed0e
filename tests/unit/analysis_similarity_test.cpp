#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "analysis/similarity.hpp"
#include "sim/error.hpp"

namespace {

using analysis::Histogram;
using doctest::Approx;

const std::vector<double> edges{0.0, 1.0, 2.0, 4.0};

}  // namespace

TEST_CASE("values are counted in bins that hold their lower edge; the outer ones hold all beyond") {
    const std::vector<double> values{-3.0, 0.0, 0.99, 1.0, 2.0, 3.9, 4.0, 100.0};
    CHECK(analysis::histogram(values, edges).counts == std::vector<double>{3, 1, 4});
    CHECK(analysis::bin_of(7.0, std::vector<double>{0.0, 1.0}) == 0);
    CHECK_THROWS_AS(analysis::histogram(values, {1.0}), sim::Error);
}

TEST_CASE("similarity is 1 of the same shape, 0 of the most different there is") {
    const Histogram reference{edges, {2, 5, 3}};
    CHECK(analysis::ks_similarity(reference, reference) == 1.0);
    CHECK(analysis::ks_similarity({edges, {20, 50, 30}}, reference) == Approx(1.0));
    // all in the first bin is 1 - 0.2 away, all in the last 0.7: the greatest distance is 0.8
    CHECK(analysis::ks_similarity({edges, {9, 0, 0}}, reference) == Approx(0.0));
    CHECK(analysis::ks_similarity({edges, {0, 0, 9}}, reference) == Approx(1.0 - 0.7 / 0.8));
    // cumulative 0.5, 0.5, 1 beside 0.2, 0.7, 1
    CHECK(analysis::ks_similarity({edges, {1, 0, 1}}, reference) == Approx(1.0 - 0.3 / 0.8));
}

TEST_CASE("histograms that cannot be compared") {
    const Histogram reference{edges, {2, 5, 3}}, empty{edges, {0, 0, 0}};
    CHECK(std::isnan(analysis::ks_similarity(empty, reference)));
    CHECK(std::isnan(analysis::ks_similarity(reference, empty)));
    CHECK(std::isnan(analysis::ks_similarity({{0, 1}, {3}}, {{0, 1}, {4}})));
    CHECK(std::isnan(analysis::resampled_similarity(empty, reference, 10, 1).value));
    CHECK(std::isnan(analysis::resampled_similarity(reference, reference, 0, 1).high));
    CHECK(std::isnan(analysis::kl_divergence(empty.counts, reference.counts)));
    CHECK_THROWS_AS(analysis::ks_similarity({{0, 1, 2}, {1, 1}}, reference), sim::Error);
    CHECK_THROWS_AS(analysis::kl_divergence(reference.counts, std::vector<double>{1, 1}), sim::Error);
}

TEST_CASE("resamples of one cell are known exactly") {
    // one cell is in either bin; similarity is 1 - (1 - p) / max(p, 1 - p) or 1 - p / max(p, 1 - p)
    const Histogram reference{{0, 1, 2}, {3, 1}};
    const auto similarity = analysis::resampled_similarity(reference, reference, 1, 5, 20000);
    CHECK(similarity.value == Approx(0.75 * (2.0 / 3.0)).epsilon(0.02).scale(0));  // 20 000 draws: 0.7 %
    CHECK(similarity.low == Approx(0.0).epsilon(1e-12));
    CHECK(similarity.high == Approx(2.0 / 3.0));
}

TEST_CASE("the ceiling rises with the number of cells") {
    const Histogram reference{edges, {20, 50, 30}};
    double before = 0.0;
    for (const std::size_t n : {5, 20, 80, 320, 1280}) {
        const auto ceiling = analysis::resampled_similarity(reference, reference, n, 2);
        CHECK(ceiling.value > before);
        CHECK(ceiling.low < ceiling.value);
        CHECK(ceiling.value < ceiling.high);
        before = ceiling.value;
    }
    CHECK(before > 0.97);  // about 1 - 0.5 / sqrt n / 0.8
}

TEST_CASE("resampled counts are shares of the whole, the same for the same seed") {
    const std::vector<double> counts{0, 3, 0, 1, 0};
    const auto drawn = analysis::resampled_counts(counts, 40000, 3, 0);
    CHECK(std::accumulate(drawn.begin(), drawn.end(), 0.0) == 40000.0);
    CHECK(drawn[0] + drawn[2] + drawn[4] == 0.0);
    CHECK(drawn[1] == Approx(30000.0).epsilon(0.01).scale(0));  // standard deviation 87
    CHECK(drawn == analysis::resampled_counts(counts, 40000, 3, 0));
    CHECK(drawn != analysis::resampled_counts(counts, 40000, 3, 1));
    CHECK(drawn != analysis::resampled_counts(counts, 40000, 4, 0));
}

TEST_CASE("divergence, by hand: half a count more in each bin") {
    const std::vector<double> reference{1, 0}, model{0, 1};  // 3/4, 1/4 and 1/4, 3/4
    CHECK(analysis::kl_divergence(reference, model) == Approx(0.5 * std::log(3.0)));
    CHECK(analysis::kl_divergence(reference, reference) == 0.0);
    // the direction matters: 0.7, 0.3 and 0.25, 0.75
    const std::vector<double> p{3, 1}, q{0, 1};
    CHECK(analysis::kl_divergence(p, q) == Approx(0.7 * std::log(0.7 / 0.25) + 0.3 * std::log(0.3 / 0.75)));
    CHECK(analysis::kl_divergence(q, p) == Approx(0.25 * std::log(0.25 / 0.7) + 0.75 * std::log(0.75 / 0.3)));
}
