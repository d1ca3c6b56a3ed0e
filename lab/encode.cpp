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
Eigen::MatrixXf optima(const sim::TrainedNetwork& trained, const sim::Batch& batch,
                       const sim::Problems& posed) {
    Eigen::MatrixXf codes = trained.network().optima(posed, kTolerance);
    for (Eigen::Index k = 0; k < codes.cols(); ++k)
        if (codes.col(k).hasNaN())
            throw sim::NumericsError(fmt::format("frame {}: the search for its optimum did not end",
                                                 batch.frames.first + static_cast<std::size_t>(k)));
    return codes;
}

/// Optima on the simplex itself: what the sum of a code lacks is added to its drive, times rho, until it lacks nothing. This is
/// the method of multipliers (Hestenes 1969; Powell 1969). throws ConfigError under another objective, NumericsError if
/// sums do not come to one
Eigen::MatrixXf optima_on_simplex(const sim::TrainedNetwork& trained, const sim::Batch& batch) {
    constexpr int kRounds = 200;  // each leaves a part of what is lacking
    constexpr float kLacking = 1e-5F;
    const sim::Objective& objective = trained.network().settings().objective;
    if (objective.kind != sim::Objective::Kind::simplex)
        throw sim::ConfigError(
            fmt::format("--by: must be spikes, optimum or frames for population {}, whose "
                        "objective.kind is not simplex, got \"simplex\"",
                        trained.population().name));
    sim::Problems posed = batch.posed[trained.number];
    for (int round = 0; round < kRounds; ++round) {
        Eigen::MatrixXf codes = optima(trained, batch, posed);
        const Eigen::RowVectorXf lacking = 1.0F - codes.colwise().sum().array();
        if (lacking.cwiseAbs().maxCoeff() <= kLacking) return codes;
        posed.drive.rowwise() += static_cast<float>(objective.rho) * lacking;
    }
    throw sim::NumericsError(fmt::format("frames {} to {}: the search for codes that sum to one did not end",
                                         batch.frames.first,
                                         batch.frames.first + batch.frames.labels.size() - 1));
}

/// What others make of what the population sees.
Eigen::MatrixXf codes_of_what_is_seen(const sim::TrainedNetwork& trained, const sim::Batch& batch,
                                      Maker maker) {
    const Eigen::MatrixXf& seen = batch.seen[trained.number];
    if (seen.size() == 0)
        throw sim::ConfigError(fmt::format(
            "--by: must be spikes for population {}, which {}", trained.population().name,
            trained.codes() ? "sees nothing but what projections bring" : "does not code what it sees"));
    if (maker == Maker::optimum) return optima(trained, batch, batch.posed[trained.number]);
    if (maker == Maker::simplex) return optima_on_simplex(trained, batch);
    return of_present_senses(seen, trained.network().settings().senses);
}

}  // namespace

Maker maker_of(const std::string& name) {
    if (name == "spikes") return Maker::spikes;
    if (name == "optimum") return Maker::optimum;
    if (name == "simplex") return Maker::simplex;
    if (name == "frames") return Maker::frames;
    throw sim::ConfigError(
        fmt::format("--by: must be one of spikes, optimum, simplex, frames, got \"{}\"", name));
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
        for (std::size_t k = 0; k < count; ++k) {
            result.label.push_back(batch.frames.labels[k]);
            result.frame.push_back(first + k);
        }
        result.shown.insert(result.shown.end(), batch.frames.shown.data(),
                            batch.frames.shown.data() + batch.frames.shown.size());
        if (on_progress) on_progress(first + count);
    }
    result.spikes = maker == Maker::spikes ? std::move(spikes) : std::vector<std::uint32_t>(n, 0);
    return result;
}

}  // namespace lab
