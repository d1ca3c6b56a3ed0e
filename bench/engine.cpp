// How far is the engine from what memory allows? The floor is adding one column of Q, picked at random, to a
// vector; a spike of the spiking LCA is that and the search for the next one.
//   build/release/bench/striate_bench --benchmark_out=bench.json
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "sim/network.hpp"
#include "sim/outer_products.hpp"
#include "sim/coding_population.hpp"
#include "sim/rng.hpp"
#include "sim/simulation.hpp"

namespace {

struct Problem {
    sim::Program program;
    std::vector<std::vector<double>> drives;
};

Eigen::MatrixXd unit_columns(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 0);
    Eigen::MatrixXd m(rows, cols);
    for (double& x : m.reshaped()) x = stream.normal();
    m.colwise().normalize();
    return m;
}

/// N atoms in 256 dimensions, 64 stimuli.
Problem dense_problem(Eigen::Index N) {
    const Eigen::MatrixXd Phi = unit_columns(256, N, 1), S = unit_columns(256, 64, 2);
    const Eigen::MatrixXd b = Phi.transpose() * S;
    Problem problem{{sim::Interaction::dense(Phi.transpose() * Phi),
                     std::vector<double>(static_cast<std::size_t>(N), 0.1)},
                    {}};
    for (Eigen::Index k = 0; k < b.cols(); ++k) problem.drives.emplace_back(b.col(k).begin(), b.col(k).end());
    return problem;
}

/// A sheet of side x side neurons, 4 to a pixel in each direction, each reaching the same neighbourhood.
Problem sheet_problem(std::size_t side) {
    const std::size_t pixels = side / 4 + 8;
    const std::string yaml =
        "frame: {height: " + std::to_string(pixels) + " px, width: " + std::to_string(pixels) +
        " px}\nsheet: {rows: " + std::to_string(side) + ", cols: " + std::to_string(side) +
        "}\nreceptive_field: {R: 2 px, span: " + std::to_string(side / 4) + " px}\n";
    sim::Network network{sim::NetworkSettings(sim::Params::parse(yaml, "bench"))};
    network.dictionary.randomise(1);
    network.refresh_interaction();
    // as much contrast on each pixel, whatever the size of the sheet
    const auto M = static_cast<Eigen::Index>(pixels * pixels);
    const Eigen::MatrixXf S = unit_columns(M, 8, 2).cast<float>() * std::sqrt(static_cast<float>(M)) / 8.0F;
    const Eigen::MatrixXf b = network.dictionary.drive(S);
    Problem problem{std::move(network.program), {}};
    for (Eigen::Index k = 0; k < b.cols(); ++k) problem.drives.emplace_back(b.col(k).begin(), b.col(k).end());
    return problem;
}

/// Presents the stimuli in turn; reports time per spike and per neighbour that a spike reaches.
void present(benchmark::State& state, const Problem& problem) {
    const auto neurons = sim::Registry<sim::Neurons>::instance().make(
        "slca", sim::Params::parse("slca: {q: 0.1 tau}", "bench"), {});
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons->population(problem.program));
    std::size_t n_spikes = 0, k = 0;
    for (auto _ : state) {
        simulation.restart();
        population.drive(problem.drives[k++ % problem.drives.size()]);
        simulation.run_until(100.0);
        n_spikes += simulation.spikes().size();
    }
    const double reach =
        static_cast<double>(problem.program.Q.n_weights()) / static_cast<double>(problem.program.Q.size());
    state.counters["spikes"] =
        benchmark::Counter(static_cast<double>(n_spikes), benchmark::Counter::kAvgIterations);
    state.counters["time/spike"] = benchmark::Counter(
        static_cast<double>(n_spikes), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["time/neighbour"] = benchmark::Counter(
        static_cast<double>(n_spikes) * reach, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_floor_add_column(benchmark::State& state) {
    const auto N = static_cast<std::size_t>(state.range(0));
    std::vector<float> Q(N * N, 0.5F), sum(N, 0.0F);
    sim::Stream stream(1, sim::Purpose::test, 0);
    std::vector<std::size_t> order(4096);
    for (auto& j : order) j = stream.below(N);
    std::size_t k = 0;
    for (auto _ : state) {
        const float* column = Q.data() + N * order[k++ % order.size()];
        for (std::size_t i = 0; i < N; ++i) sum[i] += column[i];
        benchmark::DoNotOptimize(sum.data());
    }
}
BENCHMARK(BM_floor_add_column)->Arg(512)->Arg(1024)->Arg(2304);

void BM_slca_dense(benchmark::State& state) { present(state, dense_problem(state.range(0))); }
BENCHMARK(BM_slca_dense)->Arg(512)->Arg(1024)->Unit(benchmark::kMicrosecond);

void BM_slca_sheet(benchmark::State& state) {
    present(state, sheet_problem(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(BM_slca_sheet)->Arg(48)->Arg(96)->Unit(benchmark::kMicrosecond);

void BM_optimum_dense(benchmark::State& state) {
    const Problem problem = dense_problem(state.range(0));
    std::size_t k = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(
            sim::optimum(problem.program, problem.drives[k++ % problem.drives.size()], 1e-2));
}
BENCHMARK(BM_optimum_dense)->Arg(512)->Unit(benchmark::kMicrosecond);

/// The Gram block of two tiles of 64 neurons that share 169 pixels.
void BM_outer_products(benchmark::State& state) {
    const sim::Panel A(169, 64), B(169, 64);
    for (auto _ : state) benchmark::DoNotOptimize(sim::outer_products(A, B));
    state.counters["flop/s"] =
        benchmark::Counter(2.0 * 64 * 64 * 169, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_outer_products)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
