#include "sim/teaching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sim {

TeachingSettings::TeachingSettings(const Params& population, std::size_t n_neurons) {
    const Params p = population.block("teaching");
    current = p.number("current", "1", 0.0, Check::non_negative,
                       "injected, while a frame is learned from, into the block of neurons of its label; 0: "
                       "none");
    inhibition = p.number("inhibition", "1", 0.0, Check::non_negative,
                          "taken, at the same time, from the drive of all other neurons; 0: none");
    block = p.count("block", std::max<std::size_t>(n_neurons / 10, 1),
                    "neurons of the block of a class, class after class in order of neurons; a tenth of them "
                    "if not given");
    currents = p.numbers("currents", "1", Check::any,
                         "injected into each neuron while the network learns; none if not given");
    until =
        p.number("until", "1", 1.0, Check::unit_interval, "part of the run after which nothing is injected");
    if (block > n_neurons) p.fail("block", fmt::format("at most the {} neurons of the sheet", n_neurons));
    if (!currents.empty() && currents.size() != n_neurons)
        p.fail("currents", fmt::format("one for each of the {} neurons of the sheet", n_neurons),
               fmt::format("{}", currents.size()));
}

void inject(const TeachingSettings& teaching, std::size_t batch, std::size_t n_batches,
            std::span<const int> labels, Eigen::MatrixXf& drive) {
    if (static_cast<double>(batch) >= teaching.until * static_cast<double>(n_batches)) return;
    for (std::size_t i = 0; i < teaching.currents.size(); ++i)
        drive.row(static_cast<Eigen::Index>(i)).array() += static_cast<float>(teaching.currents[i]);
    if (!teaching.has_blocks()) return;
    const auto block = static_cast<Eigen::Index>(teaching.block);
    const Eigen::Index n_frames = drive.cols() / static_cast<Eigen::Index>(labels.size());
    for (Eigen::Index k = 0; k < drive.cols(); ++k) {
        const Eigen::Index label = labels[static_cast<std::size_t>(k / n_frames)];
        if (label < 0 || (label + 1) * block > drive.rows()) continue;
        drive.col(k).array() -= static_cast<float>(teaching.inhibition);
        drive.col(k).segment(label * block, block).array() +=
            static_cast<float>(teaching.current + teaching.inhibition);
    }
}

std::size_t most_active_block(std::span<const float> code, std::size_t block) {
    std::size_t best = 0;
    double most = -1.0;
    for (std::size_t k = 0; (k + 1) * block <= code.size(); ++k) {
        const auto part = code.subspan(k * block, block);
        const double sum = std::accumulate(part.begin(), part.end(), 0.0);
        if (sum > most) most = sum, best = k;
    }
    return best;
}

}  // namespace sim
