// Parameters that differ from neuron to neuron.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/per_neuron.hpp"
#include "sim/run_settings.hpp"
#include "tests/cells.hpp"
#include "tests/support.hpp"

namespace {

using doctest::Approx;
using sim::Check;
using sim::Params;
using test::contains;
using test::make_cells;

struct XSettings {
    explicit XSettings(const Params& p)
        : x(p.number("x", "mV", 1.0, Check::positive, "x")),
          y(p.number("y", "ms", 2.0 * x, Check::any, "y")) {
        if (x > 1000.0) p.fail("x", "at most 1 V");
    }
    double x, y;
};

/// x of neurons first to first + n - 1 of n_all, of a block with these keys.
std::vector<double> values(const std::string& keys, std::size_t n, std::uint32_t first = 0,
                           std::size_t n_all = 0, std::uint32_t population = 0, std::uint64_t seed = 1) {
    const Params p = Params::parse("kind: {" + keys + "}", "test.yaml");
    const auto settings =
        sim::NeuronSettings<XSettings>(p.block("kind")).of({n, seed, population, first, n_all});
    p.check_all_read();
    std::vector<double> all;
    for (std::uint32_t i = 0; i < n; ++i) all.push_back(settings[i].x);
    return all;
}

std::string error_of(const std::string& keys, std::size_t n = 3) {
    try {
        values(keys, n);
    } catch (const sim::ConfigError& error) {
        return error.what();
    }
    return "";
}

/// When each neuron of a population fires first; 0: never.
std::vector<double> first_spikes(sim::Population& cells) {
    std::vector<double> first(cells.size(), 0.0);
    for (const sim::Spike& spike : test::drive(cells, {}, 100.0))
        if (first[spike.neuron] == 0.0) first[spike.neuron] = spike.t;
    return first;
}

/// Where lif_delta of tau_m 10 ms rises from 0 to V_th on its way to V_inf.
double time_to(double V_th, double V_inf) { return 10.0 * std::log(V_inf / (V_inf - V_th)); }

constexpr const char* kAtRest = "E_L: 0 mV, V_reset: 0 mV, ";  // V_inf is 0.04 mV a pA of I_e

/// A file with a dataset of thresholds of three neurons, in V.
std::string thresholds(const test::TempDir& dir) {
    const std::string name = dir.file("cells.h5");
    sim::io::File file = sim::io::File::create(name);
    file.write("/V_th", std::vector<double>{0.010, 0.015, 0.020}, {"V", ""});
    file.close();
    return name;
}

}  // namespace

TEST_CASE("a list gives each neuron its own, and whoever has no list the same") {
    const auto cells = make_cells(
        "lif_delta", std::string(kAtRest) + "V_th: [10 mV, 15 mV, 15 mV], I_e: [500 pA, 1 nA, 300 pA]", 3);
    const auto t = first_spikes(*cells);
    CHECK(t[0] == Approx(time_to(10.0, 20.0)).epsilon(1e-13));
    CHECK(t[1] == Approx(time_to(15.0, 40.0)).epsilon(1e-13));
    CHECK(t[2] == 0.0);  // 12 mV is below 15 mV
    // V_init follows E_L of each
    const auto at_rest = make_cells("lif_delta", "E_L: [-70 mV, -65 mV]", 2);
    CHECK(at_rest->value(0, 0, 7.0) == -70.0);
    CHECK(at_rest->value(0, 1, 7.0) == Approx(-65.0).epsilon(1e-14));
}

TEST_CASE("neurons that are integrated step by step have parameters of their own too") {
    // Without a leak to speak of V_m rises by I_e / C_m: 15 mV after 15, 7.5 and 3.75 ms
    const auto t = first_spikes(*make_cells("lif_cond_exp",
                                            "g_L: 1e-9 nS, V_reset: -70 mV, C_m: [250 pF, 250 pF, 125 pF], "
                                            "I_e: [250 pA, 500 pA, 500 pA], tolerance: [1e-10, 1e-9, 1e-10]",
                                            3));
    for (std::size_t k = 0; k < 3; ++k) CHECK(t[k] == Approx(15.0 / std::exp2(k)).epsilon(1e-8));
}

TEST_CASE("a dataset gives each neuron its own, in the unit it says") {
    const test::TempDir dir;
    const std::string block = fmt::format("{{file: {}, dataset: /V_th, unit: V}}", thresholds(dir));
    const auto t =
        first_spikes(*make_cells("lif_delta", fmt::format("{}I_e: 1 nA, V_th: {}", kAtRest, block), 3));
    for (std::size_t k = 0; k < 3; ++k)
        CHECK(t[k] == Approx(time_to(10.0 + 5.0 * static_cast<double>(k), 40.0)).epsilon(1e-13));
    CHECK(values("x: " + block, 1, 1, 3) == std::vector{15.0});
    CHECK_THROWS_AS(values("x: " + block, 4), sim::IoError);  // it is of three
    CHECK(contains(error_of(fmt::format("x: {{file: {}, dataset: /V_th, unit: mV}}", thresholds(dir))),
                   "test.yaml:1: kind.x.unit: must be V, as the dataset's attribute \"units\" says, got mV"));
    CHECK(contains(error_of(fmt::format("x: {{file: {}, dataset: /V_th, unit: ms}}", thresholds(dir))),
                   "kind.x.unit: must be one of mV, V, got \"ms\""));
    CHECK(contains(error_of(fmt::format("x: {{file: {}, dataset: /absent, unit: V}}", thresholds(dir))),
                   "kind.x.dataset: must be the path of a dataset in"));
    CHECK_THROWS_AS(values("x: {file: absent.h5, dataset: /V_th, unit: V}", 3), sim::IoError);
}

TEST_CASE("a file of parameters is one of the files that a config names") {
    const test::TempDir dir;
    thresholds(dir);
    const std::string config = dir.write("a.yaml", "kind: {x: {file: cells.h5, dataset: /V_th, unit: V}}");
    const Params p = Params::load(config);
    sim::NeuronSettings<XSettings>(p.block("kind")).of({3, 1, 0});
    CHECK(p.inputs()->data() == std::vector<std::filesystem::path>{dir.file("cells.h5")});
    CHECK(contains(p.resolved(), dir.file("cells.h5")));  // wherever it is read again
}

TEST_CASE("numbers drawn from a law have its mean and standard deviation") {
    constexpr std::size_t n = 20000;
    struct Case {
        const char* keys;
        double mean, std, kurtosis;
    };
    // of a lognormal number with w = 1 + (std / mean)^2: w^4 + 2 w^3 + 3 w^2 - 3
    const double w = 1.09, of_lognormal = std::pow(w, 4) + 2.0 * std::pow(w, 3) + 3.0 * w * w - 3.0;
    for (const Case& one : {Case{"x: {normal: {mean: 50 mV, std: 4 mV}}", 50.0, 4.0, 3.0},
                            Case{"x: {uniform: {low: 10 mV, high: 22 mV}}", 16.0, std::sqrt(12.0), 1.8},
                            Case{"x: {lognormal: {mean: 10 mV, std: 3 mV}}", 10.0, 3.0, of_lognormal}}) {
        CAPTURE(one.keys);
        const auto x = values(one.keys, n);
        double sum = 0.0, squares = 0.0;
        for (const double each : x) sum += each;
        const double mean = sum / n;
        for (const double each : x) squares += (each - mean) * (each - mean);
        const double std = std::sqrt(squares / (n - 1));
        // four standard errors, of which one is passed by chance in 16 000
        CHECK(std::abs(mean - one.mean) < 4.0 * one.std / std::sqrt(n));
        CHECK(std::abs(std - one.std) < 4.0 * one.std * std::sqrt((one.kurtosis - 1.0) / (4.0 * n)));
    }
    const auto uniform = values("x: {uniform: {low: 10 mV, high: 22 mV}}", n);
    CHECK(std::ranges::all_of(uniform, [](double x) { return x >= 10.0 && x < 22.0; }));
    CHECK(values("x: {normal: {mean: 50 mV, std: 0 mV}}", 2) == std::vector{50.0, 50.0});
    // What is drawn is held to the range of the key, not where it might be drawn.
    CHECK(values("x: {uniform: {low: -1e-6 mV, high: 20 mV}}", 3).size() == 3);
}

TEST_CASE("what is drawn moves the spikes of the neuron it is drawn for") {
    const std::string law = "{normal: {mean: 15 mV, std: 1 mV}}";
    const auto drawn = [&] {
        const Params p = Params::parse("lif_delta: {V_th: " + law + "}", "test.yaml");
        struct Settings {
            explicit Settings(const Params& q) : V_th(q.number("V_th", "mV", 0.0, Check::any, "")) {}
            double V_th;
        };
        const auto all = sim::NeuronSettings<Settings>(p.block("lif_delta")).of({5, 1, 0});
        std::vector<double> values;
        for (std::uint32_t i = 0; i < 5; ++i) values.push_back(all[i].V_th);
        return values;
    }();
    const auto t =
        first_spikes(*make_cells("lif_delta", std::string(kAtRest) + "I_e: 1 nA, V_th: " + law, 5));
    for (std::size_t k = 0; k < 5; ++k) CHECK(t[k] == Approx(time_to(drawn[k], 40.0)).epsilon(1e-12));
    CHECK(drawn[0] != drawn[1]);
}

TEST_CASE("chance is that of seed, population, key and neuron, and no other") {
    const std::string law = "{normal: {mean: 50 mV, std: 4 mV}}", x = "x: " + law;
    const auto all = values(x, 10);
    CHECK(values(x, 4) == std::vector(all.begin(), all.begin() + 4));
    CHECK(values(x, 4, 3, 10) == std::vector(all.begin() + 3, all.begin() + 7));
    CHECK(values(x + ", y: {uniform: {low: 0 ms, high: 1 ms}}", 10) == all);
    CHECK(values(x, 10, 0, 0, 1) != all);
    CHECK(values(x, 10, 0, 0, 0, 2) != all);
    const std::string list = "x: [1 mV, 2 mV, 3 mV, 4 mV, 5 mV]";
    CHECK(values(list, 2, 2, 5) == std::vector{3.0, 4.0});
    struct Both {
        explicit Both(const Params& p)
            : a(p.number("a", "mV", 1.0, Check::any, "")), b(p.number("b", "mV", 1.0, Check::any, "")) {}
        double a, b;
    };
    const Params p = Params::parse(fmt::format("{{a: {}, b: {}}}", law, law), "test.yaml");
    const auto both = sim::NeuronSettings<Both>(p).of({3, 1, 0});
    CHECK(both[0].a != both[0].b);
}

TEST_CASE("poisson: each neuron has its rate, and a current adds to it") {
    const auto cells = make_cells("poisson", "rate: [0 Hz, 50 Hz, 400 Hz]", 3);
    const auto counts = [&](double T) {
        std::vector<double> n(3, 0.0);
        for (const sim::Spike& spike : test::drive(*cells, {}, T)) n[spike.neuron] += 1.0;
        return n;
    };
    const auto n = counts(20000.0);
    CHECK(n[0] == 0.0);
    // five standard deviations
    CHECK(std::abs(n[1] - 1000.0) < 5.0 * std::sqrt(1000.0));
    CHECK(std::abs(n[2] - 8000.0) < 5.0 * std::sqrt(8000.0));
    cells->start(1);
    cells->set_current(0, 100.0, 0.0);
    cells->set_current(2, -400.0, 0.0);
    const auto later = counts(20000.0);
    CHECK(std::abs(later[0] - 2000.0) < 5.0 * std::sqrt(2000.0));
    CHECK(later[2] == 0.0);
}

TEST_CASE("what is wrong with a parameter of some neuron is said with the neuron") {
    CHECK(contains(error_of("x: [1 mV, 2 mV]"),
                   "test.yaml:1: kind.x: must be a list of 3, one for each neuron, got 2"));
    CHECK(contains(error_of("x: [1 mV, 2 mV, 3 ms]"),
                   "kind.x: must be a list of quantities in mV, V, got \"3 ms\" of neuron 2"));
    CHECK(contains(error_of("x: [1 mV, -2 mV, 3 mV]"), "each > 0, got \"-2 mV\" of neuron 1"));
    CHECK(contains(error_of("x: []"), "one for each neuron, got 0"));
    CHECK(contains(error_of("x: {normal: {mean: 1 mV, std: 100 mV}}", 100), "kind.x: must be > 0, got -"));
    CHECK(contains(error_of("x: {normal: {mean: 1 mV, std: 100 mV}}", 100), " mV of neuron "));
    CHECK(contains(error_of("x: [1 mV, 2 mV, 3 V]"), "kind.x: must be at most 1 V, got 3000 mV of neuron 2"));
    CHECK(contains(error_of("x: {gaussian: {mean: 1 mV, std: 1 mV}}"),
                   "kind.x: must be one quantity, a list, a law (normal, uniform, lognormal), or a dataset "
                   "(file, dataset, unit), got \"gaussian\""));
    CHECK(contains(error_of("x: {normal: {mean: 5 mV, sd: 1 mV}}"), "kind.x.normal.std: must be a quantity"));
    CHECK(contains(error_of("x: {normal: {mean: 5 mV, std: 1 mV, n: 1}}"), "must be a known key, got \"n\""));
    CHECK(
        contains(error_of("x: {uniform: {low: 5 mV, high: 1 mV}}"), "kind.x.uniform.high: must be at least"));
    CHECK(
        contains(error_of("x: {lognormal: {mean: -5 mV, std: 1 mV}}"), "kind.x.lognormal.mean: must be > 0"));
    const auto refused = [](const std::string& keys) {
        try {
            make_cells("lif_delta", keys, 3);
        } catch (const sim::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(contains(refused("V_th: [-50 mV, -80 mV, -50 mV]"),
                   "lif_delta.V_reset: must be below V_th, got -70 mV (the default) of neuron 1"));
    CHECK(contains(refused("V_reset: [-70 mV, -70 mV, -20 mV]"),
                   "lif_delta.V_reset: must be below V_th, got -20 mV of neuron 2"));
}

TEST_CASE("parameters of neurons are printed as they were given, and read back to the same") {
    const auto resolved = [](const std::string& keys) {
        const Params p = Params::parse("kind: {" + keys + "}", "test.yaml");
        sim::NeuronSettings<XSettings>(p.block("kind")).of({3, 1, 0});
        p.check_all_read();
        return p.resolved();
    };
    const std::string list = resolved("x: [1 mV, 0.002 V, 3 mV]");
    CHECK(list == "kind:\n    x: [1 mV, 2 mV, 3 mV]\n");  // y, which follows x, is left to follow it
    CHECK(contains(resolved("x: 2 mV"), "y: 4 ms"));
    const std::string law = resolved("x: {normal: {mean: 5 mV, std: 0.5 mV}}, y: 1 ms");
    CHECK(contains(law, "y: 1 ms"));
    CHECK(contains(law, "mean: 5 mV"));
    const Params again = Params::parse(law, "again.yaml");
    sim::NeuronSettings<XSettings>(again.block("kind")).of({3, 1, 0});
    CHECK(again.resolved() == law);
    const Params set =
        Params::parse("kind: {x: 1 mV}", "test.yaml", {"kind.x={uniform: {low: 1 mV, high: 1 mV}}"});
    CHECK(sim::NeuronSettings<XSettings>(set.block("kind")).of({1, 1, 0})[0].x == 1.0);
}

TEST_CASE("kinds whose neurons share their parameters refuse a value for each") {
    constexpr const char* kSheet = R"(
duration: 10 ms
frame: {height: 8 px, width: 8 px}
populations:
  v1: {kind: slca, sheet: {rows: 2, cols: 2}, slca: {tau: [10 ms, 10 ms, 10 ms, 10 ms]}}
)";
    try {
        const sim::RunSettings circuit(Params::parse(kSheet, "test.yaml"));
        FAIL("it is let pass");
    } catch (const sim::ConfigError& error) {
        CHECK_MESSAGE(
            contains(error.what(), "test.yaml:5: populations.v1.slca.tau: must be a quantity in ms"),
            error.what());
    }
    CHECK_THROWS_AS(make_cells("spike_by_spike", "V_th: [1, 1]", 2), sim::ConfigError);
}
