// The kernels one by one, for work on them; `striate bench` has the figures for users.
//   build/release/bench/striate_bench --benchmark_out=kernels.json
#include <benchmark/benchmark.h>

#include <string>

#include "bench/problems.hpp"
#include "sim/coding_population.hpp"
#include "sim/outer_products.hpp"
#include "sim/simulation.hpp"

namespace {

bench::Problem natural(std::int64_t N) {
    std::string source;
    return bench::natural_patches(static_cast<std::size_t>(N), source);
}

/// Presents the stimuli in turn; reports time per spike and per neighbour that a spike reaches.
void present(benchmark::State& state, const bench::Problem& problem) {
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

void BM_slca_dense(benchmark::State& state) { present(state, natural(state.range(0))); }
BENCHMARK(BM_slca_dense)->Arg(512)->Arg(1024)->Unit(benchmark::kMicrosecond);

void BM_slca_sheet(benchmark::State& state) {
    present(state, bench::sheet(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(BM_slca_sheet)->Arg(48)->Arg(96)->Unit(benchmark::kMicrosecond);

void BM_optimum_dense(benchmark::State& state) {
    const bench::Problem problem = natural(state.range(0));
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
