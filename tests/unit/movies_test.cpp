// Movies: frames that follow each other within a presentation.
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/frames.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "tests/encoder.hpp"
#include "tests/support.hpp"

namespace {

using sim::FrameSet;
using sim::Time;

std::unique_ptr<sim::Stimulus> stimulus(const std::string& kind, const std::string& keys, std::size_t side) {
    return sim::Registry<sim::Stimulus>::instance().make(
        kind, sim::Params::parse(kind + ": {" + keys + "}", "movie"), {1, side, side});
}

std::vector<float> frame_at(const sim::Stimulus& stimulus, std::uint64_t index, Time t, std::size_t side) {
    std::vector<float> pixels(side * side);
    std::vector<double> shown(stimulus.columns().size());
    stimulus.frame_at(FrameSet::training, index, t, pixels, shown);
    return pixels;
}

/// Correlation of the part that two frames share when the second has moved on by (down, right).
double overlap(const std::vector<float>& first, const std::vector<float>& second, std::size_t side, int down,
               int right) {
    std::vector<double> x, y;
    const auto n = static_cast<int>(side);
    for (int r = 0; r < n; ++r)
        for (int c = 0; c < n; ++c) {
            if (r + down < 0 || r + down >= n || c + right < 0 || c + right >= n) continue;
            x.push_back(first[static_cast<std::size_t>((r + down) * n + c + right)]);
            y.push_back(second[static_cast<std::size_t>(r * n + c)]);
        }
    const Eigen::Map<const Eigen::ArrayXd> u(x.data(), static_cast<Eigen::Index>(x.size())),
        v(y.data(), static_cast<Eigen::Index>(y.size()));
    const Eigen::ArrayXd du = u - u.mean(), dv = v - v.mean();
    return (du * dv).sum() / std::sqrt(du.square().sum() * dv.square().sum());
}

sim::RunSettings settings(const std::string& kind, const std::string& more) {
    return sim::RunSettings(
        sim::Params::parse("frame: {height: 8 px, width: 8 px}\n"
                           "stimulus: {kind: dead_leaves}\n"
                           "populations: {v1: {kind: " +
                               kind + ", lambda: 0.1, sheet: {rows: 3, cols: 4}}}\n" + more,
                           "movie"));
}

/// With fields of noise, of unit norm.
sim::Network network(const std::string& kind) {
    sim::Network made = std::move(settings(kind, "").populations[0].codes->network);
    made.lay_out();
    sim::Stream random(4, sim::Purpose::test, 0);
    Eigen::MatrixXf Phi(64, 12);
    for (float& x : Phi.reshaped()) x = static_cast<float>(random.normal());
    Phi.colwise().normalize();
    made.fields().set_values({Phi.data(), static_cast<std::size_t>(Phi.size())});
    made.refresh_interaction();
    return made;
}

std::string refusal(const sim::RunSettings& of) {
    try {
        sim::make_stimulus(of);
    } catch (const sim::ConfigError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a patch that drifts goes straight at its speed, and stays within what it may show") {
    constexpr std::size_t side = 16;
    const auto moving = stimulus("dead_leaves", "canvases: 1, size: 64, r_max: 16 px, drift: 400 px/s", side);
    CHECK(moving->moves());
    int n_straight = 0;
    for (std::uint64_t k = 0; k < 20; ++k) {
        const auto start = frame_at(*moving, k, 0.0, side);
        CHECK(frame_at(*moving, k, 0.4, side) == start);      // not half a pixel on
        const auto later = frame_at(*moving, k, 10.0, side);  // 4 px on
        for (int down = -4; down <= 4; ++down)
            for (int right = -4; right <= 4; ++right)
                if (std::abs(std::hypot(down, right) - 4.0) < 0.71)  // rounded to whole pixels
                    n_straight += overlap(start, later, side, down, right) > 0.9999 ? 1 : 0;
        CHECK(frame_at(*moving, k, 1e7, side).size() == side * side);  // after thousands of turns
    }
    CHECK(n_straight >= 12);  // the others turned round at a border
    const auto still = stimulus("dead_leaves", "canvases: 1, size: 64, r_max: 16 px", side);
    CHECK_FALSE(still->moves());
    CHECK(frame_at(*still, 3, 0.0, side) == frame_at(*moving, 3, 0.0, side));
}

TEST_CASE("gratings drift by their phase") {
    const auto drifting = stimulus("gratings", "phases: 8, temporal_frequency: 10 Hz", 12);
    for (std::uint64_t phase = 0; phase < 7; ++phase) {
        const auto later = frame_at(*drifting, 16 + phase, 12.5, 12),
                   next = frame_at(*drifting, 17 + phase, 0.0, 12);
        for (std::size_t k = 0; k < next.size(); ++k)
            CHECK(later[k] == doctest::Approx(next[k]).epsilon(1e-5));
    }
}

TEST_CASE("a movie is frames one after the other: what a population does is as if it were driven by hand") {
    for (const char* kind : {"slca", "lif_lca", "lca"}) {
        CAPTURE(kind);
        const sim::Network network = ::network(kind);
        sim::Presentation shown{90.0, 40.0};
        shown.n_frames = 3;
        sim::Stream random(1, sim::Purpose::test, 0);
        Eigen::MatrixXf drive(static_cast<Eigen::Index>(network.program.Q.size()), 2 * 3);
        for (float& b : drive.reshaped()) b = static_cast<float>(std::abs(random.normal()));
        test::Encoder encoder(network.neurons(), network.program, shown, 2);
        const Eigen::MatrixXd codes = encoder.encode(drive, 0);
        REQUIRE(codes.cols() == 2);
        for (std::size_t lane = 0; lane < 2; ++lane) {
            sim::Simulation simulation;
            auto& population = simulation.add(network.neurons().population(network.program));
            const auto b = [&](std::size_t frame) {
                return Eigen::VectorXd(drive.col(static_cast<Eigen::Index>(3 * lane + frame)).cast<double>());
            };
            const auto step = [&](std::size_t frame, Time t) {
                const Eigen::VectorXd now = b(frame);
                simulation.act(0, [&](sim::Population& one) {
                    if (frame == 0)
                        one.start(0, {now.data(), static_cast<std::size_t>(now.size())});
                    else
                        one.set_currents({now.data(), static_cast<std::size_t>(now.size())}, t);
                });
            };
            step(0, 0.0);
            simulation.run_until(30.0);
            step(1, 30.0);
            simulation.run_until(40.0);
            population.begin_readout();
            simulation.run_until(60.0);
            step(2, 60.0);
            simulation.run_until(90.0);
            std::vector<double> a(network.size());
            population.read_code(a);
            for (std::size_t i = 0; i < a.size(); ++i)
                CHECK(codes(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(lane)) == a[i]);
            REQUIRE(encoder.spikes(lane).size() == simulation.spikes().size());
            for (std::size_t k = 0; k < simulation.spikes().size(); ++k)
                CHECK(encoder.spikes(lane)[k].t == simulation.spikes()[k].t);
        }
    }
}

TEST_CASE("codes of each frame of a long movie are those of stills") {
    const sim::Network network = ::network("slca");
    sim::Presentation shown{3000.0, 0.0};
    shown.n_frames = 3;
    shown.reads_each_frame = true;
    sim::Stream random(2, sim::Purpose::test, 0);
    Eigen::MatrixXf drive(static_cast<Eigen::Index>(network.program.Q.size()), 3);
    for (float& b : drive.reshaped()) b = static_cast<float>(0.3 * std::abs(random.normal()));
    test::Encoder watching(network.neurons(), network.program, shown, 1);
    const Eigen::MatrixXd codes = watching.encode(drive, 0);
    test::Encoder looking(network.neurons(), network.program, {1000.0, 0.0}, 3);
    const Eigen::MatrixXd stills = looking.encode(drive, 0);
    REQUIRE(codes.cols() == 3);
    CHECK((codes - stills).cwiseAbs().maxCoeff() <
          0.02);  // what is left of the frame before is a few tau of 1000 ms
    CHECK((stills.col(0) - stills.col(1)).cwiseAbs().maxCoeff() > 0.1);
}

TEST_CASE("a movie ends when its presentation does, to the bit") {
    for (const Time T : {33.3, 54.0, 0.7, 100.1})
        for (std::size_t n = 1; n < 40; ++n) {
            sim::Presentation shown{T, 0.0};
            shown.n_frames = n;
            CHECK(shown.onset(n) == T);
            CHECK(shown.still().onset(1) == T);
        }
}

TEST_CASE("what is learned from is the mean over the time in which codes are read") {
    const auto drifting = stimulus("gratings", "phases: 8, temporal_frequency: 10 Hz", 12);
    sim::Presentation shown{100.0, 30.0};
    shown.n_frames = 4;
    const auto frames = sim::draw_frames(*drifting, 144, shown, FrameSet::training, 5, 3);
    REQUIRE(frames.movie.cols() == 12);
    for (Eigen::Index k = 0; k < 3; ++k) {
        Eigen::VectorXf mean = Eigen::VectorXf::Zero(144);
        const std::vector<float> share{0.0F, 20.0F / 70.0F, 25.0F / 70.0F, 25.0F / 70.0F};
        for (Eigen::Index f = 0; f < 4; ++f) {
            const auto expected =
                frame_at(*drifting, 5 + static_cast<std::uint64_t>(k), 25.0 * static_cast<double>(f), 12);
            CHECK(frames.movie.col(4 * k + f) == Eigen::Map<const Eigen::VectorXf>(expected.data(), 144));
            mean += share[static_cast<std::size_t>(f)] * frames.movie.col(4 * k + f);
        }
        CHECK((frames.pixels.col(k) - mean).cwiseAbs().maxCoeff() < 1e-6F);
    }
}

TEST_CASE("a movie needs a stimulus that moves, and a stimulus that moves a movie") {
    CHECK(refusal(settings("slca", "presentation: {frames: 3}\n")) ==
          "presentation.frames: must be 1 for a stimulus that does not move, got 3");
    auto moving = sim::Params::parse(
        "frame: {height: 8 px, width: 8 px}\n"
        "stimulus: {kind: dead_leaves, dead_leaves: {drift: 50 px/s}}\n"
        "populations: {v1: {kind: slca, sheet: {rows: 3, cols: 4}}}\n",
        "movie");
    CHECK(refusal(sim::RunSettings(moving)) ==
          "presentation.frames: must be more than 1 for a stimulus that moves, got 1");
}
