// Lone neurons that live through windows by themselves against the same neurons event by event: a population that is not
// made of lone neurons, and does nothing, makes a simulation take the events one after the other.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "sim/circuit_build.hpp"
#include "sim/error.hpp"
#include "tests/cells.hpp"

namespace {

/// Every kind that has lone neurons. Ties: lists that fire together, delays that are alike, currents that step when spikes
/// arrive, several projections to one neuron.
constexpr const char* kConfig = R"(
duration: 80 ms
populations:
  noise: {kind: poisson, size: 300, poisson: {rate: 60 Hz}}
  own: {kind: poisson, size: 5, poisson: {rate: 3 kHz}}
  list: {kind: spike_list, size: 9, spike_list: {times: [1 ms, 5 ms, 5 ms, 5.5 ms, 30 ms]}}
  also: {kind: poisson, size: 5, poisson: {rate: 2 kHz}}
  few: {kind: spike_list, size: 4, spike_list: {times: [1 ms, 5 ms, 5.5 ms, 5.5 ms]}}
  some: {kind: spike_list, size: 9, spike_list: {times: [2 ms, 2 ms, 7 ms, 7 ms], neurons: [0, 8, 4, 3]}}
  delta: {kind: lif_delta, size: 5, lif_delta: {t_ref: 1 ms}}
  psc: {kind: iaf_psc_exp, size: 4}
  alpha: {kind: iaf_psc_alpha, size: 3, iaf_psc_alpha: {I_e: 380 pA}}
  cond: {kind: lif_cond_exp, size: 3, lif_cond_exp: {I_e: 300 pA}}
  simple: {kind: izhikevich, size: 4, izhikevich: {I_e: 10 pA}}
  adaptive: {kind: adex, size: 3, adex: {I_e: 700 pA}}
  squid: {kind: hh, size: 2, hh: {I_e: 800 pA}}
  leaky: {kind: iaf_psc_exp, size: 5, iaf_psc_exp: {I_e: 600 pA}}
projections:
  noise_delta: {from: noise, to: delta, weight: 1 mV, connect: {kind: fixed_indegree, fixed_indegree: {K: 60}}, delay: 1.2 ms, delay_std: 0.08 ms}
  noise_psc: {from: noise, to: [psc, alpha], weight: 300 pA, connect: {kind: fixed_indegree, fixed_indegree: {K: 60}}, delay: 1 ms}
  own_delta: {from: own, to: delta, weight: 0.2 mV, connect: {kind: one_to_one}, delay: 1 ms}
  own_leaky: {from: own, to: leaky, weight: 1 pA, connect: {kind: one_to_one}, delay: 1 ms}
  also_delta: {from: also, to: delta, weight: 0.1 mV, connect: {kind: one_to_one}, delay: 2.3 ms}
  few_simple: {from: few, to: simple, weight: 0.4 mV, connect: {kind: one_to_one}, delay: 1 ms}
  few_psc: {from: few, to: psc, weight: 90 pA, connect: {kind: one_to_one}, delay: 1.7 ms}
  list_delta: {from: list, to: [delta, simple], weight: 0.7 mV, delay: 1 ms}
  some_delta: {from: some, to: [delta, simple], weight: 0.3 mV, delay: 1 ms}
  within: {from: delta, to: delta, weight: 0.5 mV, delay: 4 ms, delay_std: 0.5 ms}
  away: {from: delta, to: psc, weight: -200 pA, delay: 1 ms}
  on: {from: simple, to: cond, weight: 3 nS, delay: 1 ms}
  further: {from: cond, to: adaptive, weight: -2 nS, delay: 1.5 ms}
  last: {from: adaptive, to: squid, weight: 40 pA, delay: 2 ms}
currents:
  into_delta: {to: delta, neurons: [0, 2, 4], times: [2 ms, 20 ms], amplitudes: [500 pA, 0 pA]}
  into_squid: {to: squid, neurons: [1], times: [10 ms, 40 ms], amplitudes: [100 pA, 0 pA]}
)";

/// Lone neurons of a kind that says nothing of how they live: they count what reaches them, and fire at three.
class Counting : public test::Stub {
  public:
    explicit Counting(bool is_lone) : is_lone_(is_lone) {}
    bool has_lone_neurons() const override { return is_lone_; }
    std::size_t size() const override { return 2; }
    std::optional<sim::Spike> next_spike(sim::Time t_end) override {
        for (std::uint32_t i = 0; i < 2; ++i)
            if (count_[i] >= 3.0 && t_[i] < t_end) return sim::Spike{t_[i], 0, i};
        return std::nullopt;
    }
    void fire(const sim::Spike& spike) override { count_[spike.neuron] = 0.0; }
    using sim::Population::receive;
    void receive(std::uint32_t neuron, double weight, sim::Time t) override {
        count_[neuron] += weight;
        t_[neuron] = t;
    }

  private:
    bool is_lone_;
    std::array<double, 2> count_{};
    std::array<sim::Time, 2> t_{};
};

struct Outcome {
    std::vector<sim::Spike> spikes;
    std::vector<double> seen;  // variables at many times, some of them those of spikes
    std::size_t n_arrivals = 0;
};

/// stops: until where it is run, in turn. is_event_by_event: with a population that is not of lone neurons
Outcome run(bool is_event_by_event, const std::vector<double>& stops, bool is_watched) {
    const sim::RunSettings circuit(sim::Params::parse(kConfig, "lone.yaml"));
    sim::Simulation simulation;
    for (const auto& one : circuit.populations) simulation.add(one.make(circuit.seed), one.name);
    if (is_event_by_event) simulation.add(std::make_unique<test::Stub>());
    sim::join(circuit, sim::make_synapses(circuit), simulation);
    Outcome outcome;
    std::vector<sim::Time> times;
    for (int k = 0; k < 160 && is_watched; ++k) times.push_back(0.5 * k);
    simulation.watch(times, [&](sim::Time t) {
        for (std::uint32_t p = 6; p < circuit.populations.size(); ++p)
            outcome.seen.push_back(simulation.population(p).value(0, 0, t));
    });
    for (const double t : stops) simulation.run_before(t, circuit.duration, circuit.duration);
    simulation.run_until(circuit.duration);
    outcome.spikes = simulation.spikes();
    outcome.n_arrivals = simulation.n_arrivals();
    return outcome;
}

void check_same(const Outcome& x, const Outcome& y) {
    REQUIRE(x.spikes.size() == y.spikes.size());
    for (std::size_t k = 0; k < x.spikes.size(); ++k) {
        CAPTURE(k);
        CAPTURE(x.spikes[k].t);
        CAPTURE(x.spikes[k].population);
        REQUIRE(x.spikes[k].t == y.spikes[k].t);
        REQUIRE(x.spikes[k].population == y.spikes[k].population);
        REQUIRE(x.spikes[k].neuron == y.spikes[k].neuron);
    }
    CHECK(x.n_arrivals == y.n_arrivals);
}

}  // namespace

TEST_CASE("neurons that live through windows by themselves do to the bit what they do event by event") {
    const Outcome events = run(true, {}, true);
    std::vector<int> n_spikes(14, 0);
    for (const sim::Spike& spike : events.spikes) ++n_spikes[spike.population];
    CAPTURE(fmt::format("{}", fmt::join(n_spikes, " ")));
    for (const int n : n_spikes) CHECK(n > 1);  // one that is silent would hide what is wrong with it
    CHECK(events.seen.size() == 160 * 8);
    for (const bool is_watched : {true, false}) {
        CAPTURE(is_watched);
        const Outcome windows = run(false, {}, is_watched),
                      stopped = run(false, {0.3, 5.0, 5.5, 41.7}, is_watched);
        check_same(events, windows);
        check_same(events, stopped);
        if (!is_watched) continue;
        CHECK(events.seen == windows.seen);
        CHECK(events.seen == stopped.seen);
    }
}

TEST_CASE("what is on its way between two windows is saved, and given back") {
    const sim::RunSettings circuit(sim::Params::parse(kConfig, "lone.yaml"));
    const auto synapses = sim::make_synapses(circuit);
    const auto make = [&](sim::Simulation& simulation) {
        for (const auto& one : circuit.populations) simulation.add(one.make(circuit.seed), one.name);
        sim::join(circuit, synapses, simulation);
    };
    sim::Simulation whole, first, second;
    for (sim::Simulation* one : {&whole, &first, &second}) make(*one);
    whole.run_until(circuit.duration);
    first.run_before(5.25, circuit.duration, circuit.duration);
    sim::State saved;
    first.state(saved);
    sim::State given(saved.saved());
    second.state(given);
    given.check_empty();
    second.run_until(circuit.duration);
    Outcome parts{first.spikes(), {}, second.n_arrivals()};
    parts.spikes.insert(parts.spikes.end(), second.spikes().begin(), second.spikes().end());
    check_same({whole.spikes(), {}, whole.n_arrivals()}, parts);
}

TEST_CASE("spikes that are taken by neuron are those that are taken in order") {
    const sim::RunSettings circuit(sim::Params::parse(kConfig, "lone.yaml"));
    sim::Simulation simulation;
    for (const auto& one : circuit.populations) simulation.add(one.make(circuit.seed), one.name);
    sim::join(circuit, sim::make_synapses(circuit), simulation);
    for (std::uint32_t p = 0; p < circuit.populations.size(); ++p) simulation.take_by_neuron(p);
    simulation.run_until(circuit.duration);
    Outcome taken{simulation.spikes(), {}, simulation.n_arrivals()};
    std::vector<sim::Time> last(1000, 0.0);
    for (const sim::Spike& spike : taken.spikes) {
        if (spike.population != 1) continue;  // whose neurons have streams
        CHECK(spike.t >= last[spike.neuron]);
        last[spike.neuron] = spike.t;
    }
    CHECK_FALSE(std::is_sorted(taken.spikes.begin(), taken.spikes.end()));
    std::sort(taken.spikes.begin(), taken.spikes.end());
    check_same(run(true, {}, false), taken);
}

TEST_CASE("neurons of a kind that does not say how they live do what they do event by event") {
    const auto spikes = [](bool is_lone) {
        sim::Simulation simulation;
        simulation.add(test::make_cells("poisson", "rate: 2 kHz", 2));
        simulation.add<sim::Population>(std::make_unique<Counting>(is_lone));
        simulation.connect(
            sim::Projection(0, 1, simulation.population(1),
                            test::synapses({{{0, 1.0, 0.7}}, {{1, 1.0, 0.7}, {0, 0.5, 0.9}}})));
        simulation.run_until(50.0);
        return simulation.spikes();
    };
    const auto alone = spikes(true), events = spikes(false);
    REQUIRE(std::ranges::count(events, 1U, &sim::Spike::population) > 20);
    REQUIRE(alone.size() == events.size());
    for (std::size_t k = 0; k < alone.size(); ++k)
        CHECK((alone[k].t == events[k].t && alone[k].population == events[k].population &&
               alone[k].neuron == events[k].neuron));
}

TEST_CASE("neurons that live by themselves say what is wrong with them") {
    const auto message = [](const std::string& kind, const std::string& keys, double weight,
                            bool is_event_by_event) {
        sim::Simulation simulation;
        simulation.add(test::make_cells("spike_list", "times: [1 ms]"));
        simulation.add(test::make_cells(kind, keys), "cells");
        if (is_event_by_event) simulation.add(std::make_unique<test::Stub>());
        simulation.connect(
            sim::Projection(0, 1, simulation.population(1), test::synapses({{{0, weight, 1.0}}})));
        try {
            simulation.run_until(100.0);
        } catch (const sim::NumericsError& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    for (const char* kind : {"lif_delta", "iaf_psc_exp", "izhikevich", "adex"})
        for (const double weight : {1e308 * 10.0, -1e308 * 10.0}) {
            CAPTURE(kind);
            CHECK(message(kind, "", weight, false) == message(kind, "", weight, true));
            CHECK(message(kind, "", weight, false).find("population cells: ") == 0);
        }
    // Each spike is over before the next begins.
    const char* const endless = "V_reset: -55.000000000001 mV, t_ref: 0 ms, I_e: 1e9 pA";
    CHECK(message("lif_delta", endless, 1.0, false) == message("lif_delta", endless, 1.0, true));
    CHECK(message("lif_delta", endless, 1.0, false).find("its drive is too strong") != std::string::npos);
}
