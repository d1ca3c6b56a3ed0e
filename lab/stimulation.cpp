#include "lab/stimulation.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "analysis/receptive_field.hpp"
#include "lab/show.hpp"
#include "models/stimuli/contrast.hpp"
#include "models/stimuli/grating.hpp"
#include "sim/rng.hpp"

namespace lab {
namespace {

using analysis::BestGrating;
using analysis::GratingAxes;
using sim::TrainedNetwork;

// What keeps the noise of one test apart from that of another; part of the results.
enum Test : std::uint32_t { gratings = 1, contrasts, masks, sizes, white, sparse, natural, blank, drifting };
constexpr std::uint32_t kTests = 9;  // parts of one test are so far apart; as many as there are tests

constexpr std::size_t kPhases = 4;  // of the tests that come after the gratings

double phase(std::size_t k) { return 360.0 * static_cast<double>(k) / static_cast<double>(kPhases); }

std::vector<float> by_neuron(const Eigen::MatrixXf& responses) {
    const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows =
        responses.cwiseMax(0.0F);
    return {rows.data(), rows.data() + rows.size()};
}

/// Norm of a frame of the tests: 1, or that of a full-field grating of the config's amplitude.
double norm_of_frames(const TrainedNetwork& trained) {
    const sim::Shows& shows = *trained.settings().shows;
    if (shows.reception.has_unit_norm) return 1.0;
    return trained.settings().analysis->amplitude *
           std::sqrt(0.5 * static_cast<double>(shows.frame.height * shows.frame.width));
}

/// Gratings as the test of gratings shows them: full field. One of low contrast is a multiple of it, one in a disc is it
/// seen through an aperture.
struct UnitGrating {
    const TrainedNetwork& trained;
    const GratingAxes& axes;

    /// Phase counted from the middle of the frame.
    models::Grating of(const BestGrating& which, double phase) const {
        const auto& frame = trained.settings().shows->frame;
        return models::full_field_grating(axes.orientation[which.orientation],
                                          axes.spatial_frequency[which.frequency], phase, frame.height,
                                          frame.width);
    }
    /// pixels = contrast * grating
    void draw(const models::Grating& grating, double contrast, std::span<float> pixels) const {
        const auto& frame = trained.settings().shows->frame;
        std::ranges::fill(pixels, 0.0F);
        models::add_grating(grating, frame.height, frame.width, pixels);
        if (trained.settings().shows->reception.has_unit_norm)
            models::normalise(pixels, contrast);
        else
            for (float& pixel : pixels)
                pixel *= static_cast<float>(contrast * trained.settings().analysis->amplitude);
    }
    /// 1 within radius [px] of a place, 0 beyond: a grating without waves.
    std::vector<float> aperture(const Place& centre, double radius) const {
        const auto& frame = trained.settings().shows->frame;
        std::vector<float> pixels(frame.height * frame.width);
        models::add_grating({.orientation = 0.0,
                             .spatial_frequency = 0.0,
                             .phase = 0.0,
                             .row = centre.row,
                             .col = centre.col,
                             .radius = radius},
                            frame.height, frame.width, pixels);
        return pixels;
    }
};

/// The gratings that are the best of some neuron, and which is whose.
struct Needed {
    std::vector<BestGrating> gratings;
    std::vector<std::size_t> of_neuron;  // index into gratings, shape (N)
};

Needed needed(const analysis::GratingRecording& recorded) {
    Needed result;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> places;
    for (const BestGrating& best : analysis::best_gratings(recorded.network, recorded.axes)) {
        const auto [place, is_new] =
            places.try_emplace({best.orientation, best.frequency}, result.gratings.size());
        if (is_new) result.gratings.push_back(best);
        result.of_neuron.push_back(place->second);
    }
    return result;
}

/// Mean responses over phases to every needed grating, (N, n_gratings).
Eigen::MatrixXf mean_responses(
    const TrainedNetwork& trained, std::uint32_t test, const Needed& all,
    const std::function<void(const BestGrating&, double, std::span<float>)>& draw) {
    Eigen::MatrixXf mean = Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(trained.size()),
                                                 static_cast<Eigen::Index>(all.gratings.size()));
    const std::size_t n_each = kPhases * trained.settings().analysis->repeats;
    show(
        trained, test, all.gratings.size() * n_each,
        [&](std::size_t k, std::span<float> pixels) {
            draw(all.gratings[k / n_each], phase(k % kPhases), pixels);
        },
        [&](const Observation& shown) {
            for (Eigen::Index k = 0; k < shown.responses.cols(); ++k)
                mean.col(static_cast<Eigen::Index>((shown.first + static_cast<std::size_t>(k)) / n_each)) +=
                    shown.responses.col(k) / static_cast<float>(n_each);
        });
    return mean;
}

std::unique_ptr<sim::Stimulus> gratings_of(const TrainedNetwork& trained) {
    const sim::ComponentChoice& choice = trained.settings().analysis->gratings;
    const sim::FieldGeometry& frame = trained.settings().shows->frame;
    return sim::Registry<sim::Stimulus>::instance().make(
        choice.kind, choice.block,
        {trained.settings().seed, frame.height, frame.width, nullptr,
         trained.settings().shows->reception.has_unit_norm});
}

/// Of each neuron the response to its own best grating.
std::vector<float> own(const Eigen::MatrixXf& responses, const Needed& all) {
    std::vector<float> result(all.of_neuron.size());
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = responses(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(all.of_neuron[i]));
    return result;
}

/// The different values of one row of `shown`, in order of appearance.
std::vector<double> values_of(const Eigen::MatrixXd& shown, Eigen::Index row) {
    std::vector<double> values;
    for (Eigen::Index k = 0; k < shown.cols(); ++k)
        if (std::find(values.begin(), values.end(), shown(row, k)) == values.end())
            values.push_back(shown(row, k));
    return values;
}

/// Spike-triggered average of every neuron under some kind of noise, (N, pixels).
std::vector<float> triggered_average(const TrainedNetwork& trained, std::uint32_t test, std::size_t n_frames,
                                     const Draw& draw) {
    std::vector<float> frames, responses;
    const auto append = [](std::vector<float>& all, const Eigen::MatrixXf& columns) {
        all.insert(all.end(), columns.data(), columns.data() + columns.size());
    };
    show(trained, test, n_frames, draw, [&](const Observation& shown) {
        append(frames, shown.frames);
        append(responses, shown.responses);
    });
    const sim::FieldGeometry& frame = trained.settings().shows->frame;
    return analysis::spike_triggered_average(frames, responses, frame.height * frame.width);
}

}  // namespace

analysis::GratingRecording show_gratings(const TrainedNetwork& trained) {
    const auto stimulus = gratings_of(trained);
    const std::size_t n = stimulus->n_frames(sim::FrameSet::training);
    const auto N = static_cast<Eigen::Index>(trained.size());
    const TrainedNetwork::LinearDrive linear_drive = trained.linear_drive();
    const std::size_t repeats = trained.settings().analysis->repeats;
    const auto columns = static_cast<Eigen::Index>(n);
    Eigen::MatrixXf network = Eigen::MatrixXf::Zero(N, columns),
                    complex = Eigen::MatrixXf::Zero(trained.complex ? N : 0, columns),
                    linear(linear_drive ? N : 0, columns);
    Eigen::MatrixXd shown_values(static_cast<Eigen::Index>(stimulus->columns().size()),
                                 static_cast<Eigen::Index>(n));
    const auto draw = [&](std::size_t k, std::span<float> pixels) {
        std::vector<double> values(stimulus->columns().size());
        stimulus->frame(sim::FrameSet::training, k / repeats, pixels, values);
        if (k % repeats == 0)
            std::ranges::copy(values, shown_values.col(static_cast<Eigen::Index>(k / repeats)).data());
    };
    show(trained, gratings, n * repeats, draw, [&](const Observation& shown) {
        Eigen::MatrixXf driven;
        if (linear_drive) driven = linear_drive(shown.frames);
        for (Eigen::Index k = 0; k < shown.responses.cols(); ++k) {
            const auto at = static_cast<Eigen::Index>((shown.first + static_cast<std::size_t>(k)) / repeats);
            network.col(at) += shown.responses.col(k) / static_cast<float>(repeats);
            complex.col(at) += shown.complex.col(k) / static_cast<float>(repeats);
            if (linear_drive) linear.col(at) = driven.col(k);
        }
    });
    analysis::GratingAxes axes{values_of(shown_values, 0), values_of(shown_values, 1),
                               values_of(shown_values, 2)};
    return {std::move(axes), by_neuron(network), by_neuron(linear), by_neuron(complex)};
}

analysis::DriftRecording show_drift(const TrainedNetwork& trained, const GratingAxes& axes) {
    constexpr sim::Time kRefresh = 10.0;
    const sim::AnalysisSettings& asked = *trained.settings().analysis;
    const auto stimulus = gratings_of(trained);
    const std::size_t n_phases = axes.phase.size(), repeats = asked.repeats;
    const sim::Time cycle = 1.0 / asked.temporal_frequency;
    const auto per_phase = static_cast<std::size_t>(
        std::max(1.0, std::ceil(cycle / (static_cast<double>(n_phases) * kRefresh))));
    const std::size_t n_movies = axes.size() / n_phases, n_cycle = n_phases * per_phase,
                      n_frames = 2 * n_cycle;
    const auto share = static_cast<float>(per_phase * repeats);
    const auto N = static_cast<Eigen::Index>(trained.size()),
               columns = static_cast<Eigen::Index>(axes.size());
    Eigen::MatrixXf network = Eigen::MatrixXf::Zero(N, columns),
                    complex = Eigen::MatrixXf::Zero(trained.complex ? N : 0, columns);
    show_movies(
        trained, drifting, n_movies * repeats, n_frames, 2.0 * cycle,
        [&](std::size_t k, std::span<float> pixels) {
            std::vector<double> ignored(stimulus->columns().size());
            const sim::Time t = cycle * static_cast<double>(k % n_frames) / static_cast<double>(n_cycle);
            stimulus->frame_at(sim::FrameSet::training, k / n_frames / repeats * n_phases, t, pixels,
                               ignored);
        },
        [&](const Observation& shown) {
            for (Eigen::Index k = 0; k < shown.responses.cols(); ++k) {
                const std::size_t frame = static_cast<std::size_t>(k) % n_frames,
                                  movie = (shown.first + static_cast<std::size_t>(k) / n_frames) / repeats;
                if (frame < n_cycle) continue;
                const auto at = static_cast<Eigen::Index>(movie * n_phases + (frame - n_cycle) / per_phase);
                network.col(at) += shown.responses.col(k) / share;
                complex.col(at) += shown.complex.col(k) / share;
            }
        });
    return {by_neuron(network), by_neuron(complex)};
}

analysis::ContrastRecording show_contrasts(const TrainedNetwork& trained,
                                           const analysis::GratingRecording& recorded,
                                           const std::vector<double>& contrast) {
    const Needed all = needed(recorded);
    const UnitGrating unit{trained, recorded.axes};
    const std::size_t n = contrast.size(), N = trained.size();
    analysis::ContrastRecording result{contrast, std::vector<float>(N * n)};
    for (std::size_t c = 0; c < n; ++c) {
        const auto draw = [&](const BestGrating& best, double phase, std::span<float> pixels) {
            unit.draw(unit.of(best, phase), contrast[c], pixels);
        };
        const auto responses =
            own(mean_responses(trained, contrasts + kTests * static_cast<std::uint32_t>(c), all, draw), all);
        for (std::size_t i = 0; i < N; ++i) result.responses[i * n + c] = responses[i];
    }
    return result;
}

analysis::MaskRecording show_masks(const TrainedNetwork& trained,
                                   const analysis::GratingRecording& recorded) {
    const Needed all = needed(recorded);
    const UnitGrating unit{trained, recorded.axes};
    const auto responses = [&](std::uint32_t test, bool is_masked) {
        return own(mean_responses(trained, test, all,
                                  [&](const BestGrating& best, double phase, std::span<float> pixels) {
                                      models::Grating grating = unit.of(best, phase);
                                      unit.draw(grating, 1.0, pixels);
                                      if (!is_masked) return;
                                      grating.orientation += 90.0;
                                      std::vector<float> mask(pixels.size());
                                      unit.draw(grating, 1.0, mask);
                                      std::ranges::transform(pixels, mask, pixels.begin(), std::plus{});
                                  }),
                   all);
    };
    return {responses(masks, false), responses(masks + kTests, true)};
}

analysis::SizeRecording show_sizes(const TrainedNetwork& trained, const analysis::GratingRecording& recorded,
                                   std::span<const Place> centre, std::vector<std::uint64_t> neurons) {
    constexpr std::size_t kDiameters = 8;
    const std::size_t n_each = kPhases * trained.settings().analysis->repeats;
    const UnitGrating unit{trained, recorded.axes};
    const auto best = analysis::best_gratings(recorded.network, recorded.axes);
    const auto& frame = trained.settings().shows->frame;
    const double largest =
        2.0 * std::hypot(static_cast<double>(frame.height), static_cast<double>(frame.width));
    std::vector<double> diameter;
    for (std::size_t d = 0; d < kDiameters; ++d)
        diameter.push_back(2.0 * std::pow(largest / 2.0, static_cast<double>(d) / (kDiameters - 1.0)));
    analysis::SizeRecording result{std::move(neurons), diameter, {}};
    result.responses.assign(result.neuron.size() * kDiameters, 0.0F);
    show(
        trained, sizes, result.responses.size() * n_each,
        [&](std::size_t k, std::span<float> pixels) {
            const auto cell = result.neuron[k / (n_each * kDiameters)];
            models::Grating grating = unit.of(best[cell], phase(k % kPhases));
            grating.row = centre[cell].row;
            grating.col = centre[cell].col;
            unit.draw(grating, 1.0, pixels);
            const auto aperture = unit.aperture(centre[cell], 0.5 * diameter[k / n_each % kDiameters]);
            std::ranges::transform(pixels, aperture, pixels.begin(), std::multiplies{});
        },
        [&](const Observation& shown) {
            for (Eigen::Index k = 0; k < shown.responses.cols(); ++k) {
                const std::size_t place = (shown.first + static_cast<std::size_t>(k)) / n_each;
                const auto cell = static_cast<Eigen::Index>(result.neuron[place / kDiameters]);
                result.responses[place] += shown.responses(cell, k) / static_cast<float>(n_each);
            }
        });
    return result;
}

analysis::NoiseRecording show_noise(const TrainedNetwork& trained, std::size_t n_frames) {
    constexpr std::size_t kSpots = 8;
    const std::uint64_t seed = trained.settings().seed;
    const double norm = norm_of_frames(trained);
    const auto stream = [seed](std::uint32_t test, std::size_t k) {
        return sim::Stream(seed, sim::Purpose::analysis, (std::uint64_t{test} << 40) + k);
    };
    const Draw normal_pixels = [&](std::size_t k, std::span<float> pixels) {
        sim::Stream random = stream(white, k);
        for (float& pixel : pixels) pixel = static_cast<float>(random.normal());
        models::normalise(pixels, norm);
    };
    const Draw spots = [&](std::size_t k, std::span<float> pixels) {
        sim::Stream random = stream(sparse, k);
        for (std::size_t spot = 0; spot < kSpots; ++spot)
            pixels[random.below(pixels.size())] = random.uniform() < 0.5 ? -1.0F : 1.0F;
        models::normalise(pixels, norm);
    };
    const auto& frame = trained.settings().shows->frame;
    return {n_frames, frame.height, frame.width, triggered_average(trained, white, n_frames, normal_pixels),
            triggered_average(trained, sparse, n_frames, spots)};
}

analysis::NaturalRecording show_natural(const TrainedNetwork& trained, std::size_t n_frames) {
    constexpr std::size_t kRepeated = 20, kRepeats = 10;
    const auto stimulus = sim::make_drawn_stimulus(trained.settings());
    analysis::NaturalRecording result;
    result.T = trained.settings().shows->presentation.T;
    result.n_frames = n_frames;
    result.n_repeated = std::min(kRepeated, n_frames);
    result.n_repeats = kRepeats;
    const std::size_t N = trained.size();
    show(
        trained, natural, n_frames + result.n_repeated * kRepeats,
        [&](std::size_t k, std::span<float> pixels) {
            std::vector<double> ignored(stimulus->columns().size());
            const std::size_t frame = k < n_frames ? k : (k - n_frames) / kRepeats;
            stimulus->frame(sim::FrameSet::held_out, frame, pixels, ignored);
        },
        [&](const Observation& shown) {
            for (std::size_t lane = 0; lane < static_cast<std::size_t>(shown.responses.cols()); ++lane) {
                const std::size_t k = shown.first + lane;
                const auto codes = shown.responses.col(static_cast<Eigen::Index>(lane));
                if (k < n_frames) result.codes.insert(result.codes.end(), codes.begin(), codes.end());
                for (const sim::Spike& spike : shown.spikes(lane)) {
                    if (spike.neuron >= N) continue;  // hidden
                    result.timestamps.push_back(static_cast<double>(k) * result.T + spike.t);
                    result.node_ids.push_back(spike.neuron);
                }
            }
        });
    return result;
}

analysis::BlankRecording show_blank(const TrainedNetwork& trained) {
    constexpr std::size_t kFrames = 100;
    analysis::BlankRecording result{static_cast<double>(kFrames) * trained.settings().shows->presentation.T,
                                    std::vector<std::uint64_t>(trained.size()),
                                    std::vector<float>(trained.size()),
                                    std::vector<float>(trained.complex ? trained.size() : 0)};
    const auto add = [](std::vector<float>& mean, const Eigen::MatrixXf& responses) {
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += responses.row(static_cast<Eigen::Index>(i)).sum() / static_cast<float>(kFrames);
    };
    show(
        trained, blank, kFrames, [](std::size_t, std::span<float>) {},
        [&](const Observation& shown) {
            add(result.responses, shown.responses);
            add(result.complex, shown.complex);
            for (std::size_t lane = 0; lane < static_cast<std::size_t>(shown.responses.cols()); ++lane)
                for (const sim::Spike& spike : shown.spikes(lane))
                    if (spike.neuron < result.n_spikes.size()) ++result.n_spikes[spike.neuron];  // not hidden
        });
    return result;
}

}  // namespace lab
