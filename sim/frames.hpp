// Frames side by side, drawn from a stimulus.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "sim/stimulus.hpp"

namespace sim {

struct Frames {
    std::uint64_t first;      // index of the first in its set
    Eigen::MatrixXf pixels;   // (M, B)
    Eigen::MatrixXd shown;    // (columns, B): what they showed
    std::vector<int> labels;  // (B)
    std::size_t n_blank = 0;  // those whose pixels are all alike
};

/// n frames of M pixels, from index `first` on.
Frames draw_frames(const Stimulus& stimulus, std::size_t M, FrameSet set, std::uint64_t first, std::size_t n);

}  // namespace sim
