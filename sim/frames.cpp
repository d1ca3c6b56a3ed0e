#include "sim/frames.hpp"

#include "sim/parallel.hpp"

namespace sim {

Frames draw_frames(const Stimulus& stimulus, std::size_t M, FrameSet set, std::uint64_t first,
                   std::size_t n) {
    const auto columns = static_cast<Eigen::Index>(n);
    Frames result{first, Eigen::MatrixXf(static_cast<Eigen::Index>(M), columns),
                  Eigen::MatrixXd(static_cast<Eigen::Index>(stimulus.columns().size()), columns),
                  std::vector<int>(n)};
    parallel_for(std::size_t{0}, n, [&](std::size_t k) {
        const auto column = static_cast<Eigen::Index>(k);
        stimulus.frame(set, first + k, {result.pixels.col(column).data(), M},
                       {result.shown.col(column).data(), static_cast<std::size_t>(result.shown.rows())});
        result.labels[k] = stimulus.label(set, first + k);
    });
    for (Eigen::Index k = 0; k < columns; ++k)
        result.n_blank += result.pixels.col(k).minCoeff() == result.pixels.col(k).maxCoeff() ? 1 : 0;
    return result;
}

}  // namespace sim
