// Every number that the run of a circuit prints or writes, of spikes at given times, by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/circuit_run.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

using doctest::Approx;
using Values = std::vector<double>;

// Intervals: neuron 0 of `a` 1, 2, 6 ms; neuron 1 has two spikes, too few for a CV.
constexpr const char* kConfig = R"(
duration: 11 ms
populations:
  a:
    kind: spike_list
    size: 2
    spike_list: {times: [1 ms, 2 ms, 4 ms, 10 ms, 3 ms, 9.5 ms], neurons: [0, 0, 0, 0, 1, 1]}
  regular: {kind: spike_list, size: 3, spike_list: {times: [2 ms, 4 ms, 6 ms, 8 ms]}}
  silent: {kind: spike_list, size: 4, spike_list: {times: []}}
  target: {kind: lif_delta, size: 5, lif_delta: {tau_m: 10 ms, C_m: 250 pF, V_th: 1000 mV, V_reset: -70 mV}}
projections:
  p: {from: a, to: target, weight: 1 mV, delay: 2 ms}
record: {spikes: [a], rate_bin: 4 ms}
)";

sim::CircuitSummary run(const test::TempDir& dir, const std::vector<std::string>& set = {}) {
    return sim::run(sim::RunSettings(sim::Params::parse(kConfig, "x.yaml", set)),
                    {.output = dir.file("out.h5"), .force = true});
}

}  // namespace

TEST_CASE("spikes, rates, variation of intervals, synapses and events of a circuit, by hand") {
    const test::TempDir dir;
    const auto summary = run(dir);
    REQUIRE(summary.populations.size() == 4);
    const auto &a = summary.populations[0], &regular = summary.populations[1];
    CHECK(summary.duration == 11.0);
    CHECK(a.size == 2);
    CHECK(a.spikes == 6);
    CHECK(a.rate == Approx(6.0 / (2 * 0.011)));
    // of 1, 2, 6: mean 3, sample variance (4 + 1 + 9) / 2 = 7, or 14/3 with n for n - 1
    CHECK(a.cv == Approx(std::sqrt(14.0 / 3.0) / 3.0));
    CHECK(regular.spikes == 12);
    CHECK(regular.rate == Approx(12.0 / (3 * 0.011)));
    CHECK(regular.cv == Approx(0.0));
    CHECK(summary.populations[2].rate == 0.0);
    CHECK(std::isnan(summary.populations[2].cv));
    CHECK(summary.synapses == 10);
    // 6 + 12 spikes; 4 of `a` come at each of 5 neurons before the end, those of 9.5 and 10 ms would come later
    CHECK(summary.events == 18 + 20);
    CHECK(summary.build_s > 0.0);
    CHECK(summary.simulation_s > 0.0);
}

TEST_CASE("a circuit's rates count each spike in its bin; the last bin is divided by its own width") {
    const test::TempDir dir;
    run(dir);
    const sim::io::File file = sim::io::open_striate_file(dir.file("out.h5"), "network");
    // Bins [0, 4), [4, 8), [8, 11): 3, 1, 2 spikes of `a`
    const auto a = file.read<double>("/rates/a/rate"), regular = file.read<double>("/rates/regular/rate");
    REQUIRE(a.size() == 3);
    CHECK(a[0] == Approx(3.0 / (2 * 0.004)));
    CHECK(a[1] == Approx(1.0 / (2 * 0.004)));
    CHECK(a[2] == Approx(2.0 / (2 * 0.003)));
    CHECK(regular[0] == Approx(1.0 / 0.004));
    CHECK(regular[1] == Approx(2.0 / 0.004));
    CHECK(regular[2] == Approx(1.0 / 0.003));
    CHECK(file.read<double>("/rates/silent/rate") == Values(3, 0.0));
    CHECK(file.read_attribute<double>("/rates/a/rate", "bin_width") == 4.0);
}

TEST_CASE("a bin that divides the duration leaves no last bin of rounding") {
    const test::TempDir dir;
    run(dir, {"duration=12 ms", "record.rate_bin=0.1 ms"});
    const sim::io::File file = sim::io::open_striate_file(dir.file("out.h5"), "network");
    CHECK(file.read<double>("/rates/a/rate").size() == 120);
}
