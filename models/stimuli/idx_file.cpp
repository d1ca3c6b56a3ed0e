#include "models/stimuli/idx_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>

#include "models/stimuli/regular_file.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

/// A file that is unpacked as it is read if it is gzipped.
class PackedFile {
  public:
    explicit PackedFile(const std::string& path) : file_(gzopen(path.c_str(), "rb"), gzclose) {
        if (!file_) throw sim::IoError(path + ": cannot be opened");
    }

    /// The next n bytes; fewer where the file ends. Memory grows with what is there, not with n.
    std::vector<std::uint8_t> next(std::uint64_t n) {
        std::vector<std::uint8_t> bytes;
        std::array<std::uint8_t, 1U << 16U> piece;
        while (bytes.size() < n) {
            const auto left = std::min<std::uint64_t>(piece.size(), n - bytes.size());
            const int n_read = gzread(file_.get(), piece.data(), static_cast<unsigned>(left));
            int error = Z_OK;
            const char* const message = gzerror(file_.get(), &error);  // "PATH: unexpected end of file"
            if (error != Z_OK) throw sim::IoError(message);
            if (n_read == 0) break;
            bytes.insert(bytes.end(), piece.begin(), piece.begin() + n_read);
        }
        return bytes;
    }

  private:
    std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

/// Pictures pack well, but not as well as this: so much memory is taken for no small file.
double most_values(const std::string& path) {
    constexpr double kFree = 1U << 26U, kPerByte = 256.0;
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    return kFree + (error ? 0.0 : kPerByte * static_cast<double>(size));
}

std::uint32_t big_endian(const std::uint8_t* p) {
    return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 |
           static_cast<std::uint32_t>(p[2]) << 8 | static_cast<std::uint32_t>(p[3]);
}

}  // namespace

ByteArray read_idx(const std::string& path, std::size_t n_dimensions) {
    check_is_regular(path);
    PackedFile file(path);
    const std::vector<std::uint8_t> header = file.next(4 + 4 * n_dimensions);
    const auto magic = static_cast<std::uint32_t>(0x0800 + n_dimensions);  // 08: of unsigned bytes
    if (header.size() < 4 || big_endian(header.data()) != magic)
        throw sim::IoError(fmt::format(
            "{}: is no IDX file of bytes in {} dimension{}: expected magic number {:#010x}, found {}", path,
            n_dimensions, n_dimensions == 1 ? "" : "s", magic,
            header.size() < 4 ? "the end of the file" : fmt::format("{:#010x}", big_endian(header.data()))));
    if (header.size() < 4 + 4 * n_dimensions) throw sim::IoError(path + ": breaks off in its header");

    std::vector<std::uint64_t> shape;
    for (std::size_t k = 1; k <= n_dimensions; ++k) shape.push_back(big_endian(header.data() + 4 * k));
    // In double: what a damaged header says may be more than fits into 64 bits.
    const double expected = std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>{});
    const auto asked = static_cast<std::uint64_t>(std::min(expected, most_values(path))) + 1;  // one too many
    std::vector<std::uint8_t> values = file.next(asked);
    if (static_cast<double>(values.size()) != expected)
        throw sim::IoError(fmt::format("{}: expected {} = {:.0f} values, as its header says, found {}{}",
                                       path, fmt::join(shape, " x "), expected, values.size(),
                                       values.size() == asked ? " or more" : ""));
    return {std::move(shape), std::move(values)};
}

}  // namespace models
