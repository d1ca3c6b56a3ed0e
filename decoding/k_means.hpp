// Groups of points about their means.
#pragma once
#include <cstdint>
#include <vector>

#include "decoding/distances.hpp"

namespace decoding {

struct Grouping {
    std::vector<std::int32_t> group;  // (n) of each point, 0 to k - 1
    double inertia;                   // sum of squared distances to the means of the groups
};

/// Rows of x in k groups, 0 < k <= x.rows(), which make the inertia small: the best of n_starts > 0 starts, of equal ones
/// the first. Start s draws from sim::Stream(seed, Purpose::analysis, s). Starts go side by side on the cores; the same
/// bits whatever their number. O(n_starts n k cols) a step
///
/// source   Lloyd (1982), IEEE Trans Inf Theory 28:129; starts: Arthur & Vassilvitskii (2007), k-means++
Grouping k_means(const RowsView& x, std::size_t k, std::size_t n_starts, std::uint64_t seed);

}  // namespace decoding
