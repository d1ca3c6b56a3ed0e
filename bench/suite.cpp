#include "bench/suite.hpp"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "bench/convolution.hpp"
#include "bench/opponents.hpp"
#include "bench/problems.hpp"
#include "sim/aligned.hpp"
#include "sim/circuit_run.hpp"
#include "sim/coding_population.hpp"
#include "sim/learning.hpp"
#include "sim/population.hpp"
#include "sim/rng.hpp"
#include "sim/simd.hpp"
#include "sim/simulation.hpp"

namespace bench {
namespace {

constexpr int kRounds = 9;  // the fastest counts: what disturbs a measurement only ever slows it

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
double seconds(const Work& work) {
    const double start = thread_seconds();
    work();
    return thread_seconds() - start;
}

STRIATE_SIMD void add_column(float* sum, const float* column, std::size_t n) {
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
                            for (const std::size_t j : order) add_column(sum.data(), &Q[N * j], N);
                        }));
    return best / static_cast<double>(order.size());
}

/// The event-driven spiking LCA under one setting. Times in units of tau.
struct Spiking {
    double q, T, T0;
    std::string decoder = "membrane";

    struct Result {
        Codes codes;
        std::size_t n_spikes = 0;
    };
    Result operator()(const Problem& problem) const {
        const auto neurons = sim::Registry<sim::Neurons>::instance().make(
            "slca",
            sim::Params::parse(fmt::format("slca: {{tau: 1 ms, q: {} tau, decoder: {}}}", q, decoder),
                               "bench"),
            {});
        sim::Simulation simulation;
        sim::CodingPopulation& population = simulation.add(neurons->population(problem.program));
        const std::size_t n = problem.program.Q.size();
        Result result{Codes(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(problem.drives.size())),
                      0};
        for (std::size_t k = 0; k < problem.drives.size(); ++k) {
            simulation.restart();
            population.drive(problem.drives[k]);
            simulation.run_until(T0);
            population.begin_readout();
            simulation.run_until(T);
            population.read_code({result.codes.col(static_cast<Eigen::Index>(k)).data(), n});
            result.n_spikes += simulation.spikes().size();
        }
        return result;
    }
};

double mean_gap(const Problem& problem, const Codes& codes) {
    double sum = 0.0;
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        const auto code = codes.col(static_cast<Eigen::Index>(k));
        sum += problem.relative_gap(k, {code.begin(), code.end()});
    }
    return sum / static_cast<double>(problem.drives.size());
}

/// Time of one presentation and its spikes, at the engine's usual setting.
struct PerSpike {
    double spike_s, presentation_s, n_spikes;
};
PerSpike per_spike(const Problem& problem) {
    const Spiking spiking{0.1, 10.0, 3.0};
    double best = std::numeric_limits<double>::infinity();
    std::size_t n_spikes = 0;
    for (int round = 0; round < kRounds; ++round)
        best = std::min(best, seconds([&] { n_spikes = spiking(problem).n_spikes; }));
    const auto n = static_cast<double>(problem.drives.size());
    return {best / static_cast<double>(n_spikes), best / n, static_cast<double>(n_spikes) / n};
}

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
        if (side == 48)
            small = cost.spike_s / reach;
        else
            section.figures.push_back({"128 x 128 over 48 x 48, per neuron reached",
                                       cost.spike_s / reach / small, "x", 0.0, "", false});
    }
    return section;
}

/// A solver under one of its settings.
struct Attempt {
    std::string setting;
    std::function<Codes(const Problem&)> solve;
    double gap = 0.0, best_s = std::numeric_limits<double>::infinity();
};

std::map<std::string, std::vector<Attempt>> all_attempts(const Problem& problem) {
    std::map<std::string, std::vector<Attempt>> attempts;
    for (const double T : {2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 14.0, 20.0, 28.0})
        for (const double part : {0.3, 0.5, 0.7})
            for (const double q : {0.05, 0.1, 0.15, 0.2, 0.3, 0.4}) {
                attempts["spiking LCA, exact"].push_back(
                    {fmt::format("q {}, T {}, T0 {:.1f}", q, T, part * T), [=](const Problem& p) {
                         return Spiking{q, T, part * T}(p).codes;
                     }});
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
    for (double tolerance = 0.1; tolerance > 2e-4; tolerance *= 0.8)
        attempts["coordinate descent"].push_back(
            {fmt::format("tolerance {:.1e}", tolerance), CoordinateDescent{tolerance}});
    return attempts;
}

/// The fastest settings of each solver that reach a relE, timed in turns.
std::vector<Figure> race(const Problem& problem, std::map<std::string, std::vector<Attempt>>& attempts,
                         double target, double floor) {
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
    for (const auto& [solver, attempt] : fastest)
        figures.push_back({fmt::format("relE {:.0e}: {}", target, solver), best[solver] / n * 1e6, "us",
                           floor * 1e6, fmt::format("{} (relE {:.1e})", attempt->setting, attempt->gap)});
    return figures;
}

Section solver_section() {
    std::string source;
    const Problem problem = natural_patches(512, source);
    const double floor = floor_time(512);
    auto attempts = all_attempts(problem);
    for (auto& [solver, settings] : attempts)
        for (Attempt& attempt : settings) {
            Codes codes;
            attempt.best_s = seconds([&] { codes = attempt.solve(problem); });
            const double gap = mean_gap(problem, codes);
            attempt.gap = std::isfinite(gap) ? gap : std::numeric_limits<double>::infinity();
        }
    Section section{fmt::format("Time per patch to a given relE (N = 512, {}, one core, each solver at its "
                                "fastest setting)",
                                source),
                    {}};
    for (const double target : {1e-2, 1e-3, 1e-4})
        for (const Figure& figure : race(problem, attempts, target, floor)) section.figures.push_back(figure);
    return section;
}

/// Of this process now, with the problem in it.
double memory_MB() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0.0, resident = 0.0;
    statm >> pages >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576.0;
}

Section scaling_section() {
    Section section{"Scaling of sheets at a fixed neighbourhood (q 0.1 tau, T 10 tau, one core)", {}};
    for (const std::size_t side : {16, 32, 48, 64, 96, 128}) {
        const Problem problem = sheet(side);
        const PerSpike cost = per_spike(problem);
        const auto N = static_cast<double>(side * side);
        section.figures.push_back(
            {fmt::format("N = {} ({} x {})", side * side, side, side), cost.presentation_s * 1e6, "us", 0.0,
             fmt::format("{:.0f} spikes, {:.2f} us per 100 neurons, Q {:.1f} MB, {:.0f} MB in all",
                         cost.n_spikes, cost.presentation_s * 1e8 / N,
                         static_cast<double>(problem.program.Q.n_weights()) * 4.0 / 1048576.0, memory_MB())});
    }
    return section;
}

constexpr const char* kLearning = R"(
seed: 1
frame: {height: 24 px, width: 24 px}
stimulus: {kind: dead_leaves}
populations:
  v1:
    kind: slca
    sheet: {rows: 48, cols: 48}
    lambda: 0.06
    slca: {q: 0.1 tau}
    receptive_field: {R: 5.5 px, span: 12 px}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.02, width_start: 2.0, width_end: 0.9}}
    homeostasis: {rate: 0.02}
presentation: {T: 54 ms, T0: 24 ms}
learning: {batches: 40, batch_size: 100, held_out: 1}
record: {snapshots: 0}
)";

/// A sheet as that of the demo learns from 40 batches.
sim::ShownSummary learn(std::size_t n_threads) {
    const tbb::global_control cap(tbb::global_control::max_allowed_parallelism, n_threads);
    const ScratchFolder scratch;
    return sim::learn(sim::RunSettings(sim::Params::parse(kLearning, "bench")),
                      {.output = scratch.path() / "run.h5"});
}

Section learning_section() {
    Section section{"Learning (48 x 48 sheet, batches of 100)", {}};
    std::optional<sim::ShownSummary> one, two;
    for (int round = 0; round < 3; ++round) {
        const auto keep_faster = [](std::optional<sim::ShownSummary>& best, const sim::ShownSummary& next) {
            if (!best || next.learning_s < best->learning_s) best = next;
        };
        keep_faster(one, learn(1));
        keep_faster(two, learn(2));
    }
    const auto images_per_s = [](const sim::ShownSummary& summary) {
        return static_cast<double>(summary.batches * summary.batch_size) / summary.learning_s;
    };
    section.figures.push_back({"images per second, 1 thread", images_per_s(*one), "/s", 0.0, "", false});
    section.figures.push_back({"images per second, 2 threads", images_per_s(*two), "/s", 0.0,
                               fmt::format("{:.2f} x one", one->learning_s / two->learning_s), false});
    const sim::PhaseTimes& phases = one->phases;
    for (const auto& [name, spent] :
         std::initializer_list<std::pair<const char*, double>>{{"encode", phases.encode},
                                                               {"learn", phases.learn},
                                                               {"interaction (Gram)", phases.interaction},
                                                               {"stimulus", phases.stimulus},
                                                               {"record", phases.record}})
        section.figures.push_back(
            {fmt::format("share of {}", name), 100.0 * spent / one->learning_s, "%", 0.0, "", false});
    return section;
}

/// Time of one arrival, at 1000 neurons that get 10 a millisecond each, four in five of them excitatory and
/// all in balance; what the neurons fire is part of it.
double arrival_s(const sim::Registry<sim::Population>::Entry& entry) {
    constexpr std::uint32_t kNeurons = 1000;
    constexpr sim::Time T = 5.0, kInterval = 1e-4;
    const auto cells = entry.make(sim::Params::parse("", "bench"), {kNeurons, 1, 0});
    const double weight = cells->weight_unit() == "pA" ? 20.0 : cells->weight_unit() == "nS" ? 0.5 : 0.1;
    sim::Stream stream(1, sim::Purpose::test, 0);
    std::size_t n_arrivals = 0;
    const double spent = seconds([&] {
        for (sim::Time t = 0.0; t < T; t -= kInterval * std::log1p(-stream.uniform())) {
            while (const auto spike = cells->next_spike(t)) cells->fire(*spike);
            const auto neuron = static_cast<std::uint32_t>(stream.below(kNeurons));
            cells->receive(neuron, stream.uniform() < 0.8 ? weight : -4.0 * weight, t);
            ++n_arrivals;
        }
    });
    return spent / static_cast<double>(n_arrivals);
}

Section arrival_section() {
    Section section{"Cost of an arrival in a circuit (1000 neurons, 10 a millisecond into each, one core)",
                    {}};
    for (const auto& [name, entry] : sim::Registry<sim::Population>::instance().entries()) {
        const sim::Params described = sim::Params::describing("");
        entry.read(described);
        const auto has_default = [](const sim::KeyInfo& key) { return !key.default_value.empty(); };
        if (!std::all_of(described.keys().begin(), described.keys().end(), has_default)) continue;
        if (entry.make(sim::Params::parse("", "bench"), {1, 1, 0})->weight_unit().empty()) continue;
        double best = arrival_s(entry);
        for (int round = 1; round < 3; ++round) best = std::min(best, arrival_s(entry));
        section.figures.push_back({fmt::format("arrival, {}", name), best * 1e9, "ns", 0.0, ""});
    }
    return section;
}

/// The network of configs/brunel_10k.yaml: ten million synapses.
constexpr const char* kBalanced = R"(
duration: 300 ms
populations:
  e: {kind: lif_delta, size: 8000, lif_delta: &neuron {E_L: 0 mV, V_th: 20 mV, V_reset: 10 mV, V_init: 10 mV, tau_m: 20 ms}}
  i: {kind: lif_delta, size: 2000, lif_delta: *neuron}
  input_e: {kind: poisson, size: 8000, poisson: {rate: 11 kHz}}
  input_i: {kind: poisson, size: 2000, poisson: {rate: 11 kHz}}
projections:
  excitation: {from: e, to: [e, i], connect: {kind: fixed_indegree, fixed_indegree: {K: 800}}, weight: 0.1 mV, delay: 1.5 ms}
  inhibition: {from: i, to: [e, i], connect: {kind: fixed_indegree, fixed_indegree: {K: 200}}, weight: -0.6 mV, delay: 1.5 ms}
  drive_e: {from: input_e, to: e, connect: {kind: one_to_one}, weight: 0.1 mV, delay: 1.5 ms}
  drive_i: {from: input_i, to: i, connect: {kind: one_to_one}, weight: 0.1 mV, delay: 1.5 ms}
record: {spikes: [e, i], rate_bin: 1 ms}
)";

/// Wall time from its config to its file [s].
double balanced_s(std::size_t n_threads) {
    const tbb::global_control cap(tbb::global_control::max_allowed_parallelism, n_threads);
    const ScratchFolder scratch;
    const auto start = std::chrono::steady_clock::now();
    sim::run(sim::RunSettings(sim::Params::parse(kBalanced, "bench")), {.output = scratch.path() / "run.h5"});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Section circuit_section() {
    double one = sim::kNever, two = sim::kNever;
    for (int round = 0; round < 3; ++round) {
        one = std::min(one, balanced_s(1));
        two = std::min(two, balanced_s(2));
    }
    return {"A balanced network of 10 000 neurons, from its config to its file",
            {{"300 ms, 1 thread", one, "s", 0.0, "", false},
             {"300 ms, 2 threads", two, "s", 0.0, fmt::format("{:.2f} times as fast", one / two), false}}};
}

using Make = Section (*)();
const std::vector<std::pair<std::string, Make>>& sections() {
    static const std::vector<std::pair<std::string, Make>> all{
        {"spike", spike_section},
        {"sheet", sheet_section},
        {"solvers", solver_section},
        {"scaling", scaling_section},
        {"learning", learning_section},
        {"arrivals", arrival_section},
        {"circuit", circuit_section},
        {"admm", admm_section},
        {"convolution", convolution_section},
        {"convolution_settings", convolution_settings_section}};
    return all;
}

}  // namespace

std::vector<std::string> section_names() {
    std::vector<std::string> names;
    for (const auto& [name, make] : sections()) names.push_back(name);
    return names;
}

void export_problem(const sim::io::Output& output) {
    std::string source;
    write(natural_patches(512, source), output);
}

void run_suite(const std::vector<std::string>& wanted, const std::function<void(const Section&)>& on_done) {
    for (const auto& [name, make] : sections())
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) on_done(make());
}

}  // namespace bench
