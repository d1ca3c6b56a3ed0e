#include "decoding/nearest_neighbours.hpp"

#include <algorithm>

#include "decoding/distances.hpp"

namespace decoding {
namespace {

/// The class of most of `nearest`, which are in order.
std::int32_t vote(std::span<const std::int32_t> nearest, std::size_t n_classes) {
    std::vector<std::size_t> votes(n_classes, 0);
    for (const std::int32_t label : nearest) ++votes[static_cast<std::size_t>(label)];
    const std::size_t most = std::ranges::max(votes);
    return *std::ranges::find_if(
        nearest, [&](std::int32_t label) { return votes[static_cast<std::size_t>(label)] == most; });
}

}  // namespace

std::vector<Found> neighbour_classes(const Samples& training, const Samples& tested,
                                     std::span<const std::size_t> k) {
    const std::size_t most = std::min(std::ranges::max(k), training.n());
    std::vector<Found> found(k.size(), Found(tested.n()));
    for_blocks_of_distances(tested.a, training.a, [&](Eigen::Index first, const Rows& D) {
        for (Eigen::Index i = 0; i < D.rows(); ++i) {
            std::vector<std::int32_t> labels;
            for (const std::size_t j : nearest(D.row(i), most)) labels.push_back(training.label[j]);
            for (std::size_t c = 0; c < k.size(); ++c)
                found[c][static_cast<std::size_t>(first + i)] =
                    vote(std::span(labels).first(std::min(k[c], most)), training.n_classes);
        }
    });
    return found;
}

}  // namespace decoding
