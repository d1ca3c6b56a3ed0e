#include "decoding/k_means.hpp"

#include <algorithm>
#include <limits>

#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace decoding {
namespace {

constexpr int kMostSteps = 300;  // a group that still changes hands then hardly matters

double distance_of(const RowsView& x, Eigen::Index i, const Rows& centres, Eigen::Index c) {
    return static_cast<double>((x.row(i) - centres.row(c)).squaredNorm());
}

/// Points drawn as centres one after the other, each with a chance in proportion to its squared distance to the nearest
/// of those before; of points that are all centres, any.
Rows first_centres(const RowsView& x, Eigen::Index k, sim::Stream stream) {
    const Eigen::Index n = x.rows();
    Rows centres(k, x.cols());
    std::vector<double> nearest_squared(static_cast<std::size_t>(n), std::numeric_limits<double>::infinity());
    auto chosen = static_cast<Eigen::Index>(stream.below(static_cast<std::uint64_t>(n)));
    for (Eigen::Index c = 0; c < k; ++c) {
        centres.row(c) = x.row(chosen);
        double all = 0.0;
        for (Eigen::Index i = 0; i < n; ++i) {
            double& nearest = nearest_squared[static_cast<std::size_t>(i)];
            all += nearest = std::min(nearest, distance_of(x, i, centres, c));
        }
        const double place = all * stream.uniform();
        double passed = 0.0;
        chosen = 0;
        while (chosen + 1 < n && (passed += nearest_squared[static_cast<std::size_t>(chosen)]) <= place)
            ++chosen;
    }
    return centres;
}

/// Each point to its nearest centre; of equally near ones the first. Whether any changed.
bool assign(const RowsView& x, const Rows& centres, Grouping& grouping) {
    bool changed = false;
    grouping.inertia = 0.0;
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        double least = distance_of(x, i, centres, 0);
        std::int32_t nearest = 0;
        for (Eigen::Index c = 1; c < centres.rows(); ++c)
            if (const double d = distance_of(x, i, centres, c); d < least)
                least = d, nearest = static_cast<std::int32_t>(c);
        std::int32_t& group = grouping.group[static_cast<std::size_t>(i)];
        changed |= group != nearest;
        group = nearest;
        grouping.inertia += least;
    }
    return changed;
}

/// Means of the groups; one that is empty stays where it was.
void move_centres(const RowsView& x, const Grouping& grouping, Rows& centres) {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(centres.rows(), centres.cols());
    Eigen::VectorXd n = Eigen::VectorXd::Zero(centres.rows());
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        const Eigen::Index c = grouping.group[static_cast<std::size_t>(i)];
        sum.row(c) += x.row(i).cast<double>();
        n(c) += 1.0;
    }
    for (Eigen::Index c = 0; c < centres.rows(); ++c)
        if (n(c) > 0.0) centres.row(c) = (sum.row(c) / n(c)).cast<float>();
}

Grouping from_one_start(const RowsView& x, std::size_t k, const sim::Stream& stream) {
    Rows centres = first_centres(x, static_cast<Eigen::Index>(k), stream);
    Grouping grouping{std::vector<std::int32_t>(static_cast<std::size_t>(x.rows()), -1), 0.0};
    for (int step = 0; step < kMostSteps && assign(x, centres, grouping); ++step)
        move_centres(x, grouping, centres);
    return grouping;
}

}  // namespace

Grouping k_means(const RowsView& x, std::size_t k, std::size_t n_starts, std::uint64_t seed) {
    std::vector<Grouping> all(n_starts);
    sim::parallel_for(std::size_t{0}, n_starts, [&](std::size_t s) {
        all[s] = from_one_start(x, k, sim::Stream(seed, sim::Purpose::analysis, s));
    });
    return *std::ranges::min_element(all, {}, &Grouping::inertia);
}

}  // namespace decoding
