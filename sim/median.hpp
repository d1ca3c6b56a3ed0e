// Mean and median: one meaning everywhere.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace sim {

/// NaN of none. O(n)
inline double mean(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The middle value; the mean of the two in the middle of an even number; NaN of none. No value is NaN. O(n)
inline double median(std::vector<double> values) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    const auto upper = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), upper, values.end());
    if (values.size() % 2 == 1) return *upper;
    return 0.5 * (*std::max_element(values.begin(), upper) + *upper);
}

/// Of the values that there are; NaN of none.
inline double median_of_known(std::vector<double> values) {
    std::erase_if(values, [](double x) { return std::isnan(x); });
    return median(std::move(values));
}

}  // namespace sim
