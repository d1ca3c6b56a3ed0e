#include "bench/programs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bench/opponents.hpp"
#include "bench/problems.hpp"
#include "bench/spiking.hpp"
#include "bench/timing.hpp"
#include "sim/aligned.hpp"
#include "sim/rng.hpp"
#include "sim/simd.hpp"

namespace bench {
namespace {

void add_column(float* sum, const float* column, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) sum[i] += column[i];
}

/// Time to add one column of an N x N matrix, picked at random, to a vector [s].
double floor_time(std::size_t N) {
    const sim::AlignedVector<float> Q(N * N, 1e-9F);
    sim::AlignedVector<float> sum(N, 0.0F);
    sim::Stream stream(1, sim::Purpose::test, 0);
    std::vector<std::size_t> order(4096);
    for (auto& j : order) j = stream.below(N);
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 3 * kRounds; ++round)
        best = std::min(best, seconds([&] {
                            for (const std::size_t j : order) sim::simd<add_column>(sum.data(), &Q[N * j], N);
                        }));
    return best / static_cast<double>(order.size());
}

void add_columns(float* sum, const sim::Interaction& Q, std::span<const std::uint32_t> neurons) {
    for (const std::uint32_t j : neurons)
        for (const auto run : Q.runs(j)) {
            const float* const w = Q.weights(run).data();
            for (std::size_t k = 0; k < run.size; ++k) sum[run.first + k] += w[k];
        }
}

/// Time to add one of the columns of Q that really fire, in their order [s]. A large Q does not stay in a cache.
double floor_of_train(const Problem& problem, const Spiking& spiking) {
    const std::vector<std::uint32_t> train = spiking.train(problem.program, problem.drives);
    sim::AlignedVector<float> sum(problem.program.Q.size(), 0.0F);
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < kRounds; ++round)
        best = std::min(best, seconds([&] { sim::simd<add_columns>(sum.data(), problem.program.Q, train); }));
    return best / static_cast<double>(train.size());
}

/// Codes, and the mean number of spikes or moves of one, where it is counted.
struct Solved {
    Solved(Codes of, double moves = 0.0) : codes(std::move(of)), n_moves(moves) {}
    Codes codes;
    double n_moves;
};

/// Codes of all stimuli by a kind of spiking neurons.
Solved solve(const Spiking& spiking, const Problem& problem) {
    const std::size_t n = problem.program.Q.size(), n_stimuli = problem.drives.size();
    Codes codes(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n_stimuli));
    const std::size_t n_spikes = spiking.present_all(problem.program, problem.drives, [&](std::size_t k) {
        return std::span<double>(codes.col(static_cast<Eigen::Index>(k)).data(), n);
    });
    return {std::move(codes), static_cast<double>(n_spikes) / static_cast<double>(n_stimuli)};
}

double mean_gap(const Problem& problem, const Codes& codes) {
    double sum = 0.0;
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        const auto code = codes.col(static_cast<Eigen::Index>(k));
        sum += problem.relative_gap(k, {code.begin(), code.end()});
    }
    return sum / static_cast<double>(problem.drives.size());
}

/// The engine's usual setting.
Spiking usual() { return slca(0.1, 10.0, 3.0); }

/// Time of one presentation and its spikes.
struct PerSpike {
    double spike_s, presentation_s, n_spikes;
};
PerSpike per_spike(const Problem& problem, const Spiking& spiking = usual()) {
    double best = std::numeric_limits<double>::infinity();
    double n_spikes = 0.0;
    for (int round = 0; round < kRounds; ++round)
        best = std::min(best, seconds([&] { n_spikes = solve(spiking, problem).n_moves; }));
    best /= static_cast<double>(problem.drives.size());
    return {best / n_spikes, best, n_spikes};
}

/// The floor of a problem's own train, and how far above it a spike is.
Figure train_figure(const std::string& name, const Problem& problem, const PerSpike& cost) {
    const double floor = floor_of_train(problem, usual());
    return {fmt::format("floor: add a column that fires, {}", name),           floor * 1e9, "ns", 0.0,
            fmt::format("a spike costs {:.1f} of them", cost.spike_s / floor), false};
}

}  // namespace

Section spike_section() {
    Section section{"Cost of a spike (16 x 16 patches, lambda 0.1, q 0.1 tau, T 10 tau, one core)", {}};
    for (const std::size_t N : {512, 1024}) {
        std::string source;
        const Problem problem = natural_patches(N, source);
        const double floor = floor_time(N);
        const PerSpike cost = per_spike(problem);
        section.figures.push_back(
            {fmt::format("floor: add a column of {}", N), floor * 1e9, "ns", 0.0, "", false});
        section.figures.push_back({fmt::format("spike, dense N = {}", N), cost.spike_s * 1e9, "ns",
                                   floor * 1e9,
                                   fmt::format("{:.1f} spikes per patch, {}", cost.n_spikes, source)});
        section.figures.push_back(train_figure(fmt::format("dense N = {}", N), problem, cost));
        const PerSpike falling = per_spike(problem, slca_falling(0.2, 0.7, 4e-3));
        section.figures.push_back({fmt::format("spike of slca_falling, dense N = {}", N),
                                   falling.spike_s * 1e9, "ns", floor * 1e9,
                                   fmt::format("{:.1f} spikes per patch", falling.n_spikes)});
    }
    return section;
}

Section sheet_section() {
    Section section{"Locality (a spike on a sheet reaches as many neurons, whatever its size)", {}};
    double small = 0.0;
    const double floor = floor_time(512) / 512.0;
    for (const std::size_t side : {48, 128}) {
        const Problem problem = sheet(side);
        const PerSpike cost = per_spike(problem);
        const double reach = static_cast<double>(problem.program.Q.n_weights()) /
                             static_cast<double>(problem.program.Q.size());
        section.figures.push_back({fmt::format("spike, sheet {0} x {0}", side), cost.spike_s * 1e9, "ns",
                                   floor * reach * 1e9, fmt::format("reaches {:.0f} neurons", reach)});
        section.figures.push_back(train_figure(fmt::format("sheet {0} x {0}", side), problem, cost));
        if (side == 48)
            small = cost.spike_s / reach;
        else
            section.figures.push_back({"128 x 128 over 48 x 48, per neuron reached",
                                       cost.spike_s / reach / small, "x", 0.0, "", false});
    }
    return section;
}

namespace {

/// A solver under one of its settings.
struct Attempt {
    std::string setting;
    std::function<Solved(const Problem&)> solve;
    double gap = 0.0, n_moves = 0.0, best_s = std::numeric_limits<double>::infinity();
};

using Attempts = std::map<std::string, std::vector<Attempt>>;

void add_falling(Attempts& attempts, double q_end) {
    for (const double k : {0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0})
        for (const double q0 : {0.1, 0.2, 0.4, 1.0})
            if (q_end < q0)
                attempts["spiking LCA, falling threshold"].push_back(
                    {fmt::format("q0 {}, k {}, q_end {:.1e}", q0, k, q_end),
                     [spiking = slca_falling(q0, k, q_end)](const Problem& p) { return solve(spiking, p); }});
}

Attempts all_attempts(const Problem& problem) {
    Attempts attempts;
    for (const double T : {2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 14.0, 20.0, 28.0})
        for (const double part : {0.3, 0.5, 0.7})
            for (const double q : {0.05, 0.1, 0.15, 0.2, 0.3, 0.4}) {
                const std::string setting = fmt::format("q {}, T {}, T0 {:.1f}", q, T, part * T);
                attempts["spiking LCA, exact"].push_back(
                    {setting,
                     [spiking = slca(q, T, part * T)](const Problem& p) { return solve(spiking, p); }});
                for (const double step : {0.05, 0.1, 0.2, 0.4})
                    attempts["spiking LCA, clocked"].push_back(
                        {fmt::format("q {}, step {}, T {}, T0 {:.1f}", q, step, T, part * T),
                         ClockedSpiking{q, step, T, part * T, true}});
            }
    const auto inhibition = inhibition_of(problem.program);
    for (const double step : {0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4})
        for (const int iterations : {4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 70, 100}) {
            const std::string setting = fmt::format("step {}, {} iterations", step, iterations);
            attempts["analog LCA, active columns"].push_back({setting, ActiveColumns{step, iterations}});
            if (step >= 0.2)
                attempts["analog LCA, batches of 64"].push_back(
                    {setting, DenseBatches{step, iterations, inhibition}});
        }
    for (double tolerance = 0.1; tolerance > 2e-4; tolerance *= 0.8) {
        const std::string setting = fmt::format("tolerance {:.1e}", tolerance);
        attempts["coordinate descent, cyclic"].push_back({setting, CoordinateDescent{tolerance}});
        attempts["coordinate descent, greedy"].push_back({setting, GreedyDescent{tolerance}});
        add_falling(attempts, tolerance);
    }
    return attempts;
}

/// Each setting once: what it reaches, and about how fast it is.
void try_all(const Problem& problem, Attempts& attempts) {
    for (auto& [solver, settings] : attempts)
        for (Attempt& attempt : settings) {
            Codes codes;
            attempt.best_s = seconds([&] {
                Solved solved = attempt.solve(problem);
                codes = std::move(solved.codes);
                attempt.n_moves = solved.n_moves;
            });
            const double gap = mean_gap(problem, codes);
            attempt.gap = std::isfinite(gap) ? gap : std::numeric_limits<double>::infinity();
        }
}

/// The fastest settings of each solver that reach a relE, timed in turns.
std::vector<Figure> race(const Problem& problem, Attempts& attempts, double target, double floor) {
    std::map<std::string, Attempt*> fastest;
    for (auto& [solver, settings] : attempts)
        for (Attempt& attempt : settings)
            if (attempt.gap <= target &&
                (!fastest.contains(solver) || attempt.best_s < fastest[solver]->best_s))
                fastest[solver] = &attempt;
    std::map<std::string, double> best;
    for (int round = 0; round < kRounds; ++round)
        for (const auto& [solver, attempt] : fastest) {
            const double took = seconds([&] { attempt->solve(problem); });
            best[solver] = best.contains(solver) ? std::min(best[solver], took) : took;
        }
    std::vector<Figure> figures;
    const auto n = static_cast<double>(problem.drives.size());
    for (const auto& [solver, attempt] : fastest) {
        const std::string moves =
            attempt->n_moves > 0.0 ? fmt::format(", {:.0f} spikes", attempt->n_moves) : std::string();
        figures.push_back({fmt::format("relE {:.0e}: {}", target, solver), best[solver] / n * 1e6, "us",
                           floor * 1e6,
                           fmt::format("{} (relE {:.1e}{})", attempt->setting, attempt->gap, moves)});
    }
    return figures;
}

}  // namespace

Section solver_section() {
    std::string source;
    const Problem problem = natural_patches(512, source);
    const double floor = floor_time(512);
    Attempts attempts = all_attempts(problem);
    try_all(problem, attempts);
    Section section{fmt::format("Time per patch to a given relE (N = 512, {}, one core, each solver at its "
                                "fastest setting)",
                                source),
                    {}};
    for (const double target : {1e-2, 1e-3, 1e-4})
        for (const Figure& figure : race(problem, attempts, target, floor)) section.figures.push_back(figure);
    return section;
}

Section sheet_solver_section() {
    constexpr double kTarget = 7e-4;
    Section section{
        "Time per stimulus to a given relE on sheets (one core, each solver at its fastest setting)", {}};
    for (const std::size_t side : {48, 128}) {
        const Problem problem = sheet(side);
        Attempts attempts;
        for (const double T : {6.0, 10.0, 14.0, 20.0, 28.0})
            for (const double part : {0.3, 0.5})
                for (const double q : {0.1, 0.2, 0.3, 0.4})
                    attempts["spiking LCA, exact"].push_back(
                        {fmt::format("q {}, T {}, T0 {:.1f}", q, T, part * T),
                         [spiking = slca(q, T, part * T)](const Problem& p) { return solve(spiking, p); }});
        for (double q_end = 0.05; q_end > 5e-3; q_end *= 0.85) add_falling(attempts, q_end);
        try_all(problem, attempts);
        for (Figure figure : race(problem, attempts, kTarget, 0.0)) {
            figure.name = fmt::format("{0} x {0}, {1}", side, figure.name);
            section.figures.push_back(figure);
        }
    }
    return section;
}

namespace {

/// Of this process now, with the problem in it.
double memory_MB() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0.0, resident = 0.0;
    statm >> pages >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576.0;
}

}  // namespace

Section scaling_section() {
    Section section{"Scaling of sheets at a fixed neighbourhood (q 0.1 tau, T 10 tau, one core)", {}};
    for (const std::size_t side : {16, 32, 48, 64, 96, 128, 192, 256}) {
        const Problem problem = sheet(side);
        const PerSpike cost = per_spike(problem);
        const auto N = static_cast<double>(side * side);
        section.figures.push_back(
            {fmt::format("N = {} ({} x {})", side * side, side, side), cost.presentation_s * 1e6, "us", 0.0,
             fmt::format("{:.0f} spikes, {:.2f} us per 100 neurons, Q {:.1f} MB, {:.0f} MB in all, {:.1f} kB "
                         "a neuron",
                         cost.n_spikes, cost.presentation_s * 1e8 / N,
                         static_cast<double>(problem.program.Q.n_weights()) * 4.0 / 1048576.0, memory_MB(),
                         memory_MB() * 1024.0 / N)});
    }
    return section;
}

}  // namespace bench
