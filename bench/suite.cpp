#include "bench/suite.hpp"

#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "bench/convolution.hpp"
#include "bench/problems.hpp"
#include "bench/programs.hpp"
#include "bench/timing.hpp"
#include "sim/circuit_run.hpp"
#include "sim/learning.hpp"
#include "sim/population.hpp"
#include "sim/rng.hpp"

namespace bench {
namespace {

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
    slca_falling: {tau: 11.2 ms}
    receptive_field: {R: 5.5 px, span: 12 px}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.02, width_start: 2.0, width_end: 0.9}}
    homeostasis: {rate: 0.02}
presentation: {T: 54 ms, T0: 24 ms}
learning: {batches: 40, batch_size: 100, held_out: 1}
record: {snapshots: 0}
)";

/// A sheet as that of v1_sheet.yaml learns from 40 batches; the fastest of several times.
struct Learned {
    std::string kind;
    std::size_t n_threads;
    std::optional<sim::ShownSummary> best{};

    void again() {
        const tbb::global_control cap(tbb::global_control::max_allowed_parallelism, n_threads);
        const ScratchFolder scratch;
        const sim::Params config = sim::Params::parse(kLearning, "bench", {"populations.v1.kind=" + kind});
        sim::ShownSummary summary =
            sim::learn(sim::RunSettings(config), {.output = scratch.path() / "run.h5"});
        if (!best || summary.learning_s < best->learning_s) best = std::move(summary);
    }
    double images_per_s() const {
        return static_cast<double>(best->batches * best->batch_size) / best->learning_s;
    }
};

std::string shares_of(const sim::ShownSummary& summary) {
    const sim::PhaseTimes& phases = summary.phases;
    std::string text;
    for (const auto& [name, spent] :
         std::initializer_list<std::pair<const char*, double>>{{"encode", phases.encode},
                                                               {"learn", phases.learn},
                                                               {"Gram matrix", phases.interaction},
                                                               {"stimulus", phases.stimulus},
                                                               {"record", phases.record}})
        text +=
            fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", name, 100.0 * spent / summary.learning_s);
    return text;
}

Section learning_section() {
    Section section{"Learning (48 x 48 sheet, batches of 100)", {}};
    std::vector<Learned> all;
    for (const char* kind : {"slca", "slca_falling"})
        for (const std::size_t n_threads : {1, 2}) all.push_back({kind, n_threads});
    for (int round = 0; round < 3; ++round)
        for (Learned& one : all) one.again();
    for (const Learned& one : all) {
        const std::string note =
            one.n_threads == 1 ? shares_of(*one.best)
                               : fmt::format("{:.2f} x one", one.images_per_s() / (&one - 1)->images_per_s());
        section.figures.push_back({fmt::format("images per second, {}, {} thread{}", one.kind, one.n_threads,
                                               one.n_threads == 1 ? "" : "s"),
                                   one.images_per_s(), "/s", 0.0, note, false});
    }
    return section;
}

/// What arrives in each of T milliseconds at neurons that get 10 a millisecond each, four in five of them excitatory.
std::vector<sim::Reached> arrivals(std::uint32_t n_neurons, std::size_t T, double weight) {
    constexpr int kEach = 10;
    sim::Stream stream(1, sim::Purpose::test, 0);
    std::vector<sim::Reached> windows(T);
    for (std::size_t k = 0; k < T; ++k) {
        windows[k].first.push_back(0);
        for (std::uint32_t i = 0; i < n_neurons; ++i) {
            std::vector<sim::Reached::Input> inputs;
            for (int n = 0; n < kEach; ++n)
                inputs.push_back({static_cast<double>(k) + stream.uniform(),
                                  stream.uniform() < 0.8 ? weight : -4.0 * weight, 0, i});
            std::ranges::sort(inputs, {}, &sim::Reached::Input::t);
            windows[k].neurons.push_back(i);
            windows[k].inputs.insert(windows[k].inputs.end(), inputs.begin(), inputs.end());
            windows[k].first.push_back(windows[k].inputs.size());
        }
    }
    return windows;
}

/// Time of one arrival, in windows of 1 ms; what the neurons fire is part of it. Kinds that reach each other at once
/// take event by event there, too.
double arrival_s(const sim::Registry<sim::Population>::Entry& entry) {
    constexpr std::uint32_t kNeurons = 1000;
    constexpr std::size_t T = 5;
    const auto cells = entry.make(sim::Params::parse("", "bench"), {kNeurons, 1, 0});
    const double weight = cells->weight_unit() == "pA" ? 20.0 : cells->weight_unit() == "nS" ? 0.5 : 0.1;
    const auto windows = arrivals(kNeurons, T, weight);
    std::vector<sim::Spike> spikes;
    const double spent = seconds([&] {
        for (std::size_t k = 0; k < T; ++k) cells->live(windows[k], static_cast<double>(k + 1), spikes);
    });
    return spent / static_cast<double>(T * windows.front().inputs.size());
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
        {"sheet_solvers", sheet_solver_section},
        {"scaling", scaling_section},
        {"learning", learning_section},
        {"arrivals", arrival_section},
        {"steppers", stepper_section},
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
