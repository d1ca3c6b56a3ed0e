// Frames side by side, drawn from a stimulus.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "sim/network.hpp"
#include "sim/stimulus.hpp"

namespace sim {

struct Frames {
    std::uint64_t first;      // index of the first in its set
    Eigen::MatrixXf pixels;   // (M, B); of movies the mean over the time in which codes are read
    Eigen::MatrixXf movie;    // (M, B n_frames), frame by frame; of stills empty
    Eigen::MatrixXd shown;    // (columns, B): what they showed
    std::vector<int> labels;  // (B)
    std::size_t n_blank = 0;  // those whose pixels are all alike

    /// What is seen in turn: the movie, or the still frames.
    const Eigen::MatrixXf& in_turn() const { return movie.size() > 0 ? movie : pixels; }
};

/// n frames of M pixels, from index `first` on, or movies, as a presentation shows them.
Frames draw_frames(const Stimulus& stimulus, std::size_t M, const Presentation& presentation, FrameSet set,
                   std::uint64_t first, std::size_t n);

/// What frames inject into a network while they are shown, (n, B), or (n, B n_frames) of movies. posed: the same
/// frames, of movies their means
Eigen::MatrixXf drive(const Network& network, const Frames& frames, const Problems& posed);

/// A stimulus that moves has to be shown as a movie, and a still one as a frame. throws ConfigError
void check_moves(const Stimulus& stimulus, const Presentation& presentation);

}  // namespace sim
