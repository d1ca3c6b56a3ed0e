// Frames of several senses, which stand end to end, as pictures: one beside the other, a pixel of grey between.
#pragma once
#include <cstddef>
#include <vector>

#include "analysis/recorded_run.hpp"

namespace analysis {

class SensePictures {
  public:
    /// run: of one sense or of several; of one, pictures are frames
    explicit SensePictures(const RecordedRun& run);

    std::size_t height() const { return height_; }
    std::size_t width() const { return width_; }

    /// Pictures of frames, or of fields, of any number: from shape (n, M) to shape (n, height, width).
    std::vector<float> operator()(const std::vector<float>& frames) const;
    /// A run of several senses as though its frames were such pictures: its fields, at all moments, and where its neurons
    /// look.
    RecordedRun operator()(RecordedRun run) const;

  private:
    std::size_t n_pixels_, height_ = 0, width_ = 0;
    std::vector<std::size_t> place_;  // in the picture, of each pixel
};

}  // namespace analysis
