// Classification by the nearest training frames.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "decoding/samples.hpp"

namespace decoding {

/// The class that most of the k frames of `training` have which are nearest to each frame of `tested` (Euclidean; of
/// classes with equally many the one whose frame is nearest), for each k. k > training.n() means all.
///
/// source   Cover & Hart (1967)
std::vector<Found> neighbour_classes(const Samples& training, const Samples& tested,
                                     std::span<const std::size_t> k);

}  // namespace decoding
