// Classification by the nearest training frames.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "decoding/samples.hpp"

namespace decoding {

/// Fraction of `tested` whose class most of the k nearest frames of `training` have (Euclidean; of classes
/// with equally many the one whose frame is nearest), for each k. k > training.n() means all.
///
/// source   Cover & Hart (1967)
std::vector<double> neighbour_accuracies(const Samples& training, const Samples& tested,
                                         std::span<const std::size_t> k);

}  // namespace decoding
