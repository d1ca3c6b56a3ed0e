// Two codes of the same frames, compared frame by frame.
#pragma once
#include <cstddef>
#include <span>

#include "decoding/samples.hpp"

namespace decoding {

struct Paired {
    std::size_t first_alone, second_alone;  // frames that one alone classifies rightly
    double p;                               // of as unequal numbers where both are as often right
};

/// McNemar's exact test, two-sided, of classes found of the same frames.
/// source   McNemar (1947)
Paired paired(const Found& first, const Found& second, std::span<const std::int32_t> label);

}  // namespace decoding
