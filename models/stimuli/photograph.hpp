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

/// Grey values in [0, 1], as encoded in the file (not linear in light), box-averaged by `shrink`. Only the
/// shrunk image outlives the call: the decoded one takes up to 3 bytes a pixel, a progressive JPEG 9 more
/// while it is decoded. Reads JPEG, PNG and PGM/PPM, at 8 bits a channel. throws sim::IoError if the file
/// cannot be read, is none of these, is damaged or breaks off
Image read_photograph(const std::string& path, std::size_t shrink);

}  // namespace models
