#include "deep/inputs.hpp"

#include <algorithm>

namespace deep {

Inputs pixels_of(const LabelledImages& set) {
    return {1, set.rows, set.cols, {5, kPool}, set.labels, [&set](std::size_t i, std::span<float> to) {
                std::ranges::copy(set.images[i].pixels, to.begin());
            }};
}

Inputs codes_of(const CodedImages& codes, std::span<const std::uint8_t> labels, double cut) {
    const Maps maps = codes.pooled();
    return {maps.n, maps.rows, maps.cols,
            {1, 1}, labels,    [&codes, cut](std::size_t i, std::span<float> to) {
                codes.pool(i, cut, to); }};
}

}  // namespace deep
