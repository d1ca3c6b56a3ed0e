// The report of a circuit and of a network that is shown frames, from small runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "analysis/config_text.hpp"
#include "analysis/recorded_network.hpp"
#include "analysis/recorded_run.hpp"
#include "analysis/report.hpp"
#include "sim/circuit_run.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/learning.hpp"
#include "sim/run_settings.hpp"
#include "tests/support.hpp"

namespace {

using sim::Params;
using test::contains;

bool have_gnuplot() {
    const bool have = std::system("command -v gnuplot > /dev/null 2>&1") == 0;  // NOLINT: a test
    if (!have) MESSAGE("gnuplot is not installed: the report is not tested");
    return have;
}

/// z before a: the order of the config is not that of names.
constexpr const char* kShown = R"(
frame: {height: 6 px, width: 6 px}
stimulus: {kind: dead_leaves}
presentation: {T: 60 ms, T0: 20 ms}
learning: {batches: 3, batch_size: 4, held_out: 6}
populations:
  z1: {kind: slca, lambda: 0.03, sheet: {rows: 4, cols: 4}, plasticity: {residual_hebbian: {eta: 0.1}}}
  a2:
    kind: slca
    lambda: 0.03
    sheet: {rows: 2, cols: 3}
    sees: {kind: population, population: {from: z1, weight: 0.1, delay: 1 ms}}
    plasticity: {residual_hebbian: {eta: 0.2}}
  steady: {kind: poisson, size: 3, poisson: {rate: 200 Hz}}
record:
  state: {u: {population: z1, variable: u, neurons: [5, 2], every: 2 ms}}
)";

constexpr const char* kCircuit = R"(
duration: 3 s
populations:
  cells: {kind: lif_delta, size: 4, lif_delta: {E_L: -70 mV, V_th: -55 mV, V_reset: -70 mV, tau_m: 20 ms}}
  input: {kind: poisson, size: 4, poisson: {rate: 300 Hz}}
projections:
  drive: {from: input, to: cells, weight: 3 mV, weight_std: 1 mV, delay: 1 ms}
record:
  spikes: [cells, input]
  weights: [drive]
  rate_bin: 10 ms
  state: {V: {population: cells, variable: V_m, neurons: [1], every: 5 ms, stop: 2500 ms}}
)";

std::string shown_run(const test::TempDir& dir) {
    sim::learn(sim::RunSettings(Params::parse(kShown, "shown.yaml")), {.output = dir.file("shown.h5")});
    return dir.file("shown.h5");
}

std::string circuit_run(const test::TempDir& dir, const Params::Overrides& set = {}) {
    sim::run(sim::RunSettings(Params::parse(kCircuit, "circuit.yaml", set)),
             {.output = dir.file("circuit.h5")});
    return dir.file("circuit.h5");
}

std::vector<double> read(const std::string& path, const std::string& dataset) {
    return sim::io::File::open(path).read<double>(dataset);
}

/// Times in [start, stop).
std::vector<double> within(const std::vector<double>& times, double start, double stop) {
    std::vector<double> some;
    for (const double t : times)
        if (t >= start && t < stop) some.push_back(t);
    return some;
}

std::string page_of(const test::TempDir& dir, const std::string& path) {
    const auto input = analysis::report_input(path);
    analysis::write_report(std::span(&input, 1), dir.file("report"), std::nullopt);
    return test::read_file(dir.file("report/index.html"));
}

void check_figures(const test::TempDir& dir, const std::string& html,
                   const std::vector<std::string>& figures) {
    for (const std::string& name : figures) {
        CAPTURE(name);
        CHECK(contains(html, "<figure id=\"" + name + "\">"));
        for (const char* ending : {".svg", ".png", ".gp"})
            CHECK(test::fs::file_size(dir.file("report/figures/" + name + ending)) > 0);
    }
}

}  // namespace

TEST_CASE("keys of a resolved config are found by their place, whatever the depth") {
    const std::string config =
        "T: 1\nsheet:\n    rows: 2\npopulations:\n    v1:\n        sheet:\n            rows: 3\n    v2:\n    "
        "    T: 4 ms\n";
    CHECK(analysis::number_in(config, "sheet.rows") == 2.0);
    CHECK(analysis::number_in(config, "populations.v1.sheet.rows") == 3.0);
    CHECK(analysis::number_in(config, "populations.v2.T") == 4.0);
    CHECK(std::isnan(analysis::number_in(config, "populations.v2.sheet.rows")));
    CHECK(analysis::names_in(config, "populations") == std::vector<std::string>{"v1", "v2"});
}

TEST_CASE(
    "of a network the last presentation with spikes is read: spikes, states, counts of all presentations") {
    const test::TempDir dir;
    const std::string path = shown_run(dir);
    const auto network = analysis::read_network(path);
    REQUIRE(network.populations.size() == 3);
    CHECK(network.populations[0].name == "z1");
    CHECK(network.populations[1].name == "a2");
    CHECK(network.populations[2].name == "steady");
    REQUIRE(network.number == std::vector<double>{12, 13, 14, 15, 16, 17});
    CHECK(network.presentation == 17);
    CHECK(network.window.start == 17 * 60.0);
    for (const auto& one : network.populations) {
        CAPTURE(one.name);
        const auto times = read(path, "/spikes/" + one.name + "/timestamps");
        CHECK(one.n_spikes == times.size());
        CHECK(one.time == within(times, 17 * 60.0, 18 * 60.0));
        REQUIRE(one.per_presentation.size() == 6);
        for (std::size_t k = 0; k < 6; ++k) {
            const double start = static_cast<double>(12 + k) * 60.0;
            CHECK(one.per_presentation[k] == static_cast<double>(within(times, start, start + 60.0).size()));
        }
    }
    REQUIRE(network.states.size() == 1);
    const auto& state = network.states[0];
    CHECK(state.neuron == std::vector<std::uint64_t>{5, 2});
    CHECK(state.first == 17 * 60.0);
    REQUIRE(state.n_times() == 30);
    const auto data = read(path, "/report/u/data");
    CHECK(static_cast<double>(state.data[3]) == data[(5 * 30 + 1) * 2 + 1]);  // the sixth recorded

    const auto first = analysis::read_run(path, "z1"), second = analysis::read_run(path, "a2");
    CHECK(first.sees_of == "");
    CHECK(second.sees_of == "z1");
    CHECK(second.height == 4);
    CHECK(second.learning.energy == read(path, "/learning/a2/energy"));
    CHECK(second.learning.held_out.batch == std::vector<double>{0, 3});
    REQUIRE(first.presentation);
    CHECK(first.presentation->time.size() == network.populations[0].time.size());
    CHECK(first.presentation->energy == read(path, "/presentations/z1/energy").at(5));
}

TEST_CASE("of a circuit the last second is read, less where there are many spikes") {
    const test::TempDir dir;
    const std::string path = circuit_run(dir);
    const auto network = analysis::read_network(path);
    CHECK(network.window.start == 2000.0);
    CHECK(network.window.stop == 3000.0);
    CHECK(network.populations[1].time == within(read(path, "/spikes/input/timestamps"), 2000.0, 3000.0));
    CHECK(network.populations[0].rate == read(path, "/rates/cells/rate"));
    CHECK(network.rate_bin == 10.0);
    REQUIRE(network.states.size() == 1);
    CHECK(network.states[0].first == 2000.0);  // and its record ends before the window does
    CHECK(network.states[0].n_times() == 100);
    REQUIRE(network.weights.size() == 1);
    CHECK(network.weights[0].from == "input");
    CHECK(network.weights[0].unit == "mV");
    CHECK(network.weights[0].weight.size() == 16);

    const test::TempDir busy;
    const auto many = analysis::read_network(circuit_run(busy, {"populations.input.poisson.rate=20 kHz"}));
    CHECK(many.window.start == 2900.0);  // 80 spikes a ms: 200 ms would have more than 12000
}

TEST_CASE("the page of a network shows spikes, counts, states, and fields and learning of each population") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    const std::string html = page_of(dir, shown_run(dir));
    check_figures(dir, html,
                  {"raster", "rates", "states", "z1/receptive_fields", "z1/learning", "z1/activity",
                   "a2/receptive_fields", "a2/evolution", "a2/learning"});
    CHECK(contains(html, "<td>steady</td><td><code>poisson</code></td><td>3</td>"));
    CHECK(contains(html, "Spikes per presentation"));
    CHECK(contains(html, "a pixel for each neuron on the sheet of z1, 4 × 4"));
    CHECK_FALSE(contains(html, "<figure id=\"weights\">"));
    CHECK_FALSE(contains(html, "nan"));
}

TEST_CASE("the page of a circuit shows spikes, rates, states and weights") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    const std::string html = page_of(dir, circuit_run(dir));
    check_figures(dir, html, {"raster", "rates", "states", "weights"});
    CHECK(contains(html, "that run for <b>3000 ms</b>"));
    CHECK(contains(html, "from 2000 ms to 3000 ms"));
    CHECK(contains(html, "drive"));
    CHECK_FALSE(contains(html, "receptive_fields"));
    CHECK_FALSE(contains(html, "nan"));
}
