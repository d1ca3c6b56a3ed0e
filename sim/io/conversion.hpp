// Numbers of users' files as the numbers we want, or an error: nothing is clamped or cut.
#pragma once
#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

namespace sim::io {

/// `found` as a T of the same value; where T is an integer and cannot hold it, complain("must be ..., is
/// ...") throws.
template <class T, class Found, class Complain>
T checked(Found found, const Complain& complain) {
    if constexpr (std::floating_point<T>) {
        return static_cast<T>(found);
    } else if constexpr (std::integral<Found>) {
        if (!std::in_range<T>(found))
            complain(fmt::format("must be from {} to {}, is {}", std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max(), found));
        return static_cast<T>(found);
    } else {
        // The bound is a power of two, and so exact; the greatest T itself need not be a double.
        const double bound = std::ldexp(1.0, std::numeric_limits<T>::digits);
        const double least = std::is_signed_v<T> ? -bound : 0.0;
        if (!(found >= least && found < bound) || found != std::floor(found))
            complain(fmt::format("must be a whole number from {} to {}, is {}", std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max(), found));
        return static_cast<T>(found);
    }
}

}  // namespace sim::io
