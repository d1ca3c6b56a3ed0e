// Weights of projections that learn from presentations: against a loop over neurons, and in networks.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lab/encode.hpp"
#include "sim/batch_rule.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/learning.hpp"
#include "sim/rng.hpp"
#include "sim/stop.hpp"
#include "sim/trained_network.hpp"
#include "tests/support.hpp"

namespace {

using sim::Params;
using sim::Synapses;

std::unique_ptr<sim::BatchRule> rule(double eta, const Synapses& synapses, std::size_t targets) {
    return sim::Registry<sim::BatchRule>::instance().make(
        "correlation", Params::parse(fmt::format("correlation: {{eta: {}}}", eta), "x.yaml"),
        {synapses, targets});
}

Eigen::MatrixXd random_activity(Eigen::Index neurons, Eigen::Index B, std::uint64_t number) {
    sim::Stream random(1, sim::Purpose::test, number);
    Eigen::MatrixXd activity(neurons, B);
    for (double& a : activity.reshaped()) a = std::max(0.0, random.normal());
    return activity;
}

constexpr const char* kNetwork = R"(
seed: 3
frame: {height: 10 px, width: 10 px}
stimulus: {kind: dead_leaves, dead_leaves: {drift: 40 px/s}}
presentation: {T: 60 ms, T0: 20 ms, frames: 3}
learning: {batches: 4, batch_size: 6, held_out: 6}
populations:
  v1:
    kind: slca
    lambda: 0.05
    sheet: {rows: 4, cols: 5}
    objective: {signed: true, delta: 1}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.1}}
  pooled: {kind: slca, lambda: 0.001, sheet: {rows: 4, cols: 5}, sees: {kind: nothing}, fields: {kind: none},
           objective: {delta: 1}}
projections:
  up: {from: v1, to: pooled, connect: {kind: pool, pool: {sigma: 1, spread: 0.3}}, weight: 0.1, delay: 1 ms,
       plasticity: {kind: correlation, correlation: {eta: 0.3}}}
)";

void learn(const std::string& path, const Params::Overrides& set = {}, const sim::RunOptions& options = {}) {
    sim::RunOptions all = options;
    all.output = path;
    sim::learn(sim::RunSettings(Params::parse(kNetwork, "x.yaml", set)), all);
}

template <class T = double>
std::vector<T> read(const std::string& path, const std::string& dataset) {
    return sim::io::open_striate_file(path, "network").read<T>(dataset);
}

const std::string kWeight = "/projections/up/pooled/weight";

/// Of each of 20 targets.
std::vector<double> sums(const std::string& path) {
    std::vector<double> all(20, 0.0);
    const auto weight = read(path, kWeight);
    const auto target = read<std::uint64_t>(path, "/projections/up/pooled/target");
    for (std::size_t at = 0; at < weight.size(); ++at) all[target[at]] += weight[at];
    return all;
}

}  // namespace

TEST_CASE("correlation: a batch against a loop over neurons; sums and signs stay") {
    constexpr std::size_t kSources = 7, kTargets = 5;
    constexpr double kEta = 0.4;
    std::vector<std::vector<sim::Synapse>> of(kSources);
    for (std::uint32_t j = 0; j < kSources; ++j)
        for (std::uint32_t i = 0; i < kTargets; ++i)
            if ((i + j) % 3 != 0) of[j].push_back({i, (i == 2 ? -0.1 : 0.1) * (1 + j), 1.0});
    const Synapses before(of);
    Synapses synapses = before;
    const Eigen::MatrixXd x = random_activity(kSources, 9, 0), y = random_activity(kTargets, 9, 1);
    rule(kEta, before, kTargets)->learn({x, y}, synapses);

    std::size_t n_lost = 0;
    for (std::uint32_t i = 0; i < kTargets; ++i) {
        double whole = 0.0, pull = 0.0, sum = 0.0;
        std::vector<double> m(kSources, 0.0), C(kSources, 0.0);
        for (std::uint32_t j = 0; j < kSources; ++j) {
            if ((i + j) % 3 == 0) continue;
            m[j] = 0.1 * (1 + j);
            double xy = 0.0, xx = 0.0, yy = 0.0;
            const double mean_x = x.row(j).mean(), mean_y = y.row(i).mean();
            for (Eigen::Index b = 0; b < 9; ++b) {
                xy += (x(j, b) - mean_x) * (y(i, b) - mean_y);
                xx += (x(j, b) - mean_x) * (x(j, b) - mean_x);
                yy += (y(i, b) - mean_y) * (y(i, b) - mean_y);
            }
            C[j] = xy / std::sqrt(xx * yy);
            whole += m[j], pull += std::abs(C[j]);
        }
        for (std::uint32_t j = 0; j < kSources; ++j) {
            if (m[j] > 0.0 && m[j] + kEta * whole * C[j] / pull < 0.0) ++n_lost;
            m[j] = m[j] > 0.0 ? std::max(0.0, m[j] + kEta * whole * C[j] / pull) : 0.0;
            sum += m[j];
        }
        for (std::uint32_t j = 0; j < kSources; ++j)
            for (std::size_t at = synapses.first[j]; at < synapses.first[j + 1]; ++at)
                if (synapses.all[at].target == i) {
                    const double expected = (i == 2 ? -1.0 : 1.0) * m[j] * whole / sum;
                    CHECK(synapses.all[at].weight == doctest::Approx(expected).epsilon(1e-12));
                    CHECK(std::signbit(synapses.all[at].weight) == (i == 2));  // at 0 too: it may come back
                }
    }
    CHECK(n_lost > 0);
}

TEST_CASE("correlation: a target comes to hear those that it goes along with, and a lost one comes back") {
    const Synapses before({{{0, 0.4, 1.0}}, {{0, 0.2, 1.0}}, {{0, 0.4, 1.0}}});
    Synapses synapses = before;
    const auto learned = rule(0.1, before, 1);
    const auto weight = [&](std::size_t j) { return synapses.all[j].weight; };
    const auto learn_batches = [&](Eigen::Index follows, Eigen::Index also) {
        for (std::uint64_t batch = 0; batch < 200; ++batch) {
            Eigen::MatrixXd x = random_activity(3, 40, 10 + batch);
            const Eigen::MatrixXd y = x.row(follows) + x.row(also);
            learned->learn({x, y}, synapses);
        }
    };
    learn_batches(0, 1);
    CHECK(weight(0) > 0.3);
    CHECK(weight(1) > 0.3);
    CHECK(weight(2) < 0.1);
    learn_batches(2, 2);
    CHECK(weight(2) > 0.8);
    CHECK(weight(0) + weight(1) + weight(2) == doctest::Approx(1.0).epsilon(1e-12));
}

TEST_CASE(
    "a projection that learns: its weights are in the file, each neuron keeps its sum, and no other part is "
    "moved") {
    const test::TempDir dir;
    const std::string still = dir.file("still.h5"), learned = dir.file("learned.h5");
    learn(learned);
    learn(still, {"projections.up.plasticity.correlation.eta=1e-300"});  // moves nothing
    CHECK(read(learned, kWeight) != read(still, kWeight));
    const std::vector<double> before = sums(still), after = sums(learned);
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK(after[i] == doctest::Approx(before[i]).epsilon(1e-12));
    CHECK(read(learned, "/network/v1/Phi") == read(still, "/network/v1/Phi"));
}

TEST_CASE("a projection that learns goes on with the same bits after a stop") {
    const test::TempDir dir;
    const std::string whole = dir.file("whole.h5"), stopped = dir.file("stopped.h5");
    learn(whole);
    sim::RunOptions options;
    options.on_batch = [](const sim::BatchProgress& progress) {
        if (progress.batches_done == 2) sim::request_stop();
    };
    CHECK_THROWS_AS(learn(stopped, {}, options), sim::Interrupted);
    sim::withdraw_stop();
    options = {};
    options.resume = true;
    learn(stopped, {}, options);
    CHECK(read(stopped, kWeight) == read(whole, kWeight));
    CHECK(read(stopped, "/presentations/pooled/codes") == read(whole, "/presentations/pooled/codes"));
}

TEST_CASE("what a projection has learned is there where its network is tested, and goes with its weight") {
    const test::TempDir dir;
    const std::string path = dir.file("x.h5");
    learn(path);
    const auto codes = [&](const Params::Overrides& set) {
        const sim::TrainedNetwork trained = sim::load_trained_network(path, set, "pooled");
        return lab::encode(trained, *sim::make_stimulus(trained.settings()), sim::FrameSet::held_out, 6,
                           lab::Maker::spikes)
            .a;
    };
    CHECK(codes({}) == read<float>(path, "/presentations/pooled/codes"));
    CHECK(std::ranges::max(codes({})) > 0.0F);
    CHECK(std::ranges::max(codes({"projections.up.weight=0"})) == 0.0F);
    CHECK_THROWS_WITH_AS(codes({"projections.up.connect.pool.reach=0.5"}),
                         doctest::Contains("must leave what up joins as it was learned"), sim::ConfigError);
}

TEST_CASE("rules of synapses stand where they can learn") {
    const auto settings = [](const char* yaml, const Params::Overrides& set) {
        return sim::RunSettings(Params::parse(yaml, "x.yaml", set));
    };
    CHECK_THROWS_WITH_AS(
        settings(kNetwork, {"projections.up.plasticity.kind=stdp_pair", "projections.up.plasticity.w_max=1"}),
        doctest::Contains("where frames are shown, a rule that learns from batches"), sim::ConfigError);
    constexpr const char* kStretch = R"(
duration: 10 ms
populations: {a: {kind: poisson, size: 2, poisson: {rate: 5 Hz}}, b: {kind: lif_delta, size: 2}}
projections: {up: {from: a, to: b, weight: 1 mV, delay: 1 ms, plasticity: {kind: correlation}}}
)";
    CHECK_THROWS_WITH_AS(settings(kStretch, {}),
                         doctest::Contains("where nothing is shown, a rule that follows spikes"),
                         sim::ConfigError);
}
