// What the readers of JPEG, PNG, PGM and PPM have in common.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "models/stimuli/photograph.hpp"

namespace models {

/// A decoded file.
struct Picture {
    Image grey;           // in [0, 1], as the file has its pixels
    int orientation = 1;  // as EXIF numbers it: how to turn them
};

/// Why the bytes of a file are no picture that can be used, in words that go behind "PATH: ".
struct BadPicture : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using Bytes = std::span<const std::uint8_t>;

/// Before memory is taken for its pixels. Small files can claim what fills any memory; no photograph has so
/// many pixels in so few bytes.
/// throws BadPicture
void check_size(std::uint64_t width, std::uint64_t height, Bytes file);

/// Grey values of a row of pixels: the first channel of one or two, luma (ITU-R BT.601) of three or more.
/// most  the value that is white
template <class Sample>
void to_grey(const Sample* pixels, std::size_t n_channels, float most, std::span<float> row) {
    for (float& grey : row) {
        const auto channel = [&](std::size_t c) { return static_cast<float>(pixels[c]); };
        grey =
            (n_channels < 3 ? channel(0) : 0.299F * channel(0) + 0.587F * channel(1) + 0.114F * channel(2)) /
            most;
        pixels += n_channels;
    }
}

/// EXIF's tag Orientation, 1 to 8; 1, upright, where there is none or it makes no sense.
/// tiff  what EXIF is: the beginning of a TIFF file
int exif_orientation(Bytes tiff);

/// Each reads one format. throw BadPicture
Picture read_jpeg(Bytes file);
Picture read_png(Bytes file);
Picture read_pnm(Bytes file);  // PGM and PPM, plain and raw

}  // namespace models
