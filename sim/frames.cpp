#include "sim/frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace sim {

namespace {

/// Part of the time in which codes are read that a frame of a movie is shown.
float share(const Presentation& presentation, std::size_t frame) {
    const Time begin = std::max(presentation.onset(frame), presentation.T0);
    return static_cast<float>(std::max(0.0, presentation.onset(frame + 1) - begin) /
                              (presentation.T - presentation.T0));
}

}  // namespace

Frames draw_frames(const Stimulus& stimulus, std::size_t M, const Presentation& presentation, FrameSet set,
                   std::uint64_t first, std::size_t n) {
    const auto columns = static_cast<Eigen::Index>(n), rows = static_cast<Eigen::Index>(M);
    const std::size_t n_frames = presentation.n_frames;
    Frames result{first,
                  Eigen::MatrixXf::Zero(rows, columns),
                  {},
                  Eigen::MatrixXd(static_cast<Eigen::Index>(stimulus.columns().size()), columns),
                  std::vector<int>(n)};
    if (n_frames > 1) result.movie.resize(rows, columns * static_cast<Eigen::Index>(n_frames));
    parallel_for(std::size_t{0}, n, [&](std::size_t k) {
        const auto column = static_cast<Eigen::Index>(k);
        auto pixels = result.pixels.col(column);
        const std::span<double> shown(result.shown.col(column).data(),
                                      static_cast<std::size_t>(result.shown.rows()));
        for (std::size_t frame = n_frames; n_frames > 1 && frame-- > 0;) {  // `shown` is of the first
            auto one = result.movie.col(static_cast<Eigen::Index>(k * n_frames + frame));
            stimulus.frame_at(set, first + k, presentation.onset(frame), {one.data(), M}, shown);
            pixels += share(presentation, frame) * one;
        }
        if (n_frames == 1) stimulus.frame(set, first + k, {pixels.data(), M}, shown);
        result.labels[k] = stimulus.label(set, first + k);
    });
    for (Eigen::Index k = 0; k < columns; ++k)
        result.n_blank += result.pixels.col(k).minCoeff() == result.pixels.col(k).maxCoeff() ? 1 : 0;
    return result;
}

Eigen::MatrixXf drive(const Network& network, const Frames& frames, const Problems& posed) {
    return frames.movie.size() > 0 ? network.pose(network.see(frames.movie)).drive : posed.drive;
}

void check_moves(const Stimulus& stimulus, const Presentation& presentation) {
    const bool is_movie = presentation.n_frames > 1;
    if (stimulus.moves() != is_movie)
        throw ConfigError(fmt::format(
            "presentation.frames: must be {}, got {}",
            is_movie ? "1 for a stimulus that does not move" : "more than 1 for a stimulus that moves",
            presentation.n_frames));
}

}  // namespace sim
