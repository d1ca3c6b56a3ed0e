// Same config, same bits in the file: at any number of threads, and however often the run was killed or
// interrupted and resumed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <map>

#include "sim/population.hpp"
#include "sim/rng.hpp"
#include "tests/cells.hpp"
#include "tests/cli/commands.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

/// Takes a second or so, with a checkpoint every few batches.
const std::vector<std::string> kSpiking = {"learning.batches=700", "record.every=50",
                                           "checkpoint.every=0.01 s"};
/// Membranes that carry over between presentations would show the least difference in the next spikes: all
/// of them are recorded.
const std::vector<std::string> kCarryOver = {"learning.batches=60",
                                             "record.every=1",
                                             "checkpoint.every=0.01 s",
                                             "populations.v1.lambda=0.05",
                                             "populations.v1.slca.carry_over=true",
                                             "populations.v1.slca.floor=true"};
const std::vector<std::string> kAnalog = {"learning.batches=400", "record.every=50",
                                          "checkpoint.every=0.01 s", "populations.v1.kind=lca",
                                          "populations.v1.lca.carry_over=true"};
/// Weights and thresholds are learned, some of them of hidden neurons.
const std::vector<std::string> kLearned = {"learning.batches=700",
                                           "record.every=50",
                                           "checkpoint.every=0.01 s",
                                           "frame.scale=12",
                                           "populations.v1.homeostasis.rate=0",
                                           "populations.v1.kind=ei_net",
                                           "populations.v1.plasticity.kind=ei_net"};

/// What the kinds of populations cannot do without, as a circuit's config has it; sources that are to fire.
const std::map<std::string, std::string> kNeeded = {
    {"poisson", "rate: 400 Hz"},
    {"spike_list", "times: [3 ms, 40 ms, 41 ms, 90.5 ms, 170 ms, 199 ms]"},
    {"spike_by_spike", "eps_F: 1e-2, eps_Omega: 1e-2"},
};

/// A circuit with a population of every kind that is registered. All that receive spikes get some, after delays
/// that differ and after delays that do not, and have plastic synapses among themselves; all is recorded that
/// can be. In parts: with so many neurons more that all of it is cut in four.
std::string circuit_of_all_kinds(bool in_parts = false) {
    std::string populations, projections, currents, states, weights;
    if (in_parts) populations = "  many: {kind: poisson, size: 8000, poisson: {rate: 1 Hz}}\n";
    const char* spread = in_parts ? "0.3 ms" : "1 ms";  // short delays would make it one part
    for (const std::string& kind : sim::Registry<sim::Population>::instance().names()) {
        const auto needed = kNeeded.contains(kind) ? kNeeded.at(kind) : "";
        populations += fmt::format("  {}: {{kind: {}, size: 6, {}: {{{}}}}}\n", kind, kind, kind, needed);
        const auto cells = test::make_cells(kind, needed, 6);
        const std::string unit = cells->weight_unit(), in = unit == "1" ? "" : unit;
        for (const sim::Variable& one : cells->variables())
            states += fmt::format("    {}_{}: {{population: {}, variable: {}, every: 0.37 ms}}\n", kind,
                                  one.name, kind, one.name);
        const std::string current = cells->current_unit(), of_current = current == "1" ? "" : current;
        if (!current.empty())
            currents +=
                fmt::format("  into_{}: {{to: {}, times: [20 ms, 150 ms], amplitudes: [{} {}, 0 {}]}}\n",
                            kind, kind, current == "pA" ? 700.0 : 8.0, of_current, of_current);
        if (unit.empty()) continue;
        const double weight = unit == "mV" || unit == "1" ? 3.0 : unit == "nS" ? 6.0 : 300.0;
        projections += fmt::format(
            "  drive_{}: {{from: poisson, to: {}, weight: {} {}, delay: 2 ms, delay_std: {}}}\n"
            "  local_{}: {{from: {}, to: {}, weight: {} {}, delay: 1 ms, plasticity: {{w_max: {} {}}}}}\n",
            kind, kind, weight, in, spread, kind, kind, kind, 0.5 * weight, in, weight, in);
        weights += fmt::format("{}local_{}", weights.empty() ? "" : ", ", kind);
    }
    return "duration: 200 ms\ncheckpoint: {every: 1e-3 s}\npopulations:\n" + populations + "projections:\n" +
           projections + "currents:\n" + currents + "record:\n  rate_bin: 7 ms\n  weights: [" + weights +
           "]\n  state:\n" + states;
}

/// Several populations that are shown frames; all kinds of sight, a second area that learns, kernels that all places
/// share, of codes of either sign too, membranes that carry over, feedback with a delay, all recorded that can be.
constexpr const char* kShown = R"(frame: {height: 8 px, width: 8 px}
stimulus: {kind: dead_leaves}
populations:
  lgn:
    kind: poisson
    sheet: {rows: 8, cols: 8}
    poisson: {rate: 5 Hz}
    sees: {kind: centre_surround, centre_surround: {gain: 2000}}
  v1:
    kind: slca
    lambda: 0.05
    sheet: {rows: 4, cols: 4}
    slca: {carry_over: true}
    plasticity: {kind: residual_hebbian}
    homeostasis: {rate: 0.02}
  v2:
    kind: slca
    lambda: 0.02
    sheet: {rows: 3, cols: 3}
    sees: {kind: population, population: {from: v1, delay: 1 ms}}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.1}}
  shared:
    kind: slca
    lambda: 0.05
    kernels: {kind: random, size: 4, stride: 2, random: {n: 3}}
    plasticity: {kind: shared_hebbian}
    homeostasis: {rate: 0.05}
  signed:
    kind: slca_falling
    lambda: 0.05
    objective: {signed: true}
    kernels: {kind: random, size: 4, stride: 2, border: periodic, random: {n: 3}}
    slca_falling: {carry_over: true}
    plasticity: {kind: shared_hebbian}
    homeostasis: {rate: 0.05}
  by_admm:
    kind: admm
    lambda: 0.05
    lambda_spread: 0.2
    objective: {signed: true}
    kernels: {kind: random, size: 4, random: {n: 3}}
    plasticity: {kind: shared_hebbian}
    homeostasis: {rate: 0.05}
  on_off:
    kind: slca
    lambda: 0.02
    sheet: {rows: 3, cols: 4}
    receptive_field: {R: {uniform: {low: 2 px, high: 3 px}}, span: 4 px}
    slca: {v_init: random}
    objective: {signed: true, delta: 1}
    background: {rate: 100 Hz, jump: {lognormal: {mean: 0.05, std: 0.05, most: 0.2}}}
    plasticity: {kind: gated_hebbian}
    homeostasis: {rate: 0.05, target: {lognormal: {mean: 0.3, std: 0.2, most: 0.9}}}
  pooling:
    kind: slca
    lambda: 0.01
    sheet: {rows: 3, cols: 4}
    sees: {kind: nothing}
    fields: {kind: none}
    slca: {q: 0.02 tau, v_init: random}
    objective: {delta: 1}
    background: {rate: 100 Hz, jump: 0.01}
    homeostasis: {rate: 0.05, target: 0.5}
  complex: {kind: iaf_psc_exp, sheet: {rows: 2, cols: 2}}
projections:
  on_and_off: {from: on_off, to: pooling, connect: {kind: pool, pool: {sigma: 1}}, weight: 0.1, delay: 1 ms}
  more: {from: lgn, to: v1, weight: 0.001, delay: 2 ms, delay_std: 1 ms}
  pool: {from: v1, to: complex, weight: 500 pA, delay: 1 ms}
  back: {from: complex, to: v1, weight: 0.01, delay: 4 ms}
presentation: {T: 50 ms, T0: 20 ms}
learning: {batches: 60, batch_size: 5, held_out: 10}
record: {every: 1, state: {u: {population: v1, variable: u, every: 5 ms}, V: {population: complex, variable: V_m, every: 5 ms}}}
checkpoint: {every: 0.01 s}
)";

/// A run that is started, stopped and resumed with the same settings.
class Experiment {
  public:
    explicit Experiment(const std::vector<std::string>& set, const std::string& config = test::tiny_config())
        : config_(dir.write("tiny.yaml", config)), set_(set) {}

    Args args(const std::string& output, const Args& more) const {
        Args all{"run", config_, "-o", output};
        for (const std::string& key_value : set_) all.insert(all.end(), {"--set", key_value});
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// Runs from start to end. returns how long that took [ms]
    double run(const std::string& output, const Args& more) const {
        const auto start = std::chrono::steady_clock::now();
        const Finished done = test::striate(args(output, more));
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    }
    std::string output(const std::string& name) const { return dir.file(name); }

    TempDir dir;

  private:
    std::string config_;
    std::vector<std::string> set_;
};

/// Kills the run after its first checkpoint and again when it is resumed, at random moments, until it has
/// been killed `n_kills` times or has ended before; then lets it end.
/// duration  of an unbroken run [ms]
void run_with_kills(const Experiment& experiment, const std::string& output, double duration, int n_kills,
                    std::uint64_t seed) {
    sim::Stream random(seed, sim::Purpose::test, 0);
    const std::string partial = output + ".partial";
    int kills = 0;
    while (!fs::exists(output)) {
        const bool is_resumed = fs::exists(partial);
        test::Striate process(experiment.args(output, is_resumed ? Args{"--resume"} : Args{}));
        if (kills < n_kills) {
            while (!fs::exists(partial) && !process.wait_for(0.2)) continue;
            // The first time at once: on a machine that was busy before, all of it may take less than `duration`.
            const double after = kills == 0 ? 0.0 : random.uniform(0.0, 0.3) * duration;
            if (!process.wait_for(after)) process.send(SIGKILL);
        }
        const Finished done = process.wait();
        CAPTURE(done.err);
        REQUIRE((done.exit_code == 0 || done.exit_code == 128 + SIGKILL));
        if (done.exit_code != 0)
            ++kills;
        else if (is_resumed)
            CHECK(contains(done.err, "resuming after"));
    }
    CHECK(kills >= 1);
}

}  // namespace

TEST_CASE("a run gives the same bits again, and at 1 and 2 threads") {
    for (const auto& set : {kSpiking, kCarryOver, kAnalog, kLearned}) {
        const Experiment experiment(set);
        const std::string one = experiment.output("one.h5"), two = experiment.output("two.h5");
        experiment.run(one, {"--threads", "1"});
        experiment.run(two, {"--threads", "2"});
        CHECK(test::first_difference(one, two) == "");
        experiment.run(two, {"--threads", "1", "--force"});
        CHECK(test::first_difference(one, two) == "");
    }
}

TEST_CASE("the same bits whatever instructions the processor has") {
    const std::vector<std::string> falling = {"learning.batches=60", "record.every=10",
                                              "populations.v1.kind=slca_falling"};
    for (const auto& set : {kSpiking, falling, kLearned}) {
        const Experiment experiment(set);
        const std::string widest = experiment.output("widest.h5");
        experiment.run(widest, {});
        for (const std::string level : {"none", "avx2"}) {
            CAPTURE(level);
            test::Surroundings surroundings;
            surroundings.environment = {"STRIATE_SIMD=" + level};
            const std::string output = experiment.output(level + ".h5");
            const Finished done = test::striate(experiment.args(output, {}), surroundings);
            REQUIRE_MESSAGE(done.exit_code == 0, done.err);
            CHECK(test::first_difference(widest, output) == "");
        }
    }
}

TEST_CASE("a run killed at any moments and resumed gives the bits of an unbroken one") {
    std::uint64_t seed = 0;
    for (const auto& set : {kSpiking, kCarryOver, kAnalog, kLearned}) {
        CAPTURE(seed);
        const Experiment experiment(set);
        const std::string whole = experiment.output("whole.h5"), broken = experiment.output("broken.h5");
        const double duration = experiment.run(whole, {"--threads", "1"});
        run_with_kills(experiment, broken, duration, 5, ++seed);
        CHECK(test::first_difference(whole, broken) == "");
    }
}

TEST_CASE(
    "a network of several populations that is shown frames: the same bits at any number of threads, and "
    "however often it was killed") {
    const Experiment experiment({}, kShown);
    const std::string whole = experiment.output("whole.h5"), two = experiment.output("two.h5");
    const double duration = experiment.run(whole, {"--threads", "1"});
    experiment.run(two, {"--threads", "2"});
    CHECK(test::first_difference(whole, two) == "");
    for (const char* population : {"lgn", "v1", "v2", "shared", "on_off", "pooling", "complex"}) {
        CAPTURE(population);  // one that is silent would hide what is wrong with it
        CHECK(
            sim::io::File::open(whole).read<double>(fmt::format("/spikes/{}/timestamps", population)).size() >
            10);
    }
    const sim::io::File run = sim::io::File::open(whole);  // by_admm has codes without spikes
    CHECK(std::ranges::min(run.read<float>("/presentations/by_admm/active/value")) < -0.01F);
    CHECK(run.read<double>("/spikes/by_admm/timestamps").empty());
    CHECK(run.read<double>("/network/pooling/lambda") != std::vector<double>(12, 0.01));  // without a rule
    const auto energy = run.read<double>("/learning/by_admm/held_out/energy");
    CHECK(energy.back() < 0.95 * energy.front());
    for (const double gap : run.read<double>("/learning/by_admm/held_out/relative_gap")) CHECK(gap < 0.01);
    for (const std::uint64_t seed : {1, 2}) {
        const std::string broken = experiment.output(fmt::format("broken_{}.h5", seed));
        run_with_kills(experiment, broken, duration, 3, seed);
        CHECK(test::first_difference(whole, broken) == "");
    }
}

TEST_CASE("a circuit of all kinds killed at any moments and resumed gives the bits of an unbroken one") {
    const Experiment circuit({}, circuit_of_all_kinds());
    const std::string whole = circuit.output("whole.h5"), broken = circuit.output("broken.h5");
    const double duration = circuit.run(whole, {});
    {
        const sim::io::File file = sim::io::File::open(whole);
        for (const std::string& kind : sim::Registry<sim::Population>::instance().names()) {
            CAPTURE(kind);  // one that is silent would hide what is wrong with it
            CHECK(file.read<double>("/spikes/" + kind + "/timestamps").size() > 10);
        }
    }
    const int n_kills = test::number_from_environment("STRIATE_KILLS", 8);
    run_with_kills(circuit, broken, duration, n_kills, 5);
    CHECK(test::first_difference(whole, broken) == "");
}

TEST_CASE(
    "lone neurons and what flows into them, killed at any moments and resumed: the bits of an unbroken run") {
    // No weights change with spikes: neurons live through windows by themselves, and one-to-one sources are streams.
    const Experiment circuit({}, R"(
duration: 6 s
checkpoint: {every: 0.01 s}
populations:
  cells: {kind: lif_delta, size: 300}
  own: {kind: poisson, size: 300, poisson: {rate: 3.5 kHz}}
  few: {kind: spike_list, size: 300, spike_list: {times: [3 ms, 3 ms, 900 ms, 4000.5 ms]}}
projections:
  drive: {from: own, to: cells, connect: {kind: one_to_one}, weight: 0.45 mV, delay: 1.5 ms}
  kick: {from: few, to: cells, connect: {kind: one_to_one}, weight: 3 mV, delay: 2.7 ms}
  within: {from: cells, to: cells, connect: {kind: fixed_indegree, fixed_indegree: {K: 20}}, weight: -0.3 mV, delay: 1.2 ms, delay_std: 0.3 ms}
record: {spikes: [cells, few]}
)");
    const std::string whole = circuit.output("whole.h5"), broken = circuit.output("broken.h5");
    const double duration = circuit.run(whole, {});
    CHECK(sim::io::File::open(whole).read<double>("/spikes/cells/timestamps").size() > 1000);
    run_with_kills(circuit, broken, duration, 4, 6);
    CHECK(test::first_difference(whole, broken) == "");
}

TEST_CASE("a circuit in parts: the same bits at any number of threads, and however often it was killed") {
    const Experiment circuit({}, circuit_of_all_kinds(true));
    const std::string whole = circuit.output("whole.h5");
    const double duration = circuit.run(whole, {"--threads", "1"});
    for (const char* threads : {"2", "3", "8"}) {
        const std::string other = circuit.output(fmt::format("{}.h5", threads));
        circuit.run(other, {"--threads", threads});
        CHECK(test::first_difference(whole, other) == "");
    }
    const std::string broken = circuit.output("broken.h5");
    run_with_kills(circuit, broken, duration, test::number_from_environment("STRIATE_KILLS", 4), 6);
    CHECK(test::first_difference(whole, broken) == "");
}

TEST_CASE("an interrupted circuit writes a checkpoint, says so, and gives the same bits when resumed") {
    // Without a single other checkpoint: it is stopped between any two events, and parts within their windows.
    for (const bool in_parts : {false, true}) {
        const Experiment circuit({"checkpoint.every=1e6 s", "duration=2 s", "record.state={}"},
                                 circuit_of_all_kinds(in_parts));
        const std::string whole = circuit.output("whole.h5"), broken = circuit.output("broken.h5");
        const double duration = circuit.run(whole, {});
        for (const int signal : {SIGINT, SIGTERM}) {
            test::Striate process(circuit.args(broken, signal == SIGINT ? Args{} : Args{"--resume"}));
            while (!contains(process.err_so_far(), " spikes ")) REQUIRE_FALSE(process.wait_for(0.2));
            process.wait_for(0.2 * duration);
            process.send(signal);
            const Finished done = process.wait();
            CAPTURE(done.err);
            REQUIRE(done.exit_code == 130);
            CHECK(done.out == "");
            CHECK(contains(done.err, "striate: interrupted at "));
            CHECK(contains(done.err, " of 2000 ms; --resume goes on from there"));
            CHECK(circuit.dir.names() ==
                  std::vector<std::string>{"broken.h5.partial", "tiny.yaml", "whole.h5"});
        }
        circuit.run(broken, {"--resume"});
        CHECK(test::first_difference(whole, broken) == "");
        CHECK(circuit.dir.names() == std::vector<std::string>{"broken.h5", "tiny.yaml", "whole.h5"});
    }
}

TEST_CASE("an interrupted run writes a checkpoint, says so, and gives the same bits when resumed") {
    const Experiment experiment(kSpiking);
    const std::string whole = experiment.output("whole.h5"), broken = experiment.output("broken.h5");
    experiment.run(whole, {});
    for (const int signal : {SIGINT, SIGTERM}) {
        const Args more = signal == SIGINT ? Args{} : Args{"--resume"};
        test::Striate process(experiment.args(broken, more));
        while (!contains(process.err_so_far(), " spikes")) REQUIRE_FALSE(process.wait_for(0.2));
        process.send(signal);
        const Finished done = process.wait();
        CAPTURE(done.err);
        REQUIRE(done.exit_code == 130);
        CHECK(done.out == "");
        CHECK(contains(done.err, "striate: interrupted after "));
        CHECK(contains(done.err, "--resume"));
        CHECK(fs::exists(broken + ".partial"));
        CHECK_FALSE(fs::exists(broken));
    }
    experiment.run(broken, {"--resume"});
    CHECK(test::first_difference(whole, broken) == "");
    CHECK(experiment.dir.names() == std::vector<std::string>{"broken.h5", "tiny.yaml", "whole.h5"});
}

TEST_CASE("two processes do not write one run; others may read it") {
    const Experiment experiment({"learning.batches=1000000", "record.every=0"});
    const std::string output = experiment.output("run.h5");
    test::Striate writer(experiment.args(output, {"--quiet"}));
    while (!fs::exists(output + ".partial")) REQUIRE_FALSE(writer.wait_for(1.0));
    for (const char* way : {"--resume", "--force"}) {
        test::Striate process(experiment.args(output, {way, "--quiet"}));
        const Finished second = process.wait();  // without the lock it would write until it is killed
        CHECK(second.exit_code == 3);
        CHECK(second.err == "striate: " + output + ": another process is writing it\n");
    }
    const Finished report = test::striate({"report", output + ".partial", "-o", experiment.output("report")});
    CHECK_MESSAGE(report.exit_code == 0, report.err);
    CHECK_FALSE(writer.wait_for(0.0));  // and goes on undisturbed
    writer.send(SIGINT);
    CHECK(writer.wait().exit_code == 130);
}
