// The first Ctrl-C or SIGTERM ends every command, whatever it is at, and leaves nothing half written; a
// second one is not needed.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::Striate;

/// A second [s of processor time, on all cores].
const double kSoon = std::max(1U, std::thread::hardware_concurrency());

/// The command does what would take hours, is told to stop once it has said `said`, and does.
Finished stopped(const Args& args, const fs::path& folder, const std::string& said, int signal = SIGTERM) {
    Striate process(args, {.working_dir = folder});
    CAPTURE(args[0]);
    while (!contains(process.err_so_far(), said)) {
        const bool has_ended = process.wait_for(1.0);
        if (has_ended) FAIL(process.wait().err);
    }
    process.ends_within(0.2);  // so that it is at it
    process.send(signal);
    REQUIRE(process.ends_within(kSoon));
    const Finished done = process.wait();
    CHECK(done.exit_code == 130);
    CHECK(done.out == "");
    CHECK(contains(done.err, "striate: interrupted"));
    return done;
}

const char* const kCircuit =
    "duration: 1000000 s\n"
    "populations:\n"
    "  input: {kind: poisson, size: 10, poisson: {rate: 1000 Hz}}\n"
    "  cells: {kind: lif_delta, size: 100}\n"
    "projections: {p: {from: input, to: cells, weight: 1 mV, delay: 1 ms}}\n";

}  // namespace

TEST_CASE("a run stops within one presentation, however long it is") {
    for (const char* kind : {"slca", "lca", "lif_lca"})  // not sailnet: it makes as many steps of any T
        for (const char* held : {"false", "true"}) {
            const bool is_slca = std::string(kind) == "slca";
            if (!is_slca && held == std::string("true")) continue;
            CAPTURE(kind);
            const test::TempDir dir;
            Args args{"run", dir.write("tiny.yaml", test::tiny_config()), "-o", dir.file("out.h5")};
            // What cannot be stepped through is refused at once: nearly as many steps as may be.
            const std::string T = kind == std::string("lif_lca") ? "9e6 ms" : "1e9 ms";
            for (const std::string& set : {"presentation.T=" + T, std::string("presentation.T0=1 ms")})
                args.insert(args.end(), {"--set", set});
            args.insert(args.end(), {"--set", std::string("populations.v1.kind=") + kind});
            if (is_slca) args.insert(args.end(), {"--set", std::string("populations.v1.slca.floor=") + held});
            stopped(args, dir.path(), "stimulus:");
            CHECK(dir.names() == std::vector<std::string>{"tiny.yaml"});
        }
}

TEST_CASE("a circuit stops, also while it is built") {
    const test::TempDir dir;
    const std::string config = dir.write("circuit.yaml", kCircuit);
    const Finished run = stopped({"run", config, "-o", dir.file("out.h5")}, dir.path(), " of 1e+09 ms");
    CHECK(contains(run.err, "--resume goes on from there"));
    CHECK(dir.names() == std::vector<std::string>{"circuit.yaml", "out.h5.partial"});
    fs::remove(dir.file("out.h5.partial"));
    stopped({"run", config, "-o", dir.file("out.h5"), "--set", "populations.cells.size=1000000", "--set",
             "populations.input.size=1000000", "--set",
             "projections.p.connect={kind: fixed_probability, fixed_probability: {p: 1e-9}}"},
            dir.path(), "");
    CHECK(dir.names() == std::vector<std::string>{"circuit.yaml"});
}

TEST_CASE("a run stops within one presentation, by spikes and by ADMM") {
    for (const std::string kind : {"admm", "slca"}) {
        CAPTURE(kind);
        const test::TempDir dir;
        const std::string config =
            dir.write("kernels.yaml",
                      "frame: {height: 24 px, width: 24 px}\nstimulus: {kind: dead_leaves}\n"
                      "presentation: {T: 1e9 ms}\npopulations:\n  v1:\n    kind: " +
                          kind +
                          "\n    kernels: {size: 8, log_gabor: {orientations: 4}}\n"
                          "    admm: {iterations: 1000000000}\n    slca: {q: 0.01 tau}\n"
                          "learning: {batch_size: 1, held_out: 1, least_energy: false}\n");
        stopped({"run", config, "-o", dir.file("out.h5"), "--quiet"}, dir.path(), "");
        CHECK_FALSE(fs::exists(dir.file("out.h5")));
    }
}

TEST_CASE("the laboratory stops: analyze, encode, bench") {
    const test::TempDir dir;
    const std::string &run = test::example().run, out = dir.file("out.h5");
    const std::string set = "presentation.T=1e9 ms";
    stopped({"analyze", run, "-o", out, "--set", set}, dir.path(), "testing ");
    CHECK_FALSE(fs::exists(out));
    stopped({"encode", run, "-o", out, "--training", "10", "--held-out", "10", "--set", set}, dir.path(), "");
    stopped({"bench", "spike"}, dir.path(), "");
    const std::vector<std::string> names = dir.names();
    CHECK(std::all_of(names.begin(), names.end(),
                      [](const std::string& name) { return name.ends_with(".partial"); }));
}

TEST_CASE("short commands end too, done or stopped") {
    const test::TempDir dir;
    for (const Args& args :
         {Args{"compare", test::example().analysis}, Args{"report", test::example().run, "-o", "report"},
          Args{"validate", test::example().config}, Args{"models", "--markdown"}}) {
        CAPTURE(args[0]);
        Striate process(args, {.working_dir = dir.path()});
        process.wait_for(5.0);
        process.send(SIGINT);
        REQUIRE(process.ends_within(kSoon));
        const int code = process.wait().exit_code;
        CHECK((code == 0 || code == 130 || code == 128 + SIGINT));  // the last: before main() has begun
    }
}

TEST_CASE("what cannot hear is ended: here it waits for a file that never comes") {
    const test::TempDir dir;
    REQUIRE(::mkfifo(dir.file("endless.yaml").c_str(), 0600) == 0);
    Striate process({"validate", dir.file("endless.yaml")});
    process.wait_for(500.0);
    process.send(SIGTERM);
    REQUIRE(process.ends_within(kSoon));
    const Finished done = process.wait();
    CHECK((done.exit_code == 130 || done.exit_code == 128 + SIGTERM));  // the latter: before main() has begun
}

TEST_CASE("a second signal ends the process at once") {
    const test::TempDir dir;
    REQUIRE(::mkfifo(dir.file("endless.yaml").c_str(), 0600) == 0);
    Striate process({"validate", dir.file("endless.yaml")});
    process.wait_for(500.0);
    process.send(SIGINT);
    process.wait_for(50.0);
    process.send(SIGTERM);
    REQUIRE(process.ends_within(kSoon));
    const int code = process.wait().exit_code;
    CHECK((code == 128 + SIGTERM || code == 128 + SIGINT));
}
