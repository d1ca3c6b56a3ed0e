#include "decoding/separation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace decoding {
namespace {

constexpr std::size_t kNeighbours = 10;

/// (b - a) / max(a, b) of a row: sums of its distances to each class, the distance 0 to itself among them.
double silhouette(std::span<const double> sum, std::span<const std::size_t> n, std::size_t own) {
    if (n[own] < 2) return 0.0;
    const double a = sum[own] / static_cast<double>(n[own] - 1);
    double b = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < n.size(); ++c)
        if (c != own && n[c] > 0) b = std::min(b, sum[c] / static_cast<double>(n[c]));
    const double greater = std::max(a, b);
    return greater > 0.0 ? (b - a) / greater : 0.0;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Separation separation(const RowsView& x, std::span<const std::int32_t> label, std::size_t n_classes) {
    std::vector<std::size_t> n_of(n_classes, 0);
    for (const std::int32_t c : label) ++n_of[static_cast<std::size_t>(c)];
    if (std::ranges::count(n_of, 0U) + 1 >= std::ssize(n_of))
        return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};

    std::vector<double> silhouettes(label.size()), shares(label.size());
    for_blocks_of_distances(x, x, [&](Eigen::Index first, Rows& D) {
        for (Eigen::Index r = 0; r < D.rows(); ++r) {
            const auto i = static_cast<std::size_t>(first + r);
            D(r, first + r) = 0.0F;  // rounding left a little
            std::vector<double> sum(n_classes, 0.0);
            for (std::size_t j = 0; j < label.size(); ++j)
                sum[static_cast<std::size_t>(label[j])] +=
                    std::sqrt(static_cast<double>(D(r, static_cast<Eigen::Index>(j))));
            silhouettes[i] = silhouette(sum, n_of, static_cast<std::size_t>(label[i]));
            D(r, first + r) = std::numeric_limits<float>::infinity();  // not a neighbour of itself
            const auto neighbours = nearest(D.row(r), std::min(kNeighbours, label.size() - 1));
            shares[i] = static_cast<double>(std::ranges::count_if(
                            neighbours, [&](std::size_t j) { return label[j] == label[i]; })) /
                        static_cast<double>(neighbours.size());
        }
    });
    return {mean(silhouettes), mean(shares)};
}

}  // namespace decoding
