#include "models/stimuli/photograph.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>

#include "models/stimuli/stb_image.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.is_open() || file.bad()) throw sim::IoError(path + ": cannot be read");
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw sim::IoError(path + ": is larger than 2 GB");
    return bytes;
}

/// Number of bytes before the pixels of a PGM or PPM file: a magic number, width, height and greatest value,
/// with white space and # comments between, and one white space after.
std::size_t pnm_header_size(const Bytes& bytes) {
    std::size_t at = 2;  // behind "P5" or "P6"
    const auto skip_while = [&](auto condition) {
        while (at < bytes.size() && condition(bytes[at])) ++at;
    };
    for (int number = 0; number < 3; ++number) {
        skip_while([](int c) { return std::isspace(c) != 0; });
        while (at < bytes.size() && bytes[at] == '#') {
            skip_while([](int c) { return c != '\n' && c != '\r'; });
            skip_while([](int c) { return std::isspace(c) != 0; });
        }
        skip_while([](int c) { return std::isdigit(c) != 0; });
    }
    return at + 1;
}

/// stb_image 2.27 says nothing when the pixels of a PGM or PPM file break off, and hands out memory never
/// written.
bool breaks_off(const Bytes& bytes) {
    if (bytes.size() < 2 || bytes[0] != 'P' || (bytes[1] != '5' && bytes[1] != '6')) return false;
    int width = 0, height = 0, channels = 0;
    const int size = static_cast<int>(bytes.size());
    if (stbi_info_from_memory(bytes.data(), size, &width, &height, &channels) == 0) return false;
    const std::uint64_t depth = stbi_is_16_bit_from_memory(bytes.data(), size) != 0 ? 2 : 1;
    const std::uint64_t n_values = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) *
                                   static_cast<std::uint64_t>(channels);
    return bytes.size() < pnm_header_size(bytes) + n_values * depth;
}

}  // namespace

Image read_photograph(const std::string& path, std::size_t shrink) {
    const Bytes bytes = read_bytes(path);
    if (breaks_off(bytes)) throw sim::IoError(path + ": breaks off before its last pixel");
    int columns = 0, rows = 0, n_channels = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> decoded(
        stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &columns, &rows, &n_channels, 0),
        stbi_image_free);
    if (!decoded)
        throw sim::IoError(fmt::format("{}: cannot be read as a JPEG, PNG, PGM or PPM image: {}", path,
                                       stbi_failure_reason()));

    const auto width = static_cast<std::size_t>(columns), height = static_cast<std::size_t>(rows);
    const auto stride = static_cast<std::size_t>(n_channels);  // 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha
    const stbi_uc* const pixels = decoded.get();
    if (stride < 3)
        return box_average(height, width, shrink, [=](std::size_t r, std::size_t c) {
            return pixels[(r * width + c) * stride] / 255.0F;
        });
    return box_average(height, width, shrink, [=](std::size_t r, std::size_t c) {
        const stbi_uc* const p = pixels + (r * width + c) * stride;
        return (0.299F * p[0] + 0.587F * p[1] + 0.114F * p[2]) / 255.0F;  // luma, ITU-R BT.601
    });
}

}  // namespace models
