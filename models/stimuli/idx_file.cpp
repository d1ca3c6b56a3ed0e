#include "models/stimuli/idx_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <array>
#include <functional>
#include <memory>
#include <numeric>

#include "sim/error.hpp"

namespace models {
namespace {

/// All bytes of a file, unpacked if it is gzipped.
std::vector<std::uint8_t> read_bytes(const std::string& path) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) throw sim::IoError(path + ": cannot be opened");
    std::vector<std::uint8_t> bytes;
    std::array<std::uint8_t, 1U << 16U> piece;
    for (;;) {
        const int n = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()));
        int error = Z_OK;
        const char* const message = gzerror(file.get(), &error);  // "PATH: unexpected end of file"
        if (error != Z_OK) throw sim::IoError(message);
        if (n == 0) return bytes;
        bytes.insert(bytes.end(), piece.begin(), piece.begin() + n);
    }
}

std::uint32_t big_endian(const std::uint8_t* p) {
    return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 |
           static_cast<std::uint32_t>(p[2]) << 8 | static_cast<std::uint32_t>(p[3]);
}

}  // namespace

ByteArray read_idx(const std::string& path, std::size_t n_dimensions) {
    std::vector<std::uint8_t> bytes = read_bytes(path);
    const std::size_t header = 4 + 4 * n_dimensions;
    const auto magic = static_cast<std::uint32_t>(0x0800 + n_dimensions);  // 08: of unsigned bytes
    if (bytes.size() < 4 || big_endian(bytes.data()) != magic)
        throw sim::IoError(fmt::format(
            "{}: is no IDX file of bytes in {} dimension{}: expected magic number {:#010x}, found {}", path,
            n_dimensions, n_dimensions == 1 ? "" : "s", magic,
            bytes.size() < 4 ? "the end of the file" : fmt::format("{:#010x}", big_endian(bytes.data()))));
    if (bytes.size() < header) throw sim::IoError(path + ": breaks off in its header");

    std::vector<std::uint64_t> shape;
    for (std::size_t k = 1; k <= n_dimensions; ++k) shape.push_back(big_endian(bytes.data() + 4 * k));
    // In double: what a damaged header says may be more than fits into 64 bits.
    const double expected = std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>{});
    if (static_cast<double>(bytes.size() - header) != expected)
        throw sim::IoError(fmt::format("{}: expected {} = {:.0f} values, as its header says, found {}", path,
                                       fmt::join(shape, " x "), expected, bytes.size() - header));
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return {std::move(shape), std::move(bytes)};
}

}  // namespace models
