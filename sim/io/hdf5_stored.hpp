// What a dataset is as it is stored. For the files of this folder that read and write datasets.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "sim/io/hdf5_handle.hpp"

/// USE(T) of all types of numbers that are written and read.
#define STRIATE_FOR_EACH_NUMBER(USE) \
    USE(float)                       \
    USE(double)                      \
    USE(std::uint8_t)                \
    USE(std::int32_t)                \
    USE(std::uint32_t)               \
    USE(std::int64_t)                \
    USE(std::uint64_t)

namespace sim::io {

bool holds_numbers(hid_t dataset);
bool holds_text(hid_t dataset);
/// [B], at least 1
std::size_t element_size(hid_t dataset);
std::uint64_t row_size(const Shape& shape);
/// Selects rows of a dataset's space.
Handle rows_of(hid_t dataset, const Shape& shape, std::uint64_t first, std::uint64_t n);
/// Why the values of a dataset cannot all be had; "" if they can.
std::string why_not_whole(hid_t dataset, const Shape& shape, const std::string& path);

/// Bytes of rows as they are stored, piece by piece.
template <class Use>
void for_each_piece(hid_t dataset, const Shape& shape, std::uint64_t rows, const Use& use) {
    constexpr std::size_t kPiece = std::size_t{1} << 23U;  // [B]
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const std::size_t size = H5Tget_size(type), row = static_cast<std::size_t>(row_size(shape)) * size;
    const std::uint64_t at_a_time = std::max<std::uint64_t>(kPiece / std::max<std::size_t>(row, 1), 1);
    for (std::uint64_t first = 0; first < rows && row > 0; first += at_a_time) {
        const std::uint64_t n = std::min(at_a_time, rows - first);
        std::vector<unsigned char> bytes(n * row);
        const Handle memory = dataspace({bytes.size() / size});
        use(type, first, n,
            H5Dread(dataset, type, memory, rows_of(dataset, shape, first, n), H5P_DEFAULT, bytes.data()) >= 0,
            bytes);
    }
}

}  // namespace sim::io
