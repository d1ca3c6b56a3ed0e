#include "sim/channels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "sim/dictionary.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"

namespace {

sim::Channels channels(const std::string& block, std::size_t n = 1000) {
    const sim::Params p = sim::Params::parse(block, "channels.yaml");
    sim::Channels made(p, {7, 0, 0, n, n});
    p.check_all_read();
    return made;
}

/// A wave along both axes that is its own mirror image at all borders; k half cycles down, l across.
Eigen::MatrixXf wave(int k, int l, int height, int width) {
    Eigen::MatrixXf frame(height * width, 1);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            frame(y * width + x) = static_cast<float>(std::cos(std::numbers::pi * k * (y + 0.5) / height) *
                                                      std::cos(std::numbers::pi * l * (x + 0.5) / width));
    return frame;
}

/// u^p exp(-u^4) over its largest value, which is looked for.
double passed(double f, double f0, double p) {
    const auto at = [p](double u) { return std::pow(u, p) * std::exp(-std::pow(u, 4.0)); };
    double most = 0.0;
    for (int i = 1; i < 200000; ++i) most = std::max(most, at(i * 1e-5));
    return at(f / f0) / most;
}

Eigen::MatrixXf noise(Eigen::Index rows, Eigen::Index cols, std::uint64_t index) {
    sim::Stream stream(3, sim::Purpose::test, index);
    Eigen::MatrixXf m(rows, cols);
    for (float& x : m.reshaped()) x = static_cast<float>(stream.normal());
    return m;
}

}  // namespace

TEST_CASE("channels: waves come through as the formula of each band says, times its gain") {
    const sim::Channels two =
        channels("{f0: [0.12 cycles/px, 0.3 cycles/px], exponent: 2.5, gain: [2, 0.5]}");
    constexpr int H = 20, W = 28;
    for (const auto& [k, l] : {std::pair{3, 0}, {0, 9}, {5, 4}, {0, 0}}) {
        const Eigen::MatrixXf frame = wave(k, l, H, W), planes = two.see(frame, H, W);
        REQUIRE(planes.rows() == 2 * H * W);
        const double f = 0.5 * std::hypot(k / double{H}, l / double{W});
        const Eigen::MatrixXf low = static_cast<float>(2.0 * passed(f, 0.12, 2.5)) * frame,
                              high = static_cast<float>(0.5 * passed(f, 0.3, 2.5)) * frame;
        CHECK((planes.topRows(H * W) - low).cwiseAbs().maxCoeff() < 2e-5F);
        CHECK((planes.bottomRows(H * W) - high).cwiseAbs().maxCoeff() < 2e-5F);
    }
}

TEST_CASE("channels: each has a gain control of its own, by its own local contrast") {
    const std::string bands = "f0: [0.12 cycles/px, 0.3 cycles/px], gain: [2, 0.5]";
    const sim::Channels plain = channels("{" + bands + "}"),
                        controlled = channels("{" + bands + ", width: [4 px, 1.5 px], s0: [0.3, 2]}");
    constexpr int H = 18, W = 16, M = H * W;
    const Eigen::MatrixXf frames = noise(M, 3, 1), before = plain.see(frames, H, W),
                          after = controlled.see(frames, H, W);
    const double gain[] = {2.0, 0.5}, width[] = {4.0, 1.5}, s0[] = {0.3, 2.0};
    for (int c = 0; c < 2; ++c) {
        for (const auto& [y, x] : {std::pair{9, 8}, {0, 0}, {17, 3}}) {
            double sum = 0.0, weights = 0.0;
            for (int v = 0; v < H; ++v)
                for (int u = 0; u < W; ++u) {
                    const double w = std::exp(-0.5 * (std::pow(v - y, 2.0) + std::pow(u - x, 2.0)) /
                                              (width[c] * width[c]));
                    sum += w * std::pow(static_cast<double>(before(c * M + v * W + u, 1)) / gain[c], 2.0);
                    weights += w;
                }
            const double is = static_cast<double>(before(c * M + y * W + x, 1));
            CHECK(after(c * M + y * W + x, 1) ==
                  doctest::Approx(is / std::sqrt(s0[c] * s0[c] + sum / weights)).epsilon(2e-3).scale(1e-2));
        }
    }
}

TEST_CASE("channels: without any, frames are seen as they are") {
    const Eigen::MatrixXf frames = noise(30, 2, 2);
    CHECK(sim::Channels().see(frames, 5, 6) == frames);
    CHECK(channels("{}").size() == 0);
}

TEST_CASE("channels: neurons see each in its share") {
    const sim::Channels three =
        channels("{f0: [0.1 cycles/px, 0.2 cycles/px, 0.4 cycles/px], share: [1, 2, 5]}", 8000);
    std::array<double, 3> n{};
    for (const std::uint32_t channel : three.of_neurons()) n.at(channel) += 1.0;
    for (const auto& [channel, part] : {std::pair{0U, 0.125}, {1U, 0.25}, {2U, 0.625}})
        CHECK(std::abs(n.at(channel) - 8000.0 * part) < 4.0 * std::sqrt(8000.0 * part * (1.0 - part)));
}

TEST_CASE("channels: what lists and blocks do not go together is refused") {
    CHECK_THROWS_WITH_AS(channels("{f0: [0.1 cycles/px, 0.2 cycles/px], gain: [1]}"),
                         "channels.yaml:1: gain: must be a list of as many as f0 has, 2, got 1",
                         sim::ConfigError);
    const auto run = [](const std::string& population) {
        return sim::RunSettings(sim::Params::parse(
            "seed: 1\nstimulus: {kind: dead_leaves}\npopulations:\n  v1:\n    kind: slca\n" + population,
            "channels.yaml"));
    };
    const std::string two = "    channels: {f0: [0.1 cycles/px]}\n";
    CHECK_NOTHROW(run(two));
    CHECK_THROWS_AS(run(two + "    kernels: {bank: {kind: log_gabor}}\n"), sim::ConfigError);
    CHECK_THROWS_AS(
        run(two + "    sees: {kind: nothing}\n    fields: {kind: none}\n    objective: {delta: 1}\n"),
        sim::ConfigError);
}

TEST_CASE("a dictionary of two planes is that of the stacked planes, each field in one of them") {
    constexpr std::size_t H = 12, W = 12, M = H * W, N = 30;
    sim::FieldGeometry geometry{H, W, 3.0, 9.0, {}};
    geometry.n_planes = 2;
    for (std::uint32_t i = 0; i < N; ++i) geometry.plane.push_back(i % 3 == 0 ? 1 : 0);
    const sim::Sheet sheet(5, 6, sim::Boundary::open);
    sim::Dictionary dictionary(sheet, geometry);
    dictionary.initialise(5);
    const std::vector<float> fields = dictionary.values();
    REQUIRE(fields.size() == N * M);
    Eigen::MatrixXf Phi = Eigen::MatrixXf::Zero(2 * M, N);
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t p = 0; p < M; ++p)
            Phi(static_cast<Eigen::Index>(geometry.plane[i] * M + p), static_cast<Eigen::Index>(i)) =
                fields[i * M + p];

    const Eigen::MatrixXf frames = noise(2 * M, 4, 3);
    Eigen::MatrixXf codes = noise(N, 4, 4);
    CHECK((dictionary.drive(frames) - Phi.transpose() * frames).cwiseAbs().maxCoeff() < 1e-5F);
    CHECK((dictionary.residual(frames, codes) - (frames - Phi * codes)).cwiseAbs().maxCoeff() < 1e-5F);
    sim::Interaction Q =
        sim::Interaction::local(dictionary.size(), [&](std::size_t j) { return dictionary.overlaps(j); });
    dictionary.gram(Q);
    const std::vector<float> gram = Q.to_dense();
    const Eigen::MatrixXf expected = Phi.transpose() * Phi;
    for (std::size_t k = 0; k < gram.size(); ++k)
        CHECK(gram[k] ==
              doctest::Approx(expected(static_cast<Eigen::Index>(k / N), static_cast<Eigen::Index>(k % N)))
                  .epsilon(1e-5)
                  .scale(1.0));

    sim::Dictionary copy(sheet, geometry);
    copy.set_values(fields);
    dictionary.learn(frames, codes);
    copy.learn(frames, codes);
    CHECK(copy.values() == dictionary.values());
    const Eigen::MatrixXf gradient = dictionary.gradient(frames, codes);
    CHECK(gradient.rows() == 2 * M);
    for (std::size_t i = 0; i < N; ++i)  // nothing in the plane that it does not see
        CHECK(gradient.col(static_cast<Eigen::Index>(i))
                  .segment(static_cast<Eigen::Index>((1 - geometry.plane[i]) * M), M)
                  .isZero(0.0F));
}
