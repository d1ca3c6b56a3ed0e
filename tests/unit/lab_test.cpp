// The laboratory's tests on a network whose answers are known. Its fields are orthonormal, so that Q = 1, no
// neuron reaches another, and the code of a frame is [phi_i . s - lambda]_+ exactly.
#include <doctest/doctest.h>
#include <tbb/global_control.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "analysis/receptive_field.hpp"
#include "lab/battery.hpp"
#include "lab/show.hpp"
#include "lab/stimulation.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/protocol.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "sim/trained_network.hpp"
#include "tests/support.hpp"

namespace {

using Eigen::MatrixXf;
using Eigen::VectorXd;
using sim::TrainedNetwork;

constexpr std::size_t kSide = 8, kPixels = kSide * kSide, kNeurons = 12;
constexpr double kLambda = 0.02;
// Fields and Q are of single precision, and up to 64 products are added.
constexpr double kRounding = 1e-5;

/// 3 x 4 neurons with orthonormal fields of 8 x 8 px. more: lines of the config; frame, slca, background: of
/// these blocks
TrainedNetwork network(const std::string& more = "", const std::string& frame = "",
                       const std::string& slca = "q: 0.02 tau", const std::string& background = "") {
    sim::RunSettings settings(sim::Params::parse(
        "seed: 5\n"
        "frame: {height: 8 px, width: 8 px" +
            frame +
            "}\n"
            "stimulus: {kind: dead_leaves, dead_leaves: {canvases: 2, size: 48, r_max: 16 px}}\n"
            "populations:\n  v1:\n    kind: slca\n    lambda: 0.02\n    sheet: {rows: 3, cols: 4}\n"
            "    slca: {" +
            slca + "}\n    background: {" + background + "}\n" + more,
        "test"));
    TrainedNetwork trained{sim::ShownNetwork(std::move(settings)), 0, {}, {}};
    sim::Stream stream(3, sim::Purpose::test, 20);
    MatrixXf random(kPixels, kNeurons);
    for (float& x : random.reshaped()) x = static_cast<float>(stream.normal());
    const MatrixXf Phi =
        Eigen::HouseholderQR<MatrixXf>(random).householderQ() * MatrixXf::Identity(kPixels, kNeurons);
    trained.network().lay_out();
    trained.network().fields().set_values({Phi.data(), static_cast<std::size_t>(Phi.size())});
    trained.network().refresh_interaction();
    return trained;
}

/// Column i is the field of neuron i.
Eigen::MatrixXd fields(const TrainedNetwork& of) {
    const auto values = of.network().fields().values();
    return Eigen::Map<const MatrixXf>(values.data(), kPixels, kNeurons).cast<double>();
}

double response(const TrainedNetwork& of, std::size_t neuron, const VectorXd& frame) {
    return std::max(0.0, fields(of).col(static_cast<Eigen::Index>(neuron)).dot(frame) - kLambda);
}

VectorXd with_zero_mean_and_norm(VectorXd frame, double norm) {
    frame.array() -= frame.mean();
    return frame * (norm / frame.norm());
}

/// A grating of zero mean and unit norm. degrees: of the bars, counter-clockwise from horizontal; phase: at
/// (row, col).
VectorXd grating(double degrees, double frequency, double phase, double row, double col) {
    VectorXd frame(kPixels);
    const double theta = degrees * std::numbers::pi / 180.0;
    for (std::size_t k = 0; k < kPixels; ++k) {
        const double right = static_cast<double>(k % kSide) - col, up = row - static_cast<double>(k / kSide);
        const double across = up * std::cos(theta) - right * std::sin(theta);
        frame(static_cast<Eigen::Index>(k)) =
            std::cos(2.0 * std::numbers::pi * (frequency * across + phase / 360.0));
    }
    return with_zero_mean_and_norm(frame, 1.0);
}

constexpr double kMiddle = (kSide - 1.0) / 2.0;

/// The middle of 0, 90, 180 and 270 deg of what a neuron says to frame(phase).
template <class Frame>
double mean_over_phases(const TrainedNetwork& of, std::size_t neuron, Frame frame) {
    double sum = 0.0;
    for (const double phase : {0.0, 90.0, 180.0, 270.0}) sum += response(of, neuron, frame(phase));
    return sum / 4.0;
}

struct Best {
    double orientation, frequency;
};

/// The grating that drives a neuron most, by its code.
Best best_of(const TrainedNetwork& of, std::size_t neuron, const analysis::GratingAxes& axes) {
    Best best{0.0, 0.0};
    double most = -1.0;
    for (const double orientation : axes.orientation)
        for (const double frequency : axes.spatial_frequency) {
            const double mean = mean_over_phases(of, neuron, [&](double phase) {
                return grating(orientation, frequency, phase, kMiddle, kMiddle);
            });
            if (mean > most) best = {orientation, frequency};
            most = std::max(most, mean);
        }
    return best;
}

const std::string kGratings = "analysis: {gratings: {orientations: 6, frequencies: 3, phases: 4}}\n";

MatrixXf frames_shown(const TrainedNetwork& to, std::uint32_t test, std::size_t n, const lab::Draw& draw) {
    MatrixXf all(kPixels, static_cast<Eigen::Index>(n));
    lab::show(to, test, n, draw, [&](const lab::Observation& shown) {
        all.middleCols(static_cast<Eigen::Index>(shown.first), shown.frames.cols()) = shown.frames;
    });
    return all;
}

/// What stands in every pixel of frame k.
float number(std::size_t k) { return static_cast<float>(k) / 1024.0F; }
void draw_number(std::size_t k, std::span<float> pixels) { std::ranges::fill(pixels, number(k)); }

bool same(const std::vector<float>& a, const std::vector<float>& b) {  // NaNs too
    return std::ranges::equal(a, b,
                              [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace

TEST_CASE("gratings: every response is what field and threshold make of the grating") {
    const TrainedNetwork trained = network(kGratings);
    const auto recorded = lab::show_gratings(trained);
    const auto& axes = recorded.axes;
    REQUIRE(axes.orientation.size() == 6);
    REQUIRE(axes.spatial_frequency.size() == 3);
    CHECK(axes.phase == std::vector{0.0, 90.0, 180.0, 270.0});
    REQUIRE(recorded.network.size() == kNeurons * axes.size());
    std::size_t k = 0;
    for (std::size_t i = 0; i < kNeurons; ++i)
        for (const double orientation : axes.orientation)
            for (const double frequency : axes.spatial_frequency)
                for (const double phase : axes.phase) {
                    const VectorXd s = grating(orientation, frequency, phase, kMiddle, kMiddle);
                    const double drive = fields(trained).col(static_cast<Eigen::Index>(i)).dot(s);
                    CHECK(std::abs(recorded.network[k] - response(trained, i, s)) < kRounding);
                    CHECK(std::abs(recorded.linear[k] - std::max(0.0, drive)) < kRounding);
                    ++k;
                }
}

TEST_CASE("contrast: each neuron's best grating, as strong as asked; at 1 it is that of the gratings") {
    const TrainedNetwork trained = network(kGratings);
    const auto gratings = lab::show_gratings(trained);
    const auto recorded = lab::show_contrasts(trained, gratings, {0.1, 0.5, 1.0});
    const std::size_t each = gratings.axes.size();
    for (std::size_t i = 0; i < kNeurons; ++i) {
        CAPTURE(i);
        const Best best = best_of(trained, i, gratings.axes);
        for (std::size_t c = 0; c < 3; ++c)
            CHECK(std::abs(recorded.responses[3 * i + c] -
                           mean_over_phases(trained, i, [&](double phase) -> VectorXd {
                               return recorded.contrast[c] *
                                      grating(best.orientation, best.frequency, phase, kMiddle, kMiddle);
                           })) < kRounding);
        double most = 0.0;  // of the means over phases, of what was recorded before
        for (std::size_t k = i * each; k < (i + 1) * each; k += 4)
            most = std::max(most, std::accumulate(&gratings.network[k], &gratings.network[k] + 4, 0.0) / 4.0);
        CHECK(std::abs(recorded.responses[3 * i + 2] - most) < kRounding);
    }
}

TEST_CASE("mask: alone it is contrast 1, masked the sum of two gratings at right angles") {
    const TrainedNetwork trained = network(kGratings);
    const auto gratings = lab::show_gratings(trained);
    const auto recorded = lab::show_masks(trained, gratings);
    const auto contrast = lab::show_contrasts(trained, gratings, {1.0});
    CHECK(recorded.alone == contrast.responses);
    for (std::size_t i = 0; i < kNeurons; ++i) {
        CAPTURE(i);
        const Best best = best_of(trained, i, gratings.axes);
        CHECK(std::abs(recorded.masked[i] - mean_over_phases(trained, i, [&](double phase) -> VectorXd {
                           return grating(best.orientation, best.frequency, phase, kMiddle, kMiddle) +
                                  grating(best.orientation + 90.0, best.frequency, phase, kMiddle, kMiddle);
                       })) < kRounding);
    }
}

TEST_CASE(
    "size: a disc that covers the frame is the full field, a smaller one is cut round the field's centre") {
    const TrainedNetwork trained = network(kGratings);
    const auto gratings = lab::show_gratings(trained);
    const auto contrast = lab::show_contrasts(trained, gratings, {1.0});
    std::vector<lab::Place> centre(kNeurons, {kMiddle, kMiddle});
    centre[7] = {1.0, 5.5};
    const auto recorded = lab::show_sizes(trained, gratings, centre, {2, 7, 9});
    REQUIRE(recorded.diameter.size() == 8);
    CHECK(std::ranges::is_sorted(recorded.diameter));
    CHECK(recorded.diameter.front() == doctest::Approx(2.0));
    CHECK(recorded.neuron == std::vector<std::uint64_t>{2, 7, 9});
    CHECK(recorded.responses[7] == doctest::Approx(contrast.responses[2]));
    CHECK(recorded.responses[2 * 8 + 7] == doctest::Approx(contrast.responses[9]));
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t d = 0; d < 8; ++d) {
            CAPTURE(c);
            CAPTURE(d);
            const std::size_t i = recorded.neuron[c];
            const double row = centre[i].row, col = centre[i].col;
            const Best best = best_of(trained, i, gratings.axes);
            const double expected = mean_over_phases(trained, i, [&](double phase) {
                VectorXd s = grating(best.orientation, best.frequency, phase, row, col);
                for (std::size_t k = 0; k < kPixels; ++k) {  // the edge is one pixel wide
                    const double from = std::hypot(static_cast<double>(k / kSide) - row,
                                                   static_cast<double>(k % kSide) - col);
                    s(static_cast<Eigen::Index>(k)) *=
                        std::clamp(recorded.diameter[d] / 2.0 - from + 0.5, 0.0, 1.0);
                }
                return s;
            });
            CHECK(std::abs(recorded.responses[8 * c + d] - expected) < kRounding);
        }
}

TEST_CASE("gratings that drift slowly are answered as stills are, phase by phase; fast ones lag behind") {
    const auto trained = [](const std::string& frequency) {
        return network(
            "analysis: {gratings: {orientations: 4, frequencies: 2, phases: 8, temporal_frequency: " +
            frequency + "}}\n");
    };
    const TrainedNetwork of_slow = trained("0.2 Hz"), of_fast = trained("12 Hz");
    const auto still = lab::show_gratings(of_slow);
    CHECK(lab::show_gratings(of_fast).network == still.network);
    const auto slow = lab::show_drift(of_slow, still.axes), fast = lab::show_drift(of_fast, still.axes);
    REQUIRE(slow.network.size() == still.network.size());
    CHECK(slow.complex.empty());
    double off = 0.0, off_fast = 0.0, largest = 0.0;
    for (std::size_t k = 0; k < still.network.size(); ++k) {
        off += std::abs(slow.network[k] - still.network[k]);
        off_fast += std::abs(fast.network[k] - still.network[k]);
        largest = std::max(largest, static_cast<double>(still.network[k]));
    }
    // A phase lasts 625 ms, and its picture turns by 45 degrees in it: half of what is between two phases.
    const double n = static_cast<double>(still.network.size());
    CHECK(off / n < 0.1 * largest);
    CHECK(off_fast > off);
}

TEST_CASE(
    "a protocol: its file is all there is of it; flashed frames are answered by their codes in the end") {
    const TrainedNetwork trained = network();
    const auto protocol = sim::Registry<sim::Protocol>::instance().make(
        "time_course", sim::Params::parse("time_course: {bin: 50 ms, bins: 8, frames: 20}", "test"),
        {trained, 1});
    const auto recorded = protocol->record();
    REQUIRE(recorded.size() == 3);
    CHECK(recorded[0].values[7] == 350.0);
    CHECK(recorded[1].shape == std::vector<std::size_t>{8, kNeurons});
    const auto stimulus = sim::make_drawn_stimulus(trained.settings());
    std::vector<double> mean(kNeurons, 0.0), ignored(stimulus->columns().size());
    double n_active = 0.0;
    for (std::uint64_t k = 0; k < 20; ++k) {
        std::vector<float> pixels(kPixels);
        stimulus->frame(sim::FrameSet::held_out, k, pixels, ignored);
        const VectorXd s = Eigen::Map<const Eigen::VectorXf>(pixels.data(), kPixels).cast<double>();
        for (std::size_t i = 0; i < kNeurons; ++i) {
            mean[i] += response(trained, i, s) / 20.0;
            n_active += response(trained, i, s) > 0.01 ? 1.0 : 0.0;
        }
    }
    for (std::size_t i = 0; i < kNeurons; ++i)
        CHECK(recorded[1].values[7 * kNeurons + i] == doctest::Approx(mean[i]).epsilon(0.05));
    CHECK(recorded[2].values[7] == doctest::Approx(n_active / (20.0 * kNeurons)).epsilon(0.1));
}

TEST_CASE("noise: the spike-triggered average is the receptive field") {
    const TrainedNetwork trained = network();
    const auto recorded = lab::show_noise(trained, 4000);
    CHECK(recorded.n_frames == 4000);
    CHECK(recorded.height == kSide);
    CHECK(recorded.width == kSide);
    const auto Phi = trained.network().fields().values();
    for (const auto* averages : {&recorded.white, &recorded.sparse}) {
        REQUIRE(averages->size() == Phi.size());
        for (std::size_t i = 0; i < kNeurons; ++i)  // error of a pixel over field: about sqrt(2 M / n) = 0.18
            CHECK(analysis::field_correlation(std::span(*averages).subspan(i * kPixels, kPixels),
                                              std::span(Phi).subspan(i * kPixels, kPixels)) > 0.95);
    }
    CHECK(recorded.white != recorded.sparse);
}

TEST_CASE("natural frames: codes are held-out frames', and what the spikes say") {
    const TrainedNetwork trained = network("", "", "q: 0.02 tau, decoder: count");
    const auto recorded = lab::show_natural(trained, 70);  // more than are shown side by side
    CHECK(recorded.T == 100.0);
    CHECK(recorded.n_repeated == 20);
    REQUIRE(recorded.codes.size() == 70 * kNeurons);
    CHECK(std::ranges::is_sorted(recorded.timestamps));
    const auto stimulus = sim::make_stimulus(trained.settings());
    std::vector<double> count(recorded.codes.size()), ignored(stimulus->columns().size());
    for (std::size_t k = 0; k < recorded.timestamps.size(); ++k) {
        const double p = std::floor(recorded.timestamps[k] / 100.0);
        if (p < 70.0 && recorded.timestamps[k] - 100.0 * p > 30.0)  // the code is read over (T0, T]
            count[static_cast<std::size_t>(p) * kNeurons + recorded.node_ids[k]] += 1.0;
    }
    std::size_t n_active = 0;
    for (std::size_t k = 0; k < 70; ++k) {
        std::vector<float> pixels(kPixels);
        stimulus->frame(sim::FrameSet::held_out, k, pixels, ignored);
        const VectorXd s = Eigen::Map<const Eigen::VectorXf>(pixels.data(), kPixels).cast<double>();
        for (std::size_t i = 0; i < kNeurons; ++i) {
            const double a = recorded.codes[k * kNeurons + i];
            CHECK(a == doctest::Approx(0.2 * count[k * kNeurons + i] / 70.0));  // q n / (T - T0)
            CHECK(std::abs(a - response(trained, i, s)) < 1.01 * 0.2 / 70.0);   // to one spike
            n_active += a > 0.0 ? 1 : 0;
        }
    }
    CHECK(n_active > 100);
}

TEST_CASE("natural frames: shown again, a frame is answered alike; with noise in it, it is not") {
    const auto counts = [](const TrainedNetwork& trained) {
        const auto recorded = lab::show_natural(trained, 25);
        CHECK(recorded.n_repeats == 10);
        CHECK(recorded.start_of_repeats(1) - recorded.start_of_repeats(0) == 1000.0);
        std::vector<std::size_t> all((25 + 20 * 10) * kNeurons);
        for (std::size_t k = 0; k < recorded.timestamps.size(); ++k)
            ++all[static_cast<std::size_t>(recorded.timestamps[k] / 100.0) * kNeurons + recorded.node_ids[k]];
        return all;
    };
    const auto quiet = counts(network()), noisy = counts(network("", ", noise: 0.3"));
    std::size_t n_alike = 0;
    for (std::size_t frame = 0; frame < 20; ++frame)
        for (std::size_t repeat = 0; repeat < 10; ++repeat)
            for (std::size_t i = 0; i < kNeurons; ++i) {
                const std::size_t at = (25 + frame * 10 + repeat) * kNeurons + i;
                CHECK(quiet[at] == quiet[frame * kNeurons + i]);
                n_alike += noisy[at] == noisy[frame * kNeurons + i] ? 1 : 0;
            }
    CHECK(n_alike < 20 * 10 * kNeurons / 2 + 20 * 10 * kNeurons / 4);
}

TEST_CASE("show: a frame is received as in learning: scaled, and with white noise of the norm asked for") {
    const TrainedNetwork scaled = network("", ", scale: 3");
    const auto drawn = sim::make_drawn_stimulus(scaled.settings());
    const auto received = sim::make_stimulus(scaled.settings());
    std::vector<double> ignored(drawn->columns().size());
    const lab::Draw draw = [&](std::size_t k, std::span<float> pixels) {
        std::vector<double> of_this(ignored.size());
        drawn->frame(sim::FrameSet::held_out, k, pixels, of_this);
    };
    const MatrixXf shown = frames_shown(scaled, 1, 70, draw);
    Eigen::VectorXf pixels(kPixels);
    for (Eigen::Index k = 0; k < 70; ++k) {
        received->frame(sim::FrameSet::held_out, static_cast<std::uint64_t>(k), {pixels.data(), kPixels},
                        ignored);
        CHECK(shown.col(k) == pixels);
    }
    const TrainedNetwork noisy = network("", ", scale: 3, noise: 0.5");
    const MatrixXf noise = frames_shown(noisy, 1, 500, draw) - frames_shown(scaled, 1, 500, draw);
    // Mean square over 32000 pixels is known to sqrt(2 / 32000) = 0.8 %; four times that.
    CHECK(noise.squaredNorm() / 500.0F == doctest::Approx(9.0 * 0.25).epsilon(0.032));
    CHECK(std::abs(noise.mean()) < 4.0 * 3.0 * 0.5 / std::sqrt(64.0 * 32000.0));
    const MatrixXf in_learning = [&] {
        MatrixXf all(kPixels, 500);
        const auto stimulus = sim::make_stimulus(noisy.settings());
        for (Eigen::Index k = 0; k < 500; ++k)
            stimulus->frame(sim::FrameSet::held_out, static_cast<std::uint64_t>(k),
                            {all.col(k).data(), kPixels}, ignored);
        return MatrixXf(all - frames_shown(scaled, 1, 500, draw));
    }();
    CHECK(in_learning.squaredNorm() / 500.0F == doctest::Approx(9.0 * 0.25).epsilon(0.032));
    CHECK(std::abs(noise.cwiseProduct(in_learning).mean()) < 4.0 * 9.0 * 0.25 / 64.0 / std::sqrt(32000.0));
}

TEST_CASE("show: noise differs from frame to frame and from test to test, and comes again") {
    const TrainedNetwork noisy = network("", ", noise: 1");
    const auto grey = [](std::size_t, std::span<float>) {};
    const MatrixXf one = frames_shown(noisy, 1, 500, grey), other = frames_shown(noisy, 2, 500, grey);
    CHECK(one == frames_shown(noisy, 1, 500, grey));
    // Correlation of 32000 independent pairs: 0 to within 4 / sqrt(32000).
    const auto correlation = [](const MatrixXf& x, const MatrixXf& y) {
        return std::abs(x.cwiseProduct(y).sum() / std::sqrt(x.squaredNorm() * y.squaredNorm()));
    };
    CHECK(correlation(one, other) < 0.0224F);
    CHECK(correlation(one.leftCols(499), one.rightCols(499)) < 0.0224F);
}

TEST_CASE("show: every frame is shown once, in order, and from rest") {
    for (const char* slca : {"q: 0.02 tau", "q: 0.02 tau, carry_over: true"}) {
        CAPTURE(slca);
        const TrainedNetwork trained = network("", "", slca);
        const MatrixXf shown = frames_shown(trained, 1, 150, draw_number);
        for (Eigen::Index k = 0; k < 150; ++k)
            CHECK((shown.col(k).array() == number(static_cast<std::size_t>(k))).all());

        const VectorXd s = grating(30.0, 0.2, 0.0, kMiddle, kMiddle);
        MatrixXf codes(kNeurons, 150);
        lab::show(
            trained, 1, 150,
            [&](std::size_t, std::span<float> pixels) { std::ranges::copy(s.cast<float>(), pixels.begin()); },
            [&](const lab::Observation& one) {
                codes.middleCols(static_cast<Eigen::Index>(one.first), one.responses.cols()) = one.responses;
            });
        CHECK(codes.col(0).maxCoeff() > 0.0F);
        for (Eigen::Index k = 1; k < 150; ++k) CHECK(codes.col(k) == codes.col(0));
    }
}

TEST_CASE(
    "blank: nobody fires without a background, and with one at the rate that its mean current asks for") {
    const auto silent = lab::show_blank(network("presentation: {T: 100 ms}\n"));
    CHECK(silent.duration == 10000.0);
    CHECK(silent.n_spikes == std::vector<std::uint64_t>(kNeurons, 0));

    // u goes to 1/ms x 10 ms x 0.05 with tau = 10 ms; v gathers u - lambda, and a spike takes q = 0.2 ms of
    // it. 120 000 spikes arrive, so that their mean effect is known to 0.3 %; four times that.
    const auto driven = lab::show_blank(network("presentation: {T: 100 ms}\n", "", "q: 0.02 tau",
                                                "rate: 1000 Hz, jump: 0.05, inhibitory: 0"));
    const double gathered = 0.5 * (100.0 - 10.0 * (1.0 - std::exp(-10.0))) - kLambda * 100.0;
    const double total = std::accumulate(driven.n_spikes.begin(), driven.n_spikes.end(), 0.0);
    CHECK(total / (100.0 * kNeurons) == doctest::Approx(gathered / 0.2 - 0.5).epsilon(0.012));
}

TEST_CASE("blank: spontaneous activity of each neuron is the mean of its codes") {
    const auto driven = lab::show_blank(network("presentation: {T: 100 ms}\n", "", "q: 0.02 tau",
                                                "rate: 1000 Hz, jump: 0.05, inhibitory: 0"));
    // Over (30, 100] ms: 0.5 less what u still lacks, 10 ms x 0.5 x e^-3 of 70 ms, less lambda.
    const double expected = 0.5 - kLambda - 0.5 * 10.0 * (std::exp(-3.0) - std::exp(-10.0)) / 70.0;
    double mean = 0.0;
    for (const float a : driven.responses) mean += static_cast<double>(a) / kNeurons;
    CHECK(mean == doctest::Approx(expected).epsilon(0.012));
    CHECK(driven.complex.empty());
}

TEST_CASE("frames that are shown again and again: responses are their means") {
    const std::string background = "rate: 200 Hz, jump: 0.05";
    const auto gratings = [&](int repeats) {
        return lab::show_gratings(network("analysis: {repeats: " + std::to_string(repeats) +
                                              ", gratings: {orientations: 6, frequencies: 3, phases: 4}}\n",
                                          "", "q: 0.02 tau", background))
            .network;
    };
    const auto quiet = lab::show_gratings(network(kGratings)).network, once = gratings(1),
               often = gratings(16);
    const auto from_quiet = [&](const std::vector<float>& responses) {
        double sum = 0.0;
        std::size_t n = 0;
        for (std::size_t k = 0; k < quiet.size(); ++k)
            if (quiet[k] > 0.1F) {  // far from where noise is rectified
                const double off = static_cast<double>(responses[k] - quiet[k]);
                sum += off * off;
                ++n;
            }
        REQUIRE(n > 50);
        return std::sqrt(sum / static_cast<double>(n));
    };
    CHECK(from_quiet(once) > 0.01);
    CHECK(from_quiet(often) == doctest::Approx(from_quiet(once) / 4.0).epsilon(0.3));
}

TEST_CASE("where frames have no unit norm, the contrast of gratings is their amplitude in every test") {
    const std::string gratings =
        "analysis: {gratings: {orientations: 6, frequencies: 3, phases: 4, contrast: 3}}\n";
    const TrainedNetwork trained = network(gratings, ", unit_norm: false");
    const auto recorded = lab::show_gratings(trained);
    VectorXd frame(kPixels);  // of 0 deg and the lowest frequency, at phase 0
    for (std::size_t k = 0; k < kPixels; ++k)
        frame(static_cast<Eigen::Index>(k)) =
            3.0 * std::cos(2.0 * std::numbers::pi * recorded.axes.spatial_frequency[0] *
                           (kMiddle - static_cast<double>(k / kSide)));
    for (std::size_t i = 0; i < kNeurons; ++i) {
        CAPTURE(i);
        CHECK(recorded.network[i * recorded.axes.size()] ==
              doctest::Approx(response(trained, i, frame)).epsilon(1e-3));
    }
    const auto contrast = lab::show_contrasts(trained, recorded, {0.25, 0.5, 0.75, 1.0});
    const auto best = analysis::best_gratings(recorded.network, recorded.axes);
    for (std::size_t i = 0; i < kNeurons; ++i) {
        CAPTURE(i);
        double mean = 0.0;  // over the phases that both tests show
        const std::size_t first = ((i * 6 + best[i].orientation) * 3 + best[i].frequency) * 4;
        for (std::size_t phase = 0; phase < 4; ++phase)
            mean += static_cast<double>(recorded.network[first + phase]) / 4.0;
        CHECK(contrast.responses[4 * i + 3] == doctest::Approx(mean).epsilon(1e-3));
    }
}

TEST_CASE("the same bits at any number of threads") {
    const TrainedNetwork noisy =
        network(kGratings, ", noise: 0.3", "q: 0.02 tau", "rate: 200 Hz, jump: 0.05");
    const auto record = [&](std::size_t n_threads) {
        const tbb::global_control control(tbb::global_control::max_allowed_parallelism, n_threads);
        analysis::Recordings all;
        all.gratings = lab::show_gratings(noisy);
        all.contrast = lab::show_contrasts(noisy, all.gratings, {0.2, 1.0});
        all.mask = lab::show_masks(noisy, all.gratings);
        all.size =
            lab::show_sizes(noisy, all.gratings, std::vector<lab::Place>(kNeurons, {3.0, 3.0}), {1, 4});
        all.noise = lab::show_noise(noisy, 200);
        all.natural = lab::show_natural(noisy, 30);
        all.blank = lab::show_blank(noisy);
        return all;
    };
    const auto one = record(1), two = record(2);
    CHECK(one.gratings.network == two.gratings.network);
    CHECK(one.gratings.linear == two.gratings.linear);
    CHECK(one.contrast.responses == two.contrast.responses);
    CHECK(one.mask.masked == two.mask.masked);
    CHECK(one.size.responses == two.size.responses);
    CHECK(same(one.noise.white, two.noise.white));
    CHECK(same(one.noise.sparse, two.noise.sparse));
    CHECK(one.natural.codes == two.natural.codes);
    CHECK(one.natural.timestamps == two.natural.timestamps);
    CHECK(one.natural.node_ids == two.natural.node_ids);
    CHECK(one.blank.n_spikes == two.blank.n_spikes);
}

TEST_CASE("lambda_spread: thresholds are log-normal about lambda") {
    const auto first = [](const std::string& keys) {
        const sim::RunSettings settings(sim::Params::parse(
            "stimulus: {kind: dead_leaves}\npopulations: {v1: {kind: slca, lambda: 0.3, " + keys + "}}\n",
            "test"));
        return sim::first_thresholds(settings.populations[0].codes->network.settings());
    };
    const auto lambda = first("lambda_spread: 0.5, sheet: {rows: 64, cols: 64}");
    REQUIRE(lambda.size() == 4096);
    const auto mean = [&](auto f) {
        return std::transform_reduce(lambda.begin(), lambda.end(), 0.0, std::plus{}, f) / 4096.0;
    };
    // Standard errors of mean, standard deviation and skewness: 1/64, 1/(64 sqrt 2), sqrt(6)/64; four times
    // each.
    const auto z = [](double x) { return std::log(x / 0.3) / 0.5; };
    CHECK(std::abs(mean(z)) < 4.0 / 64.0);
    CHECK(mean([&](double x) { return z(x) * z(x); }) ==
          doctest::Approx(1.0).epsilon(8.0 / 64.0 / std::sqrt(2.0)));
    CHECK(std::abs(mean([&](double x) { return std::pow(z(x), 3.0); })) < 4.0 * std::sqrt(15.0) / 64.0);
    CHECK(first("sheet: {rows: 2, cols: 2}") == std::vector<double>(4, 0.3));
}

TEST_CASE(
    "a threshold that learning moved keeps its ratio when lambda or its spread is another at the test") {
    const test::TempDir dir;
    const std::string config =
        "seed: 5\nframe: {height: 8 px, width: 8 px}\nstimulus: {kind: dead_leaves}\n"
        "populations: {v1: {kind: slca, lambda: 0.1, lambda_spread: 0.2, sheet: {rows: 3, cols: 4}}}\n";
    const sim::RunSettings settings(sim::Params::parse(config, "test"));
    const sim::NetworkSettings& of_v1 = settings.populations[0].codes->network.settings();
    std::vector<double> learned = sim::first_thresholds(of_v1), ratio;
    for (std::size_t i = 0; i < kNeurons; ++i) {
        ratio.push_back(0.5 + 0.1 * static_cast<double>(i));
        learned[i] *= ratio[i];
    }
    {
        auto file = sim::io::File::create(dir.file("run.h5"));
        sim::io::mark_striate_file(file, "network");
        file.create_group("/presentations");
        file.write("/provenance/config", std::span<const std::string>(&config, 1), {}, {"1", "config"});
        file.write_attribute("/provenance", "wall_time_s", 1.0);
        const std::vector<float> Phi(kNeurons * kPixels, 0.125F);
        file.write("/network/v1/Phi", std::span<const float>(Phi), {3, 4, kSide, kSide}, {"1", "fields"});
        file.write("/network/v1/lambda", learned, {"1", "thresholds"});
        file.close();
    }
    const auto tested = [&](const sim::Params::Overrides& set) {
        return sim::load_trained_network(dir.file("run.h5"), set).network().program.lambda;
    };
    CHECK(tested({}) == learned);
    for (const std::string spread : {"0", "0.2", "0.6"})
        for (const double lambda : {0.1, 0.04}) {
            const std::string set = "populations.v1.lambda=" + std::to_string(lambda);
            const auto found = tested({set, "populations.v1.lambda_spread=" + spread});
            for (std::size_t i = 0; i < kNeurons; ++i) {
                // The draw of neuron i is the same, whatever it is multiplied by.
                const double draw = std::log(learned[i] / ratio[i] / 0.1) / 0.2;
                CHECK(found[i] == doctest::Approx(lambda * std::exp(std::stod(spread) * draw) * ratio[i]));
            }
        }
}

TEST_CASE("the battery makes the tests asked for and goes on from those that are kept") {
    const test::TempDir dir;
    const TrainedNetwork trained = network(
        "analysis: {gratings: {orientations: 4, frequencies: 2, phases: 4}, tests: [mask, contrast, "
        "mask]}\n");
    const std::vector<lab::Place> centre(kNeurons, {kMiddle, kMiddle});
    std::vector<std::string> said;
    const sim::io::Output output(dir.file("a.h5"), sim::io::Existing::refuse);
    const auto record = [&](const std::string& identity) {
        said.clear();
        return lab::record(trained, centre, output, identity,
                           [&](const std::string& what) { said.push_back(what); });
    };
    const auto first = record("a");
    CHECK(said == std::vector<std::string>{"gratings", "mask", "contrast"});
    CHECK_FALSE(first.contrast.responses.empty());
    CHECK(first.size.neuron.empty());
    CHECK(first.natural.n_frames == 0);

    const auto again = record("a");
    CHECK(said == std::vector<std::string>{"gratings: recorded before", "mask: recorded before",
                                           "contrast: recorded before"});
    CHECK(again.gratings.network == first.gratings.network);
    CHECK(again.contrast.responses == first.contrast.responses);
    CHECK(again.mask.masked == first.mask.masked);

    record("b");
    CHECK(said == std::vector<std::string>{"gratings", "mask", "contrast"});
    dir.write("a.h5.partial", "torn");
    record("b");
    REQUIRE(said.size() == 4);
    CHECK(test::contains(said[0], "a.h5.partial: must be an HDF5 file"));
    CHECK(test::contains(said[0], "all tests are made again"));
    CHECK(said[1] == "gratings");
}
