// Principal components.
#pragma once
#include <cstddef>

#include "decoding/distances.hpp"

namespace decoding {

/// Rows of x, less their mean, along their first n_components principal components (n, n_components), those
/// of greatest variance first, and 0 along those that x has too few columns for. Of the two directions of a
/// component the one is taken in which its greatest entry is above 0.
///
/// source   Hotelling (1933)
Rows principal_components(const RowsView& x, std::size_t n_components);

}  // namespace decoding
