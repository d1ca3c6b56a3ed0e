// `striate run` and `striate validate` of circuits, as a user meets them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

/// Neurons on a sheet with Poisson input, plastic among themselves, with all recorded that can be.
constexpr const char* kCircuit = R"(seed: 3
duration: 200 ms
populations:
  cells:
    kind: lif_delta
    sheet: {rows: 4, cols: 5, boundary: periodic}
    lif_delta: {V_th: {normal: {mean: -55 mV, std: 0.5 mV}}}
  input:
    kind: poisson
    size: 20
    poisson: {rate: 800 Hz}
projections:
  drive:
    from: input
    to: cells
    connect: {kind: one_to_one}
    weight: 2 mV
    weight_std: 0.5 mV
    delay: 1 ms
    delay_std: 0.3 ms
  local:
    from: cells
    to: cells
    connect: {kind: distance_dependent, distance_dependent: {sigma: 1.5}}
    weight: 1 mV
    delay: 0.5 ms
    delay_per_distance: 0.2 ms
    plasticity: {kind: stdp_pair, w_max: 2 mV, stdp_pair: {A_plus: 0.05}}
currents:
  step: {to: cells, neurons: [0, 7], times: [50 ms, 100 ms], amplitudes: [300 pA, 0 pA]}
record:
  spikes: [cells, input]
  weights: [drive, local]
  rate_bin: 20 ms
  state:
    V: {population: cells, variable: V_m, neurons: [0, 3], every: 0.5 ms}
)";

class Desk {
  public:
    explicit Desk(const std::string& text = kCircuit) : config(dir.write("circuit.yaml", text)) {}

    Args args(const std::string& output, const Args& more = {}) const {
        Args all{"run", config, "-o", dir.file(output), "--quiet"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Finished run(const std::string& output, const Args& more = {}) const {
        Finished done = test::striate(args(output, more));
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        return done;
    }
    /// The config with one line replaced is refused, by run and by validate, and nothing is written.
    void refused(const std::string& key, const std::string& line, int exit_code,
                 const std::vector<std::string>& words) const {
        dir.write("circuit.yaml", test::with_line(kCircuit, key, line));
        for (const Args& command : {args("refused.h5"), Args{"validate", config}}) {
            const Finished done = test::striate(command);
            CAPTURE(done.err);
            CHECK(done.exit_code == exit_code);
            CHECK(done.out == "");
            for (const std::string& word : words) CHECK_MESSAGE(contains(done.err, word), word);
        }
        for (const std::string& name : dir.names()) CHECK_FALSE(contains(name, "refused"));
    }

    TempDir dir;
    std::string config;
};

std::vector<double> read(const Desk& desk, const std::string& file, const std::string& dataset) {
    return sim::io::File::open(desk.dir.file(file)).read<double>(dataset);
}

}  // namespace

TEST_CASE("two cells: spikes and potentials are those of the closed form") {
    const TempDir dir;
    const std::string path = dir.file("two.h5");
    REQUIRE(test::striate({"run", STRIATE_SOURCE_DIR "/configs/two_cells.yaml", "-o", path, "--quiet"})
                .exit_code == 0);
    const sim::io::File file = sim::io::File::open(path);
    // 500 pA lift V_m from -70 mV towards -50 mV: 10 ln 4 ms to threshold, 2 ms refractory, and again. The
    // current ends at 50 ms; from the last reset on V_m decays, and two spikes of 9 mV reach it at 71 and 72
    // ms.
    const double rise = 10.0 * std::log(4.0), first = 10.0 + rise, second = first + 2.0 + rise;
    const auto spikes = file.read<double>("/spikes/first/timestamps");
    REQUIRE(spikes.size() == 3);
    CHECK(spikes[0] == doctest::Approx(first).epsilon(1e-12));
    CHECK(spikes[1] == doctest::Approx(second).epsilon(1e-12));
    CHECK(spikes[2] == 72.0);
    CHECK(file.read<double>("/spikes/input/timestamps") == std::vector<double>{70.0, 71.0});
    CHECK(file.read<double>("/spikes/second/timestamps").empty());

    const auto V_first = file.read<double>("/report/V_first/data"),
               V = file.read<double>("/report/V_second/data");
    REQUIRE(V.size() == 1000);
    for (std::size_t k = 0; k < 1000; ++k) {
        const double t = 0.1 * static_cast<double>(k);
        double expected = -70.0;
        for (const double spike : spikes)
            if (spike + 1.5 < t - 1e-9) expected += 8.0 * std::exp(-(t - spike - 1.5) / 10.0);
        CAPTURE(t);
        CHECK(V[k] == doctest::Approx(expected).epsilon(1e-6));  // stored in single precision
        if (t < first)
            CHECK(
                V_first[k] ==
                doctest::Approx(t < 10.0 ? -70.0 : -50.0 - 20.0 * std::exp((10.0 - t) / 10.0)).epsilon(1e-6));
    }
}

TEST_CASE("the same config gives the same bits, and another seed others") {
    const Desk desk;
    desk.run("one.h5");
    desk.run("two.h5");
    CHECK(test::first_difference(desk.dir.file("one.h5"), desk.dir.file("two.h5")) == "");
    desk.run("three.h5", {"--set", "seed=4"});
    CHECK(test::first_difference(desk.dir.file("one.h5"), desk.dir.file("three.h5")) != "");
    CHECK(read(desk, "one.h5", "/spikes/cells/timestamps").size() > 50);
}

TEST_CASE("recording leaves every spike and every weight as it was") {
    const Desk desk;
    desk.run("all.h5");
    desk.run("little.h5", {"--set", "record={weights: local}"});
    for (const char* dataset :
         {"/spikes/cells/timestamps", "/spikes/input/timestamps", "/projections/local/cells/weight"})
        CHECK(read(desk, "all.h5", dataset) == read(desk, "little.h5", dataset));
    const sim::io::File little = sim::io::File::open(desk.dir.file("little.h5"));
    CHECK_FALSE(little.exists("/report"));
    CHECK_FALSE(little.exists("/rates"));
}

TEST_CASE("what is recorded fits together") {
    const Desk desk;
    desk.run("one.h5");
    const auto t = read(desk, "one.h5", "/spikes/cells/timestamps");
    const auto rate = read(desk, "one.h5", "/rates/cells/rate");
    REQUIRE(rate.size() == 10);
    std::vector<double> counted(10);
    for (const double when : t) counted[static_cast<std::size_t>(when / 20.0)] += 1.0 / (20 * 0.02);
    for (std::size_t k = 0; k < 10; ++k) CHECK(rate[k] == doctest::Approx(counted[k]));

    const auto weight = read(desk, "one.h5", "/projections/local/cells/weight");
    CHECK(*std::min_element(weight.begin(), weight.end()) >= 0.0);
    CHECK(*std::max_element(weight.begin(), weight.end()) <= 2.0);
    CHECK(std::count(weight.begin(), weight.end(), 1.0) <
          static_cast<long>(weight.size()));  // some have learned
    const auto delay = read(desk, "one.h5", "/projections/local/cells/delay");
    CHECK(*std::min_element(delay.begin(), delay.end()) == doctest::Approx(0.7));  // next neighbours
    const auto drive = read(desk, "one.h5", "/projections/drive/cells/weight");
    CHECK(std::set<double>(drive.begin(), drive.end()).size() == 20);
    CHECK(*std::min_element(drive.begin(), drive.end()) > 0.0);
    const auto V = read(desk, "one.h5", "/report/V/data");
    CHECK(V.size() == 2 * 400);
    CHECK(V[0] == -70.0);
}

TEST_CASE("recorded synapses can be those of another circuit") {
    const Desk desk;
    desk.run("one.h5");
    const std::string drive =
        "projections.drive={from: input, to: cells, connect: {kind: from_file, from_file: "
        "{file: " +
        desk.dir.file("one.h5") + ", group: /projections/drive/cells}}}";
    desk.run("two.h5", {"--set", drive});
    for (const char* dataset :
         {"/spikes/cells/timestamps", "/projections/local/cells/weight", "/projections/drive/cells/delay"})
        CHECK(read(desk, "one.h5", dataset) == read(desk, "two.h5", dataset));
}

TEST_CASE(
    "a circuit that is killed before its first checkpoint leaves no file of its name, and starts again") {
    const Desk desk;
    desk.run("whole.h5");
    Args args = desk.args("broken.h5", {"--set", "duration=1000 s"});
    std::erase(args, "--quiet");
    test::Striate process(args);
    while (!contains(process.err_so_far(), " spikes ")) REQUIRE_FALSE(process.wait_for(1.0));
    process.send(SIGKILL);
    CHECK(process.wait().exit_code == 128 + SIGKILL);
    CHECK_FALSE(fs::exists(desk.dir.file("broken.h5")));
    CHECK_FALSE(fs::exists(desk.dir.file("broken.h5.partial")));
    desk.run("broken.h5", {"--resume"});
    CHECK(test::first_difference(desk.dir.file("whole.h5"), desk.dir.file("broken.h5")) == "");
    CHECK(desk.dir.names() == std::vector<std::string>{"broken.h5", "circuit.yaml", "whole.h5"});
}

TEST_CASE("an interrupted circuit is gone on with under the same config and data alone, or started over") {
    const Desk desk;
    desk.run("synapses.h5");
    const Args from_file{"--set", "duration=1000 s", "--set",
                         "projections.drive={from: input, to: cells, connect: {kind: from_file, from_file: "
                         "{file: " +
                             desk.dir.file("synapses.h5") + ", group: /projections/drive/cells}}}"};
    const auto with = [&](const Args& more) {
        Args args = from_file;
        args.insert(args.end(), more.begin(), more.end());
        return desk.args("broken.h5", args);
    };
    {
        Args args = with({});
        std::erase(args, "--quiet");
        test::Striate process(args);
        while (!contains(process.err_so_far(), " spikes ")) REQUIRE_FALSE(process.wait_for(1.0));
        process.send(SIGINT);
        CHECK(process.wait().exit_code == 130);
    }
    const auto refused = [&](const Args& more, int exit_code, const std::string& words) {
        const Finished done = test::striate(with(more));
        CHECK(done.exit_code == exit_code);
        CHECK_MESSAGE(contains(done.err, words), done.err);
        CHECK(fs::exists(desk.dir.file("broken.h5.partial")));
        CHECK_FALSE(fs::exists(desk.dir.file("broken.h5")));
    };
    refused({}, 3, "an unfinished run; --resume goes on with it, --force starts over");
    refused({"--resume", "--set", "seed=4"}, 2, "the run was started with another config");
    desk.run("synapses.h5", {"--force", "--set", "seed=5"});
    refused({"--resume"}, 2, "the run was started with other data: ");
    desk.run("broken.h5", {"--force"});
    CHECK_FALSE(fs::exists(desk.dir.file("broken.h5.partial")));
    const Finished again = test::striate(desk.args("broken.h5", {"--resume"}));
    CHECK(again.exit_code == 3);
    CHECK_MESSAGE(contains(again.err, "found a finished run"), again.err);
}

TEST_CASE("an output that exists is overwritten with --force alone") {
    const Desk desk;
    desk.dir.write("out.h5", "precious");
    const Finished done = test::striate(desk.args("out.h5"));
    CHECK(done.exit_code == 3);
    CHECK(contains(done.err, "out.h5: exists; --force overwrites it"));
    CHECK(test::read_file(desk.dir.file("out.h5")) == "precious");
    desk.run("out.h5", {"--force"});
    CHECK(read(desk, "out.h5", "/spikes/cells/timestamps").size() > 50);
}

TEST_CASE("the summary counts what the file holds, as text and as JSON") {
    const Desk desk;
    const Finished text = desk.run("one.h5");
    CHECK(contains(text.out, "20 lif_delta: "));
    CHECK(contains(text.out, "CV of intervals"));
    const auto json = nlohmann::json::parse(desk.run("two.h5", {"--json"}).out);
    const std::size_t n = read(desk, "one.h5", "/spikes/cells/timestamps").size();
    CHECK(json.at("populations").at("cells").at("spikes") == n);
    CHECK(json.at("populations").at("cells").at("rate_Hz").get<double>() ==
          doctest::Approx(static_cast<double>(n) / (20 * 0.2)));
    CHECK(json.at("populations").at("input").at("cv").get<double>() == doctest::Approx(1.0).epsilon(0.1));
    CHECK(json.at("synapses") == read(desk, "one.h5", "/projections/local/cells/weight").size() + 20);
}

TEST_CASE("a circuit printed with all defaults in is the same circuit") {
    const Desk desk;
    const Finished once = test::striate({"validate", desk.config});
    REQUIRE_MESSAGE(once.exit_code == 0, once.err);
    const Finished twice = test::striate({"validate", desk.dir.write("resolved.yaml", once.out)});
    CHECK_MESSAGE(twice.out == once.out, twice.err);
    desk.run("one.h5");
    const Desk again(once.out);
    again.run("one.h5");
    CHECK(test::first_difference(desk.dir.file("one.h5"), again.dir.file("one.h5")) == "");
}

// ---- what is refused

TEST_CASE("what makes no sense in a circuit is refused, with its line") {
    const Desk desk;
    const auto set = [&](const std::string& key_value, int exit_code, const std::vector<std::string>& words) {
        for (const Args& command : {desk.args("refused.h5"), Args{"validate", desk.config}}) {
            Args args = command;
            args.insert(args.end(), {"--set", key_value});
            const Finished done = test::striate(args);
            CAPTURE(key_value);
            CAPTURE(done.err);
            CHECK(done.exit_code == exit_code);
            for (const std::string& word : words) CHECK_MESSAGE(contains(done.err, word), word);
        }
        CHECK_FALSE(fs::exists(desk.dir.file("refused.h5")));
        CHECK_FALSE(fs::exists(desk.dir.file("refused.h5.finishing")));
    };
    set("projections.drive.from=inptu", 2,
        {"projections.drive.from: must be one of the populations cells, input"});
    set("projections.drive.to=[cells, nobody]", 2, {"projections.drive.to: must be one of", "\"nobody\""});
    set("projections.drive.to=input", 2,
        {"projections.drive.to: must be a population of neurons that have inputs"});
    set("projections.drive.weight=2 pA", 2,
        {"projections.drive.weight: must be a quantity in mV", "\"2 pA\""});
    set("projections.drive.weight_std=3 mV", 2, {"projections.drive.weight_std: must be at most the mean"});
    set("projections.drive.delay=0 ms", 2, {"projections.drive.delay: must be > 0, got \"0 ms\""});
    set("projections.drive.delay=-1 ms", 2, {"projections.drive.delay: must be > 0"});
    set("projections.drive.connect.kind=one_to_many", 2, {"projections.drive.connect.kind: must be one of"});
    set("projections.drive.connect={kind: fixed_indegree, fixed_indegree: {K: 21}}", 2,
        {"K: must be at most 20"});
    set("projections.drive.connect.kind=distance_dependent", 2,
        {"projections.drive.connect.distance_dependent"});
    set("projections.drive.connect={kind: from_file, from_file: {file: absent.h5}}", 3, {"absent.h5"});
    set("projections.local.plasticity.w_min=3 mV", 2,
        {"projections.local.plasticity.w_min: must be less than w_max"});
    set("projections.local.weight=3 mV", 2, {"projections.local.weight: must be between"});
    set("projections.local.plasticity.stdp_pair.A_plux=1", 2, {"A_plux", "did you mean \"A_plus\"?"});
    set("populations.cells.size=21", 2, {"populations.cells.size: must be rows x cols of the sheet, 20"});
    set("populations.input.size=0", 2, {"populations.input.size: must be > 0"});
    set("populations.input.kind=poison", 2, {"did you mean \"poisson\"?"});
    set("populations=3", 2, {"populations: must be a block of keys"});
    set("populations={}", 2, {"populations: must be at least one population"});
    set("record.spikes=[cells, cells]", 2, {"record.spikes: must be each name once"});
    set("record.state.V.variable=V", 2, {"record.state.V.variable: must be one of V_m, got \"V\""});
    set("record.state.V.population=input", 2,
        {"record.state.V.variable: must be a variable; this kind has none"});
    set("record.state.V.neurons=[20]", 2, {"record.state.V.neurons: must be whole numbers below 20"});
    set("record.state.V.stop=201 ms", 2, {"record.state.V.stop: must be at most the duration"});
    set("record.weights=[nobody]", 2, {"record.weights: must be some of the projections drive, local"});
    set("currents.step.amplitudes=[1 pA]", 2,
        {"currents.step.amplitudes: must be as many as times, 2, got 1"});
    set("currents.step.amplitudes=[1 mV, 2 mV]", 2,
        {"currents.step.amplitudes: must be a list of quantities in pA"});
    set("currents.step.times=[2 ms, 1 ms]", 2, {"currents.step.times: must be in increasing order"});
    set("currents.again={to: cells, neurons: [7]}", 2,
        {"currents.again.neurons: must be neurons that no other"});
    set("currents.step.to=input", 2, {"currents.step.amplitudes: must be a list of quantities in Hz"});
    set("duration=0 ms", 2, {"duration: must be > 0"});
    set("durations=1 s", 2, {"did you mean \"duration\"?"});
    set("learning.batches=3", 2, {"learning"});
    desk.refused("rate_bin", "  rate_bin: 20", 2,
                 {"circuit.yaml:34: record.rate_bin: must be a quantity in ms"});
    desk.refused("weight_std", "    weight_std: 0.5 ms", 2,
                 {"circuit.yaml:18: projections.drive.weight_std: "});
}

TEST_CASE("a circuit that is shown nothing is named as such where a trained network is asked for") {
    const Desk desk;
    desk.run("one.h5");
    const Finished done = test::striate({"analyze", desk.dir.file("one.h5")});
    CHECK(done.exit_code == 3);
    CHECK(contains(done.err, "must be a run that is shown frames, is a circuit"));
}
