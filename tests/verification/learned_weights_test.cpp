// Networks whose weights are learned, after learning: rates, signs and correlations; and their spikes against
// a clock-driven twin.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "lab/show.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/learning.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "sim/simulation.hpp"
#include "sim/trained_network.hpp"
#include "tests/support.hpp"

namespace {

constexpr std::size_t kFrames = 2000;

/// Spike counts (N, kFrames) of a network after it has learned from so many batches of dead leaves.
/// with_weights: whether its neurons reach each other in the test
Eigen::MatrixXf counts_after(const test::TempDir& dir, const std::string& yaml, std::size_t batches,
                             bool with_weights = true) {
    const std::string output = dir.file(fmt::format("{}.h5", batches));
    if (!std::filesystem::exists(output))
        sim::learn(sim::RunSettings(
                       sim::Params::parse(yaml, "test.yaml", {fmt::format("learning.batches={}", batches)})),
                   {.output = output});
    const sim::TrainedNetwork trained = sim::load_trained_network(output, {});
    sim::Interaction& Q = trained.network().program.Q;
    if (!with_weights) Q.restore(std::vector<float>(Q.n_weights(), 0.0F));
    const auto stimulus = sim::make_drawn_stimulus(trained.settings());
    Eigen::MatrixXf counts(static_cast<Eigen::Index>(trained.network().size()),
                           static_cast<Eigen::Index>(kFrames));
    lab::show(
        trained, 0, kFrames,
        [&](std::size_t k, std::span<float> pixels) {
            std::vector<double> shown(stimulus->columns().size());
            stimulus->frame(sim::FrameSet::training, k, pixels, shown);
        },
        [&](const lab::Observation& shown) {
            counts.middleCols(static_cast<Eigen::Index>(shown.first), shown.responses.cols()) =
                shown.responses;
        });
    return counts;
}

/// Root mean square over pairs of the correlation between spike counts, among neurons that fire at all.
double correlation(const Eigen::MatrixXf& counts) {
    Eigen::MatrixXd x = counts.cast<double>();
    x.colwise() -= x.rowwise().mean().eval();
    std::vector<Eigen::VectorXd> rows;
    for (Eigen::Index i = 0; i < x.rows(); ++i)
        if (x.row(i).norm() > 0.0) rows.push_back(x.row(i).transpose().normalized());
    double sum = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) sum += std::pow(rows[i].dot(rows[j]), 2);
    return std::sqrt(sum / (0.5 * static_cast<double>(rows.size() * (rows.size() - 1))));
}

/// How sparse over frames: 1 - <y>^2 / <y^2>, mean over neurons (Vinje & Gallant 2000, without the factor
/// that goes to 1).
double lifetime_sparseness(const Eigen::MatrixXf& counts) {
    double sum = 0.0;
    for (Eigen::Index i = 0; i < counts.rows(); ++i) {
        const double mean = counts.row(i).mean();
        const double square = counts.row(i).squaredNorm() / static_cast<float>(counts.cols());
        sum += square > 0.0 ? 1.0 - mean * mean / square : 0.0;
    }
    return sum / static_cast<double>(counts.rows());
}

const std::string kSailnet = R"(
frame: {height: 10 px, width: 10 px, scale: 10}
stimulus: {kind: dead_leaves}
populations:
  v1: {kind: sailnet, sheet: {rows: 10, cols: 10}, plasticity: {kind: sailnet, sailnet: {p: 0.05}}}
presentation: {T: 50 ms, T0: 0 ms}
learning: {batch_size: 100, held_out: 100}
record: {every: 0, snapshots: 0}
)";

const std::string kEiNet = R"(
frame: {height: 8 px, width: 8 px, scale: 8}
stimulus: {kind: dead_leaves}
populations:
  v1:
    kind: ei_net
    sheet: {rows: 12, cols: 12}
    ei_net: {n_inhibitory: 20}
    plasticity: {kind: ei_net, ei_net: {p_E: 0.1, p_I: 0.2}}
presentation: {T: 50 ms, T0: 0 ms}
learning: {batch_size: 100, held_out: 100}
record: {every: 0, snapshots: 0}
)";

}  // namespace

TEST_CASE("leaky neurons that inhibit and excite: spikes are those of a clock-driven twin") {
    // tau_i du_i/dt = b_i - u_i in Euler steps of 0.1 us, spikes at the end of the step.
    constexpr std::size_t n_E = 6, n_I = 2, n = n_E + n_I;
    constexpr double dt = 1e-4, T = 60.0;
    sim::Stream random(5, sim::Purpose::test, 0);
    Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(n, n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (i != j && (i >= n_E || j >= n_E))
                Q(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                    (j < n_E ? -0.4 : 0.5) * random.uniform();
    std::vector<double> b(n_E), u(n, 0.0);
    for (double& x : b) x = 2.0 + random.uniform();
    std::vector<std::vector<double>> twin(n), exact(n);
    for (long step = 1; static_cast<double>(step) * dt < T; ++step) {
        for (std::size_t i = 0; i < n; ++i)
            u[i] += dt / (i < n_E ? 10.0 : 5.0) * ((i < n_E ? b[i] : 0.0) - u[i]);
        for (bool any = true; any;) {
            any = false;
            for (std::size_t j = 0; j < n; ++j) {
                if (u[j] < 1.0) continue;
                any = true;
                twin[j].push_back(static_cast<double>(step) * dt);
                u[j] = 0.0;
                for (std::size_t i = 0; i < n; ++i)
                    u[i] -=
                        (i < n_E ? 1.0 : 2.0) * Q(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
            }
        }
    }
    const sim::Program program{sim::Interaction::dense(Q), std::vector<double>(n, 1.0)};
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "ei_net", sim::Params::parse("ei_net: {n_inhibitory: 2}", "test.yaml"), {});
    sim::Simulation simulation;
    simulation.add(neurons->population(program)).drive(b);
    simulation.run_until(T);
    for (const sim::Spike& spike : simulation.spikes()) exact[spike.neuron].push_back(spike.t);
    double worst = 0.0;
    std::size_t n_spikes = 0;
    for (std::size_t i = 0; i < n; ++i) {
        REQUIRE(exact[i].size() == twin[i].size());
        n_spikes += exact[i].size();
        for (std::size_t k = 0; k < exact[i].size(); ++k)
            worst = std::max(worst, std::abs(exact[i][k] - twin[i][k]));
    }
    fmt::print("ei_net against its twin: {} spikes, at most {:.1e} ms apart\n", n_spikes, worst);
    CHECK(n_spikes > 20);
    CHECK(exact[n_E].size() + exact[n_E + 1].size() > 2);
    CHECK(worst < 2e-3);  // 20 steps: each of some 10 spikes on the way may be late by one
}

/// Spikes of a presentation, mean over the last 300 batches.
double spikes_in_the_end(const sim::io::File& file) {
    const auto all = file.read<double>("/learning/v1/spikes_per_presentation");
    return std::accumulate(all.end() - 300, all.end(), 0.0) / 300.0;
}

TEST_CASE("sailnet: rates reach p, inhibition is one-sided and symmetric, and decorrelates") {
    const test::TempDir dir;
    const Eigen::MatrixXf before = counts_after(dir, kSailnet, 0), after = counts_after(dir, kSailnet, 3500),
                          without = counts_after(dir, kSailnet, 3500, false);
    const sim::io::File file = sim::io::open_striate_file(dir.file("3500.h5"), "network");
    const auto W = file.read<float>("/network/v1/Q");
    constexpr std::size_t N = 100;
    REQUIRE(W.size() == N * N);
    std::size_t n_asymmetric = 0, n_negative = 0, n_positive = 0;
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < N; ++j) {
            n_asymmetric += W[i * N + j] != W[j * N + i];
            n_negative += W[i * N + j] < 0.0F;
            n_positive += W[i * N + j] > 0.0F;
        }
    const double rate = spikes_in_the_end(file) / N;
    fmt::print(
        "sailnet, 3500 batches: {:.4f} spikes a neuron and frame (wanted 0.05); correlation of pairs (rms) "
        "{:.4f} before learning, {:.4f} after, {:.4f} after with W = 0; lifetime sparseness {:.3f} to "
        "{:.3f}; "
        "{:.0f} % of W > 0\n",
        rate, correlation(before), correlation(after), correlation(without), lifetime_sparseness(before),
        lifetime_sparseness(after), 100.0 * static_cast<double>(n_positive) / (N * (N - 1)));
    CHECK(std::abs(rate - 0.05) < 0.003);
    CHECK(n_asymmetric == 0);
    CHECK(n_negative == 0);
    CHECK(n_positive > 100);
    CHECK(correlation(after) < 0.6 * correlation(before));
    CHECK(correlation(after) < 0.6 * correlation(without));
}

TEST_CASE("ei_net: rates reach their targets, every neuron obeys Dale's law, pairs decorrelate") {
    const test::TempDir dir;
    const Eigen::MatrixXf before = counts_after(dir, kEiNet, 0), after = counts_after(dir, kEiNet, 3500),
                          without = counts_after(dir, kEiNet, 3500, false);
    const sim::io::File file = sim::io::open_striate_file(dir.file("3500.h5"), "network");
    const auto Q = file.read<float>("/network/v1/Q");
    constexpr std::size_t n_E = 144, n_I = 20, n = n_E + n_I;
    REQUIRE(Q.size() == n * n);
    REQUIRE(file.read<double>("/network/v1/lambda").size() == n);
    std::size_t n_wrong = 0;
    double weight[3] = {0, 0, 0};  // E->I, I->E, I->I
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            const double q = Q[i * n + j];
            n_wrong += j < n_E ? q > 0.0 || (i < n_E && q != 0.0) : q < 0.0 || (i == j && q != 0.0);
            weight[j < n_E ? 0 : i < n_E ? 1 : 2] += std::abs(q);
        }
    const double all = spikes_in_the_end(file);  // hidden neurons among them; per neuron they hold 0.2
    const double wanted = 0.1 * n_E + 0.2 * n_I;
    fmt::print(
        "ei_net, 3500 batches: {:.2f} spikes a frame (wanted {:.2f}), E {:.4f} a neuron in the test (wanted "
        "0.1); "
        "correlation of pairs (rms) {:.4f} before learning, {:.4f} after, {:.4f} after with all weights 0; "
        "mean "
        "weights E->I {:.2f}, I->E {:.2f}, I->I {:.2f}\n",
        all, wanted, static_cast<double>(after.mean()), correlation(before), correlation(after),
        correlation(without), weight[0] / (n_E * n_I), weight[1] / (n_E * n_I),
        weight[2] / (n_I * (n_I - 1)));
    CHECK(n_wrong == 0);
    CHECK(std::abs(all - wanted) < 0.03 * wanted);
    CHECK(std::abs(static_cast<double>(after.mean()) - 0.1) < 0.01);
    for (const double sum : weight) CHECK(sum > 0.0);
    CHECK(correlation(after) < 0.8 * correlation(without));
}
