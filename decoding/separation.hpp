// How well classes are apart, without a classifier.
#pragma once
#include <cstdint>
#include <span>

#include "decoding/distances.hpp"

namespace decoding {

struct Separation {
    double silhouette;  // mean over rows of (b - a) / max(a, b), -1 to 1
    double purity;      // mean share of each row's 10 nearest others that are of its class, 0 to 1
};

/// Of rows of x in these classes, by Euclidean distance: a is the mean distance of a row to the others of its
/// class, b the least mean distance to a class other than its own; a row alone in its class counts 0. NaN if
/// all rows are of one class.
///
/// label  (n) class of each row, 0 to n_classes - 1. O(n^2 cols)
/// source silhouette: Rousseeuw (1987)
Separation separation(const RowsView& x, std::span<const std::int32_t> label, std::size_t n_classes);

}  // namespace decoding
