// Shows frames to a trained network, many side by side, and hands on what it does.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/trained_network.hpp"

namespace lab {

/// Some frames of a test and what the tested population answered; column k is frame `first` + k. Of movies, column
/// k n_frames + f is frame f of movie `first` + k, and its answer was read while it was shown.
struct Observation {
    std::size_t first;
    const Eigen::MatrixXf& frames;     // s as received, (M, B)
    const Eigen::MatrixXf& responses;  // >= 0, (N, B), see TrainedNetwork::responses
    const Eigen::MatrixXf& complex;    // those of the complex cells; without rows where there are none
    const sim::Lanes& lanes;
    std::uint32_t population;  // the tested one

    /// Of frame or movie `first` + k, by time from its beginning; hidden neurons' among them.
    std::vector<sim::Spike> spikes(std::size_t k) const;
};

/// Draws frame k of a test into pixels (height, width), all 0 before. Called from several threads.
using Draw = std::function<void(std::size_t k, std::span<float> pixels)>;

/// Shows n_frames, each from rest, and calls `observe` with some of them at a time, in order. Frames are
/// drawn without the noise of retina and LGN (frame.noise), which is added here: `test` keeps the noise of
/// one test apart from that of another. Bits do not depend on the number of threads.
void show(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_frames, const Draw& draw,
          const std::function<void(const Observation&)>& observe);

/// Shows n_movies of n_frames each, in T; draws frame k % n_frames of movie k / n_frames. Else as show().
void show_movies(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_movies,
                 std::size_t n_frames, sim::Time T, const Draw& draw,
                 const std::function<void(const Observation&)>& observe);

}  // namespace lab
