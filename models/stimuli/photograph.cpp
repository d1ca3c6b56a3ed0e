#include "models/stimuli/photograph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "models/stimuli/picture.hpp"
#include "models/stimuli/regular_file.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

namespace fs = std::filesystem;

std::vector<std::uint8_t> read_bytes(const std::string& path) {
    check_is_regular(path);
    std::ifstream file(path, std::ios::binary);
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.is_open() || file.bad()) throw sim::IoError(path + ": cannot be read");
    return bytes;
}

bool begins_with(Bytes file, std::string_view magic, std::size_t at = 0) {
    return file.size() >= at + magic.size() &&
           std::equal(magic.begin(), magic.end(), file.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

bool is_pnm(Bytes file) {
    return begins_with(file, "P2") || begins_with(file, "P3") || begins_with(file, "P5") ||
           begins_with(file, "P6");
}

/// What users have beside what is read here.
std::string_view other_format(Bytes file) {
    if (file.empty()) return "is empty";
    if (begins_with(file, "GIF8")) return "is a GIF file";
    if (begins_with(file, "BM")) return "is a BMP file";
    if (begins_with(file, "II*") || begins_with(file, std::string_view("MM\0*", 4))) return "is a TIFF file";
    if (begins_with(file, "RIFF") && begins_with(file, "WEBP", 8)) return "is a WebP file";
    if (begins_with(file, "ftyp", 4)) return "is a HEIC or AVIF file, or a film";
    if (begins_with(file, "jP  ", 4)) return "is a JPEG 2000 file";
    if (begins_with(file, "P1") || begins_with(file, "P4") || begins_with(file, "P7"))
        return "is a PBM or PAM file";
    return "is no image that is known";
}

Picture decode(Bytes file) {
    if (begins_with(file, "\xFF\xD8")) return read_jpeg(file);
    if (begins_with(file, "\x89PNG")) return read_png(file);
    if (is_pnm(file)) return read_pnm(file);
    throw BadPicture(
        fmt::format("cannot be read as a JPEG, PNG, PGM or PPM image: it {}", other_format(file)));
}

/// The mean over blocks of what a picture shows upright. EXIF: 2 and 4 are mirrored, 3 is upside down; 5 to 8
/// have columns where the others have rows.
Image upright(Picture picture, std::size_t shrink) {
    const Image& grey = picture.grey;
    if (shrink == 1 && picture.orientation == 1) return std::move(picture.grey);
    const int turn = picture.orientation;
    const bool lies = turn >= 5, from_right = turn == 2 || turn == 3 || turn == 7 || turn == 8,
               from_below = turn == 3 || turn == 4 || turn == 6 || turn == 7;
    const std::size_t height = lies ? grey.width : grey.height, width = lies ? grey.height : grey.width;
    return box_average(height, width, shrink, [&](std::size_t r, std::size_t c) {
        if (lies) std::swap(r, c);
        return grey.row(from_below ? grey.height - 1 - r : r)[from_right ? grey.width - 1 - c : c];
    });
}

}  // namespace

void check_size(std::uint64_t width, std::uint64_t height, Bytes file) {
    constexpr std::uint64_t kFree = 1U << 24U, kPerByte = 64, kMost = 1U << 28U, kMostSide = 1U << 20U;
    if (width == 0 || height == 0) throw BadPicture("is damaged: it has no pixel");
    if (width > kMostSide || height > kMostSide ||
        width * height > std::min(kMost, kFree + kPerByte * file.size()))
        throw BadPicture(fmt::format("claims {} x {} px in {} bytes, more than a photograph has or 2^28 px",
                                     height, width, file.size()));
}

Image read_photograph(const std::string& path, std::size_t shrink) try {
    return upright(decode(read_bytes(path)), shrink);
} catch (const BadPicture& error) {
    throw sim::IoError(fmt::format("{}: {}", path, error.what()));
} catch (const std::bad_alloc&) {
    throw sim::IoError(fmt::format("{}: not enough memory for its pixels", path));
}

std::vector<std::string> photographs_in(const std::string& folder, const std::vector<std::string>& exclude,
                                        const std::string& otherwise) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error)
        throw sim::IoError(
            fmt::format("{}: cannot list this folder of photographs: {}. Debian's packages "
                        "lomiri-wallpapers-16.04 (/usr/share/backgrounds) and palapeli-data "
                        "(/usr/share/palapeli/collection) supply photographs{}",
                        folder, error.message(), otherwise));
    std::vector<std::string> files;
    for (const fs::directory_entry& entry : entries) {
        const std::string name = entry.path().filename().string();
        const auto is_in_name = [&](const std::string& part) { return name.find(part) != std::string::npos; };
        if (entry.is_regular_file(error) && std::ranges::none_of(exclude, is_in_name))
            files.push_back(entry.path().string());
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace models
