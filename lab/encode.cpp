#include "lab/encode.hpp"

#include <algorithm>

#include "sim/encoder.hpp"
#include "sim/frames.hpp"

namespace lab {
namespace {

constexpr std::size_t kFramesAtOnce = 256;  // bounds the memory
constexpr double kTolerance = 1e-5;         // KKT residual of an optimum

/// Rows of the frames that belong to senses that are present.
Eigen::MatrixXf of_present_senses(const Eigen::MatrixXf& frames, const std::vector<sim::Sense>& senses) {
    if (senses.empty()) return frames;
    Eigen::MatrixXf present(0, frames.cols());
    for (const sim::Sense& sense : senses) {
        if (!sense.is_present) continue;
        const auto size = static_cast<Eigen::Index>(sense.size());
        present.conservativeResize(present.rows() + size, Eigen::NoChange);
        present.bottomRows(size) = frames.middleRows(static_cast<Eigen::Index>(sense.first_pixel), size);
    }
    return present;
}

/// Codes of spikes, and how many it took.
Eigen::MatrixXf spiking_codes(const sim::Network& network, const sim::Frames& frames, std::uint64_t first,
                              std::vector<std::uint32_t>& spikes) {
    sim::Encoder encoder(network.neurons(), network.program, network.settings().presentation,
                         static_cast<std::size_t>(frames.pixels.cols()));
    const Eigen::MatrixXf codes =
        network.codes(encoder.encode(sim::drive(network, frames, network.pose(frames.pixels)), first));
    for (std::size_t lane = 0; lane < encoder.n_lanes(); ++lane)
        spikes.push_back(static_cast<std::uint32_t>(encoder.spikes(lane).size()));
    return codes;
}

}  // namespace

decoding::CodeSet encode(const sim::TrainedNetwork& trained, const sim::Stimulus& stimulus, sim::FrameSet set,
                         std::size_t n, Maker maker, const std::function<void(std::size_t)>& on_progress) {
    const sim::Network& network = *trained.network;
    decoding::CodeSet result;
    result.n = n;
    for (std::size_t first = 0; first < n; first += kFramesAtOnce) {
        const std::size_t count = std::min(kFramesAtOnce, n - first);
        const sim::Frames frames = sim::draw_frames(stimulus, network.dictionary.pixels(),
                                                    network.settings().presentation, set, first, count);
        Eigen::MatrixXf codes;
        if (maker == Maker::spikes)
            codes = spiking_codes(network, frames, sim::presentation_number(set, first), result.spikes);
        else if (maker == Maker::optimum)
            codes = network.optima(network.pose(frames.pixels), kTolerance);
        else
            codes = of_present_senses(frames.pixels, network.settings().senses);
        result.size = static_cast<std::size_t>(codes.rows());
        result.a.insert(result.a.end(), codes.data(), codes.data() + codes.size());
        for (std::size_t k = 0; k < count; ++k) result.label.push_back(frames.labels[k]);
        if (on_progress) on_progress(first + count);
    }
    result.spikes.resize(n, 0);
    return result;
}

}  // namespace lab
