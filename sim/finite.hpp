// Whether numbers are numbers, before they go to a file.
#pragma once
#include <cmath>
#include <cstddef>
#include <span>

namespace sim {

/// Place of the first value that is not finite; size() if all are. One pass, as fast as memory where all are.
template <class T>
std::size_t first_not_finite(std::span<const T> values) {
    bool all = true;
    for (const T value : values) all &= value - value == T{0};  // NaN of what is not finite
    if (all) return values.size();
    std::size_t at = 0;
    while (std::isfinite(values[at])) ++at;
    return at;
}

}  // namespace sim
