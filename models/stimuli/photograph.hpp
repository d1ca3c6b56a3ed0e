// Photographs from files: decoded to grey and shrunk.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace models {

/// A grey image.
struct Image {
    std::size_t height = 0, width = 0;  // [px]
    std::vector<float> pixels;          // shape (height, width), row by row from the top

    const float* row(std::size_t r) const { return pixels.data() + r * width; }
    float* row(std::size_t r) { return pixels.data() + r * width; }
};

/// Means over blocks of factor x factor px of an image of which grey(row, column) tells the pixels; what is
/// left over at the right and at the bottom is dropped.
template <class Grey>
Image box_average(std::size_t height, std::size_t width, std::size_t factor, Grey grey) {
    Image image{height / factor, width / factor, {}};
    image.pixels.assign(image.height * image.width, 0.0F);
    const float weight = 1.0F / static_cast<float>(factor * factor);
    for (std::size_t r = 0; r < image.height * factor; ++r) {
        float* const row = image.row(r / factor);
        for (std::size_t c = 0; c < image.width * factor; ++c) row[c / factor] += weight * grey(r, c);
    }
    return image;
}

/// Grey values in [0, 1], as encoded in the file (not linear in light), turned as its EXIF orientation says,
/// box-averaged by `shrink`. Reads JPEG, PNG, PGM and PPM, at 8 or 16 bits a channel. Takes 4 bytes a pixel
/// while it decodes, a progressive JPEG or an interlaced PNG up to 6 more; what claims more pixels than a
/// photograph of so many bytes has is refused before.
/// throws sim::IoError if the file cannot be read, is none of these, is damaged or breaks off
Image read_photograph(const std::string& path, std::size_t shrink);

/// Full names of the files of a folder, sorted, but those whose name contains a text of `exclude`.
/// otherwise  what to do without photographs, for the message
/// throws     sim::IoError if the folder cannot be listed
std::vector<std::string> photographs_in(const std::string& folder, const std::vector<std::string>& exclude,
                                        const std::string& otherwise = "");

}  // namespace models
