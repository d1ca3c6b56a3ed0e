// What a network is shown: labelled images of some channels, made anew whenever they are asked for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "deep/coded_images.hpp"
#include "deep/labelled_images.hpp"

namespace deep {

/// The first layer that the channels call for: a convolution with kernels of size x size px, then the maximum
/// over squares of pool x pool.
struct Stem {
    std::size_t size, pool;
};

struct Inputs {
    std::size_t channels, rows, cols;
    Stem stem;
    std::span<const std::uint8_t> labels;                          // of each image, below kClasses
    std::function<void(std::size_t i, std::span<float> to)> show;  // image i, shape (channels, rows, cols)

    std::size_t n() const { return labels.size(); }
    std::size_t size() const { return channels * rows * cols; }
};

/// Pixels, in one channel: a first layer of 5 x 5 px, pooled like codes.
/// set  must outlive the result
Inputs pixels_of(const LabelledImages& set);

/// Codes after a cut, pooled: the first layer weighs the channels of each place.
/// codes, labels  must outlive the result
Inputs codes_of(const CodedImages& codes, std::span<const std::uint8_t> labels, double cut);

}  // namespace deep
