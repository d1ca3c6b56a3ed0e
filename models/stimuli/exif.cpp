// The one entry of EXIF that matters here. Source: CIPA DC-008 (Exif 2.32), TIFF 6.0.
#include <optional>

#include "models/stimuli/picture.hpp"

namespace models {
namespace {

/// Numbers of a TIFF file, in its order of bytes; what lies beyond its end is nothing.
class Tiff {
  public:
    explicit Tiff(Bytes bytes)
        : bytes_(bytes), is_little_(bytes.size() > 1 && bytes[0] == 'I' && bytes[1] == 'I') {}

    std::optional<std::uint32_t> number(std::uint64_t at, std::size_t n_bytes) const {
        if (at + n_bytes > bytes_.size()) return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t k = 0; k < n_bytes; ++k)
            value = value << 8U | bytes_[at + (is_little_ ? n_bytes - 1 - k : k)];
        return value;
    }

  private:
    Bytes bytes_;
    bool is_little_;
};

constexpr std::uint32_t kMagic = 42, kOrientation = 0x0112, kShort = 3;
constexpr std::uint64_t kEntrySize = 12;

}  // namespace

int exif_orientation(Bytes bytes) {
    const Tiff tiff(bytes);
    if (tiff.number(2, 2) != kMagic) return 1;
    const auto directory = tiff.number(4, 4);
    if (!directory) return 1;
    const auto n_entries = tiff.number(*directory, 2);
    for (std::uint64_t k = 0; k < n_entries.value_or(0); ++k) {
        const std::uint64_t entry = *directory + 2ULL + k * kEntrySize;
        if (tiff.number(entry, 2) != kOrientation || tiff.number(entry + 2, 2) != kShort) continue;
        const auto value = tiff.number(entry + 8, 2);
        return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
    }
    return 1;
}

}  // namespace models
