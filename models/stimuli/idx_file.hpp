// Arrays of bytes in IDX files, the format of MNIST: the only place that knows zlib.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace models {

/// An array of bytes; the last dimension changes fastest.
struct ByteArray {
    std::vector<std::uint64_t> shape;
    std::vector<std::uint8_t> values;
};

/// An IDX file of bytes, plain or gzipped. throws sim::IoError if it cannot be read, is no IDX file of bytes
/// with so many dimensions, or does not hold as many values as it says
/// source  LeCun, Cortes & Burges, The MNIST database of handwritten digits
ByteArray read_idx(const std::string& path, std::size_t n_dimensions);

}  // namespace models
