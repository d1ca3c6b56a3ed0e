// Vectors that start on a cache line, for the loops that bear the load: a wide load that crosses two lines
// costs twice.
#pragma once
#include <tbb/cache_aligned_allocator.h>

#include <vector>

namespace sim {

template <class T>
using AlignedVector = std::vector<T, tbb::cache_aligned_allocator<T>>;

}  // namespace sim
