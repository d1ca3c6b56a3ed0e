// A network in parts against the same network in one simulation, which knows nothing of parts.
#include "sim/parts.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/circuit_build.hpp"

namespace {

using sim::Spike;

/// Ties everywhere: lists that fire together, weights and delays that are alike. Chance, plastic synapses, currents,
/// delays that differ, neurons whose equations have no closed form, a population that cannot be cut, projections
/// that stay within parts.
constexpr const char* kConfig = R"(
duration: 60 ms
populations:
  many: {kind: poisson, size: 8000, poisson: {rate: 2 Hz}}
  list: {kind: spike_list, size: 9, spike_list: {times: [1 ms, 5 ms, 5.5 ms, 30 ms]}}
  some: {kind: spike_list, size: 9, spike_list: {times: [2 ms, 2 ms, 7 ms, 7 ms], neurons: [0, 8, 4, 3]}}
  a: {kind: lif_delta, size: 13, lif_delta: {t_ref: 1 ms}}
  b: {kind: izhikevich, size: 7, izhikevich: {I_e: 10 pA}}
  c: {kind: spike_by_spike, size: 4, spike_by_spike: {eps_F: 1e-2, eps_Omega: 1e-2}}
  d: {kind: lif_delta, size: 9}
projections:
  many_a: {from: many, to: a, weight: 1 mV, connect: {kind: fixed_indegree, fixed_indegree: {K: 400}}, delay: 1.2 ms, delay_std: 0.1 ms}
  many_b: {from: many, to: b, weight: 1 mV, connect: {kind: fixed_indegree, fixed_indegree: {K: 400}}, delay: 1 ms}
  list_a: {from: list, to: [a, b], weight: 0.7 mV, delay: 1 ms}
  some_a: {from: some, to: [a, b], weight: 0.3 mV, delay: 1 ms}
  own: {from: a, to: a, weight: 0.5 mV, delay: 4 ms, delay_std: 0.5 ms, plasticity: {w_max: 2 mV}}
  pairs: {from: list, to: d, weight: 16 mV, delay: 0.01 ms, connect: {kind: one_to_one}}
  back: {from: c, to: a, weight: 1 mV, delay: 1 ms}
  on: {from: b, to: d, weight: 0.1 mV, delay: 3 ms}
currents:
  into_a: {to: a, neurons: [0, 5, 12], times: [3 ms, 20 ms], amplitudes: [500 pA, 0 pA]}
)";

sim::RunSettings settings(const std::string& config) {
    return sim::RunSettings(sim::Params::parse(config, "parts.yaml"));
}

struct Outcome {
    std::vector<Spike> spikes;    // by (time, population, neuron)
    std::vector<double> weights;  // of the plastic projection, by (source, target)
    std::size_t n_arrivals = 0;
};

std::vector<double> weights_of(const std::vector<const sim::Projection*>& of_parts) {
    std::vector<double> weights;
    for (std::uint32_t source = 0; source < of_parts.front()->n_sources(); ++source) {
        std::vector<sim::Synapse> synapses;
        for (const sim::Projection* part : of_parts) {
            const auto here = part->synapses(source);
            synapses.insert(synapses.end(), here.begin(), here.end());
        }
        std::ranges::sort(synapses, {}, &sim::Synapse::delay);  // drawn: no two are alike
        for (const sim::Synapse& synapse : synapses) weights.push_back(synapse.weight);
    }
    return weights;
}

constexpr std::size_t kPlastic = 6;  // list_a and some_a are two each

Outcome as_a_whole(const sim::RunSettings& circuit) {
    sim::Simulation simulation;
    for (const auto& one : circuit.populations) simulation.add(one.make(circuit.seed), one.name);
    sim::join(circuit, sim::make_synapses(circuit), simulation);
    simulation.run_until(circuit.duration);
    simulation.settle_weights();
    return {simulation.spikes(), weights_of({&simulation.projections()[kPlastic]}), simulation.n_arrivals()};
}

/// In steps; after each its state goes over to another network made anew.
Outcome in_parts(const std::string& config, std::size_t n_parts, int steps) {
    auto circuit = settings(config);
    const sim::Time duration = circuit.duration;
    std::vector<std::vector<Spike>> told;
    const auto tell = [&](std::size_t part, std::span<const Spike> spikes) {
        told[part].insert(told[part].end(), spikes.begin(), spikes.end());
    };
    auto parts = sim::build(circuit, tell);
    CHECK(parts->size() == n_parts);
    told.resize(parts->size());
    Outcome outcome;
    for (int k = 1; k <= steps; ++k) {
        parts->run_before(duration * k / steps, duration);
        const auto spikes = sim::merged(told);
        outcome.spikes.insert(outcome.spikes.end(), spikes.begin(), spikes.end());
        sim::State saved;
        parts->state(saved);
        auto anew = settings(config);
        auto others = sim::build(anew, tell);
        sim::State back(saved.saved());
        others->state(back);
        back.check_empty();
        parts = std::move(others);
    }
    parts->run_to_end(duration);
    std::vector<const sim::Projection*> plastic;
    for (std::size_t k = 0; k < parts->size(); ++k) {
        (*parts)[k].settle_weights();
        plastic.push_back(&(*parts)[k].projections()[kPlastic]);
        outcome.n_arrivals += (*parts)[k].n_arrivals();
    }
    outcome.weights = weights_of(plastic);
    return outcome;
}

void check_same(const Outcome& x, const Outcome& y) {
    REQUIRE(x.spikes.size() == y.spikes.size());
    for (std::size_t k = 0; k < x.spikes.size(); ++k) {
        CHECK(x.spikes[k].t == y.spikes[k].t);
        CHECK(x.spikes[k].population == y.spikes[k].population);
        CHECK(x.spikes[k].neuron == y.spikes[k].neuron);
    }
    CHECK(x.weights == y.weights);
    CHECK(x.n_arrivals == y.n_arrivals);
}

}  // namespace

TEST_CASE("a network in parts does to the bit what it does in one simulation") {
    const Outcome whole = as_a_whole(settings(kConfig));
    std::vector<int> n_spikes(7, 0);
    for (const Spike& spike : whole.spikes) ++n_spikes[spike.population];
    for (const int n : n_spikes) CHECK(n > 3);  // one that is silent would hide what is wrong with it
    CHECK(std::ranges::count(whole.weights, 0.5) < 20);
    check_same(whole, in_parts(kConfig, 4, 1));
    check_same(whole, in_parts(kConfig, 4, 7));
}

TEST_CASE("a network is one part where it is small, or its delays are too short for windows") {
    std::string config = kConfig;
    config.replace(config.find("8000"), 4, "500 ");
    check_same(as_a_whole(settings(config)), in_parts(config, 1, 3));
    config = kConfig;
    config.replace(config.find("weight: 0.1 mV, delay: 3 ms"), 27, "weight: 0.1 mV, delay: 9 us");
    check_same(as_a_whole(settings(config)), in_parts(config, 1, 3));
}

TEST_CASE("neurons are cut evenly, and found again") {
    const std::vector<sim::Cuts::Size> sizes{{9000, true}, {5, false}, {3, true}, {7, false}};
    const sim::Cuts cuts(sizes);
    REQUIRE(cuts.n_parts() == 4);
    for (std::size_t p = 0; p < sizes.size(); ++p) {
        std::size_t n = 0;
        for (std::size_t part = 0; part < cuts.n_parts(); ++part) {
            n += cuts.size(p, part);
            for (std::uint32_t i = cuts.first(p, part); i < cuts.first(p, part + 1); ++i)
                CHECK(cuts.part_of(p, i) == part);
            if (!sizes[p].can_be_cut) CHECK((cuts.size(p, part) == 0 || cuts.size(p, part) == sizes[p].n));
        }
        CHECK(n == sizes[p].n);
    }
    CHECK(cuts.size(0, 2) == 2250);
    CHECK(sim::Cuts::none(sizes).n_parts() == 1);
}
