#include "lab/encode.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"

namespace lab {
namespace {

constexpr std::size_t kCodedAtOnce = 256;  // bounds the memory
constexpr double kTolerance = 1e-5;        // KKT residual of an optimum

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

/// throws NumericsError where one is not found
Eigen::MatrixXf optima(const sim::TrainedNetwork& trained, const sim::Batch& batch) {
    Eigen::MatrixXf codes = trained.network().optima(batch.posed[trained.number], kTolerance);
    for (Eigen::Index k = 0; k < codes.cols(); ++k)
        if (codes.col(k).hasNaN())
            throw sim::NumericsError(fmt::format("frame {}: the search for its optimum did not end",
                                                 batch.frames.first + static_cast<std::size_t>(k)));
    return codes;
}

/// What others make of what the population sees.
Eigen::MatrixXf codes_of_what_is_seen(const sim::TrainedNetwork& trained, const sim::Batch& batch,
                                      Maker maker) {
    const Eigen::MatrixXf& seen = batch.seen[trained.number];
    if (seen.size() == 0)
        throw sim::ConfigError(fmt::format(
            "--by: must be spikes for population {}, which {}", trained.population().name,
            trained.codes() ? "sees nothing but what projections bring" : "does not code what it sees"));
    if (maker == Maker::optimum) return optima(trained, batch);
    return of_present_senses(seen, trained.network().settings().senses);
}

}  // namespace

Maker maker_of(const std::string& name) {
    if (name == "spikes") return Maker::spikes;
    if (name == "optimum") return Maker::optimum;
    if (name == "frames") return Maker::frames;
    throw sim::ConfigError(fmt::format("--by: must be one of spikes, optimum, frames, got \"{}\"", name));
}

decoding::CodeSet encode(const sim::TrainedNetwork& trained, const sim::Stimulus& stimulus, sim::FrameSet set,
                         std::size_t n, Maker maker, const std::function<void(std::size_t)>& on_progress) {
    const sim::Shows& shows = *trained.settings().shows;
    const std::uint32_t p = trained.number;
    decoding::CodeSet result;
    result.n = n;
    std::vector<std::uint32_t> spikes;
    for (std::size_t first = 0; first < n; first += kCodedAtOnce) {
        const std::size_t count = std::min(kCodedAtOnce, n - first);
        sim::Batch batch = trained.shown.pose(sim::draw_frames(
            stimulus, shows.frame.height * shows.frame.width, shows.presentation, set, first, count));
        // Whoever sees another sees what its spikes said; only of what sees frames is more known without them.
        Eigen::MatrixXf codes;
        if (maker == Maker::spikes || batch.seen[p].size() == 0) {
            sim::Lanes lanes = trained.shown.lanes(shows.presentation, count);
            lanes.tell_spikes(!trained.codes());  // whose responses are rates
            trained.shown.show(lanes, batch, sim::presentation_number(set, first));
            codes = trained.responses(trained.number, batch, lanes);
            for (std::size_t k = 0; k < count; ++k) spikes.push_back(lanes.n_spikes(p, k));
        }
        if (maker != Maker::spikes) codes = codes_of_what_is_seen(trained, batch, maker);
        result.size = static_cast<std::size_t>(codes.rows());
        result.a.insert(result.a.end(), codes.data(), codes.data() + codes.size());
        for (std::size_t k = 0; k < count; ++k) result.label.push_back(batch.frames.labels[k]);
        if (on_progress) on_progress(first + count);
    }
    result.spikes = maker == Maker::spikes ? std::move(spikes) : std::vector<std::uint32_t>(n, 0);
    return result;
}

}  // namespace lab
