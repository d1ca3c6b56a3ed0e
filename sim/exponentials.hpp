// Exponential random numbers, many at a time: what Poisson trains are made of. Random123, which Stream asks, makes one
// block of random bits at a time; here eight go through the same rounds side by side, in vectors.
#pragma once
#include <array>
#include <cstdint>

#include "sim/rng.hpp"

namespace sim {

constexpr std::size_t kExponentials = 16;  // at a time

/// log(1 - u) of the uniform numbers u number `block` kExponentials and on of a stream, to the bit what
/// log1p(-Stream(seed, purpose, index).uniform()) gives in turn: minus them are intervals of a Poisson process of rate 1.
std::array<double, kExponentials> exponentials(std::uint64_t seed, Purpose purpose, std::uint64_t index,
                                               std::uint32_t block);

}  // namespace sim
