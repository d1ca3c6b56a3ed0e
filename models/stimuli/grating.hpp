// One sine grating drawn into a frame: what every test with gratings is made of.
#pragma once
#include <cstddef>
#include <span>

namespace models {

/// cos(2 pi f n.r + phase) within `radius` of a place. Convention: orientation is that of the bars,
/// counter-clockwise from horizontal with y up (rows count downward); n = (-sin, cos) of it in (x, y) is at
/// right angles to them; r is counted from that place.
struct Grating {
    double orientation, spatial_frequency, phase;  // [deg], [cycles/px], [deg]
    double row, col;                               // centre [px]
    double radius;                                 // [px]; infinity: full field. The edge is one pixel wide.
};

/// A full-field grating of a frame, its phase counted from the frame's centre.
Grating full_field_grating(double orientation, double spatial_frequency, double phase, std::size_t height,
                           std::size_t width);

/// Adds a grating to a frame. pixels: shape (height, width), row by row from the top.
void add_grating(const Grating& grating, std::size_t height, std::size_t width, std::span<float> pixels);

}  // namespace models
