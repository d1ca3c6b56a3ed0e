#include "lab/show.hpp"

#include <algorithm>

#include "sim/parallel.hpp"

namespace lab {

std::vector<sim::Spike> Observation::spikes(std::size_t k) const {
    std::vector<sim::Spike> own;
    for (const sim::Spike& spike : lanes.spikes(k))
        if (spike.population == population) own.push_back(spike);
    return own;
}

namespace {

constexpr std::size_t kShownAtOnce = 64;                       // bounds the memory
constexpr std::uint64_t kTestsStart = std::uint64_t{1} << 62;  // their noise is not that of any stimulus

}  // namespace

namespace {

/// n presentations.
void show_as(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n,
             const sim::Presentation& presentation, const Draw& draw,
             const std::function<void(const Observation&)>& observe) {
    const sim::Shows& shows = *trained.settings().shows;
    const std::uint64_t first_number = kTestsStart + (std::uint64_t{test} << 40);
    const std::size_t n_frames = presentation.n_frames, M = shows.frame.height * shows.frame.width;
    for (std::size_t first = 0; first < n; first += kShownAtOnce) {
        const std::size_t count = std::min(kShownAtOnce, n - first);
        const auto columns = static_cast<Eigen::Index>(count * n_frames);
        Eigen::MatrixXf drawn = Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(M), columns);
        sim::parallel_for(Eigen::Index{0}, columns, [&](Eigen::Index k) {
            const std::size_t frame = first * n_frames + static_cast<std::size_t>(k);
            const std::span<float> pixels(drawn.col(k).data(), M);
            draw(frame, pixels);
            shows.reception.receive(first_number + frame, pixels);
        });
        // New ones each time: at rest, whatever a population carries over.
        sim::Lanes lanes = trained.shown.lanes(presentation, count);
        sim::Frames frames{first, {}, {}, {}, std::vector<int>(count, -1)};
        const bool is_movie = n_frames > 1;
        (is_movie ? frames.movie : frames.pixels) = std::move(drawn);
        if (is_movie) frames.pixels.resize(static_cast<Eigen::Index>(M), 0);  // of means there is no need
        sim::Batch batch = trained.shown.pose(std::move(frames));
        trained.shown.show(lanes, batch, first_number + first);
        // Of signed codes the ON twins.
        const Eigen::MatrixXf responses = trained.responses(trained.number, batch, lanes).cwiseMax(0.0F);
        Eigen::MatrixXf complex(0, responses.cols());
        if (trained.complex) complex = trained.responses(*trained.complex, batch, lanes).cwiseMax(0.0F);
        observe({first, batch.frames.in_turn(), responses, complex, lanes, trained.number});
    }
}

}  // namespace

void show(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_frames, const Draw& draw,
          const std::function<void(const Observation&)>& observe) {
    show_as(trained, test, n_frames, trained.settings().shows->presentation.still(), draw, observe);
}

void show_movies(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_movies,
                 std::size_t n_frames, sim::Time T, const Draw& draw,
                 const std::function<void(const Observation&)>& observe) {
    sim::Presentation presentation = trained.settings().shows->presentation;
    presentation.T = T;
    presentation.T0 = 0.0;
    presentation.n_frames = n_frames;
    presentation.reads_each_frame = true;
    show_as(trained, test, n_movies, presentation, draw, observe);
}

}  // namespace lab
