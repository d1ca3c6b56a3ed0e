// Receptive fields as pictures: grey, zero in the middle, each scaled to its own largest value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "analysis/gnuplot.hpp"
#include "analysis/recorded_run.hpp"

namespace analysis {

inline constexpr double kPage = 1040.0;  // widest figure [px]

/// Screen pixels per pixel of a picture: in halves, so that the PNG's twice as many are whole and stay crisp.
double magnification(std::size_t pixels, double room);

/// The same box round the centre of every neuron's window, wide enough for all receptive fields but the largest twentieth,
/// whose rims are cut off: where windows differ the smallest would be dots.
class FieldCrop {
  public:
    /// A pixel belongs to a field's support if it is above 5 % of its largest; where that reaches across the
    /// frame, or all windows stand in one place, the box is the frame.
    explicit FieldCrop(const RecordedRun& run);

    std::size_t height() const { return height_; }
    std::size_t width() const { return width_; }

    /// Where the box of `neuron` begins in the frame [px]; it may reach beyond.
    std::pair<long, long> corner(std::size_t neuron) const;

    /// What lies in the box of `neuron` of its field in `Phi` (shape (N, height, width)); 0 beyond the frame.
    std::vector<float> cut(const float* Phi, std::size_t neuron) const;

    /// Writes the field of `neuron`, one of `Phi` (shape (N, height, width)), into the image at (top, left).
    void paint(const float* Phi, std::size_t neuron, Raster& image, std::size_t top, std::size_t left) const;

  private:
    void measure();

    const RecordedRun* run_;
    std::size_t height_, width_;
    bool whole_frame_ = false;
};

/// One field or frame, shape (height, width), as a picture.
Raster field_picture(const float* field, std::size_t height, std::size_t width);

/// The fields of rows x cols neurons from (first_row, first_col) on as one grey picture, with lines of one
/// pixel between them and round them.
Raster field_mosaic(const FieldCrop& crop, const RecordedRun& run, const std::vector<float>& Phi,
                    std::size_t first_row, std::size_t first_col, std::size_t rows, std::size_t cols);

}  // namespace analysis
