#include "lab/show.hpp"

#include <algorithm>

#include "sim/parallel.hpp"

namespace lab {
namespace {

constexpr std::size_t kFramesAtOnce = 64;                      // bounds the memory
constexpr std::uint64_t kTestsStart = std::uint64_t{1} << 62;  // their noise is not that of any stimulus

}  // namespace

namespace {

/// n presentations.
void show(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n,
          const sim::Presentation& presentation, const Draw& draw,
          const std::function<void(const Observation&)>& observe) {
    const sim::Network& network = *trained.network;
    const sim::Reception& reception = network.settings().reception;
    const std::uint64_t first_number = kTestsStart + (std::uint64_t{test} << 40);
    const std::size_t n_frames = presentation.n_frames;
    for (std::size_t first = 0; first < n; first += kFramesAtOnce) {
        const std::size_t count = std::min(kFramesAtOnce, n - first);
        const auto columns = static_cast<Eigen::Index>(count * n_frames);
        Eigen::MatrixXf frames =
            Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(network.dictionary.pixels()), columns);
        sim::parallel_for(Eigen::Index{0}, columns, [&](Eigen::Index k) {
            const std::size_t frame = first * n_frames + static_cast<std::size_t>(k);
            const std::span<float> pixels(frames.col(k).data(), network.dictionary.pixels());
            draw(frame, pixels);
            reception.receive(first_number + frame, pixels);
        });
        // A new one each time: at rest, whatever the population carries over.
        sim::Encoder encoder(network.neurons(), network.program, presentation, count);
        const Eigen::MatrixXf codes =
            network.codes(encoder.encode(network.pose(frames).drive, first_number + first))
                .cwiseMax(0.0F);  // ON twins of signed ones
        observe({first, frames, codes, encoder});
    }
}

}  // namespace

void show(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_frames, const Draw& draw,
          const std::function<void(const Observation&)>& observe) {
    show(trained, test, n_frames, trained.network->settings().presentation.still(), draw, observe);
}

void show_movies(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_movies,
                 std::size_t n_frames, sim::Time T, const Draw& draw,
                 const std::function<void(const Observation&)>& observe) {
    sim::Presentation presentation = trained.network->settings().presentation;
    presentation.T = T;
    presentation.T0 = 0.0;
    presentation.n_frames = n_frames;
    presentation.reads_each_frame = true;
    show(trained, test, n_movies, presentation, draw, observe);
}

}  // namespace lab
