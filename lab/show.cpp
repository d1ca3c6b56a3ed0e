#include "lab/show.hpp"

#include <algorithm>

#include "sim/parallel.hpp"

namespace lab {
namespace {

constexpr std::size_t kFramesAtOnce = 64;                      // bounds the memory
constexpr std::uint64_t kTestsStart = std::uint64_t{1} << 62;  // their noise is not that of any stimulus

}  // namespace

void show(const sim::TrainedNetwork& trained, std::uint32_t test, std::size_t n_frames, const Draw& draw,
          const std::function<void(const Shown&)>& observe) {
    const sim::Network& network = *trained.network;
    const sim::Reception& reception = network.settings().reception;
    const std::uint64_t first_number = kTestsStart + (std::uint64_t{test} << 40);
    for (std::size_t first = 0; first < n_frames; first += kFramesAtOnce) {
        const auto count = static_cast<Eigen::Index>(std::min(kFramesAtOnce, n_frames - first));
        Eigen::MatrixXf frames =
            Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(network.dictionary.pixels()), count);
        sim::parallel_for(Eigen::Index{0}, count, [&](Eigen::Index k) {
            const std::size_t frame = first + static_cast<std::size_t>(k);
            const std::span<float> pixels(frames.col(k).data(), network.dictionary.pixels());
            draw(frame, pixels);
            reception.receive(first_number + frame, pixels);
        });
        // A new one each time: at rest, whatever the population carries over.
        sim::Encoder encoder(network.neurons(), network.program, network.settings().presentation,
                             static_cast<std::size_t>(count));
        const Eigen::MatrixXf codes =
            network.codes(encoder.encode(network.pose(frames).drive, first_number + first))
                .cwiseMax(0.0F);  // ON twins of signed ones
        observe({first, frames, codes, encoder});
    }
}

}  // namespace lab
