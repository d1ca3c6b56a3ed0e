#include "decoding/tsne.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "decoding/pca.hpp"

namespace decoding {
namespace {

constexpr int kSteps = 1000, kExaggerated = 250;  // of them with attraction twelvefold
constexpr float kExaggeration = 12.0F;

using Row = Eigen::ArrayXf;

/// p_{j|i} over the squared distances of a row i to the others, exp(-beta d^2) with the beta that gives this
/// perplexity: the exponential of the entropy.
Row neighbour_probabilities(const Row& distances, Eigen::Index i, double perplexity) {
    // the nearest is taken off all, which changes no probability, lest all underflow
    float least = std::numeric_limits<float>::infinity();
    for (Eigen::Index j = 0; j < distances.size(); ++j)
        if (j != i) least = std::min(least, distances[j]);
    const Row further = distances - least;
    double low = 0.0, high = std::numeric_limits<double>::infinity(), beta = 1.0;
    Row p;
    for (int step = 0; step < 64; ++step) {
        p = (-static_cast<float>(beta) * further).exp();
        p[i] = 0.0F;
        const double sum = p.sum();
        const double entropy = std::log(sum) + beta * static_cast<double>((p * further).sum()) / sum;
        p /= static_cast<float>(sum);
        const double excess = entropy - std::log(perplexity);
        if (std::abs(excess) < 1e-5) break;
        (excess > 0.0 ? low : high) = beta;  // too broad: beta must grow
        beta = std::isinf(high) ? 2.0 * beta : 0.5 * (low + high);
    }
    return p;
}

/// p_ij, symmetric, with sum 1.
Rows affinities(const RowsView& x, double perplexity) {
    Rows P(x.rows(), x.rows());
    for_blocks_of_distances(x, x, [&](Eigen::Index first, const Rows& D) {
        for (Eigen::Index r = 0; r < D.rows(); ++r)
            P.row(first + r) = neighbour_probabilities(D.row(r).array(), first + r, perplexity);
    });
    return (P + Rows(P.transpose())) / (2.0F * static_cast<float>(x.rows()));
}

/// The plane's points and the forces on them, a column a coordinate.
using Points = Eigen::Array<float, Eigen::Dynamic, 2>;

/// Gradient of the Kullback-Leibler divergence (van der Maaten & Hinton 2008, eq. 5), p_ij times
/// `exaggeration`:
///   4 sum_j (p_ij - q_ij) k_ij (y_i - y_j),  k_ij = 1 / (1 + |y_i - y_j|^2),  q_ij = k_ij / sum of all k
Points gradient(const Rows& P, const Points& Y, float exaggeration) {
    const Eigen::Index n = Y.rows();
    Points attraction(n, 2), repulsion(n, 2);
    std::vector<double> sum_k(static_cast<std::size_t>(n));
    const auto force_on = [&](Eigen::Index i) {
        const Row dx = Y(i, 0) - Y.col(0), dy = Y(i, 1) - Y.col(1);
        const Row k = (1.0F + dx.square() + dy.square()).inverse();
        const Row pull = P.row(i).transpose().array() * k, push = k.square();
        sum_k[static_cast<std::size_t>(i)] = k.sum() - 1.0F;  // but of itself
        attraction.row(i) << (pull * dx).sum(), (pull * dy).sum();
        repulsion.row(i) << (push * dx).sum(), (push * dy).sum();
    };
    constexpr Eigen::Index kBlock = 64;  // points; one by one they would be too little work
    sim::parallel_for(Eigen::Index{0}, (n + kBlock - 1) / kBlock, [&](Eigen::Index b) {
        for (Eigen::Index i = b * kBlock; i < std::min(n, (b + 1) * kBlock); ++i) force_on(i);
    });
    const double all_k = std::accumulate(sum_k.begin(), sum_k.end(), 0.0);
    return 4.0F * (exaggeration * attraction - repulsion / static_cast<float>(all_k));
}

Points start(const RowsView& x) {
    const Points Y = principal_components(x, 2).array();
    const float spread = std::sqrt(Y.col(0).square().mean());
    return spread > 0.0F ? Points(1e-4F / spread * Y) : Y;
}

}  // namespace

Rows tsne(const RowsView& x) {
    if (x.rows() < 3) return principal_components(x, 2);  // nobody has neighbours to choose among
    const auto n = static_cast<double>(x.rows());
    const Rows P = affinities(x, std::min(30.0, (n - 1.0) / 3.0));
    const auto rate = static_cast<float>(std::max(n / (4.0 * kExaggeration), 50.0));
    Points Y = start(x), change = Points::Zero(x.rows(), 2), gain = Points::Ones(x.rows(), 2);
    for (int step = 0; step < kSteps; ++step) {
        const bool is_early = step < kExaggerated;
        const Points g = gradient(P, Y, is_early ? kExaggeration : 1.0F);
        // a gain grows while its coordinate keeps its direction (Jacobs 1988)
        gain = (g * change < 0.0F).select(gain + 0.2F, (0.8F * gain).max(0.01F));
        change = (is_early ? 0.5F : 0.8F) * change - rate * gain * g;
        Y += change;
        Y.rowwise() -= Y.colwise().mean().eval();
    }
    return Y.matrix();
}

}  // namespace decoding
