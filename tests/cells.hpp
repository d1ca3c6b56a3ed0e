// Populations of a circuit as tests drive them: what arrives when, and what comes out.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/population.hpp"
#include "sim/projection.hpp"

namespace test {

/// For populations that a test writes: one neuron that nothing of it is to be asked.
class Stub : public sim::Population {
  public:
    std::size_t size() const override { return 1; }
    std::optional<sim::Spike> next_spike(sim::Time) override { return std::nullopt; }
    void fire(const sim::Spike&) override {}
    void advance(sim::Time) override {}
    using Population::start;
    void start(std::uint64_t) override {}
    using sim::Population::receive;
    void receive(std::uint32_t, double, sim::Time) override {}
    void set_current(std::uint32_t, double, sim::Time) override {}
    void state(sim::State&) override {}
};

inline std::shared_ptr<sim::Synapses> synapses(const std::vector<std::vector<sim::Synapse>>& of) {
    return std::make_shared<sim::Synapses>(of);
}

/// A population of some kind. keys: the inside of its block, "tau_m: 20 ms, t_ref: 0 ms".
inline std::unique_ptr<sim::Population> make_cells(const std::string& kind, const std::string& keys = "",
                                                   std::size_t n = 1, std::uint64_t seed = 1) {
    const auto p = sim::Params::parse(kind + ": {" + keys + "}", "test.yaml");
    auto cells = sim::Registry<sim::Population>::instance().make(kind, p, {n, seed, 0});
    p.check_all_read();
    return cells;
}

/// A spike that reaches a neuron, or its injected current as it becomes.
struct Input {
    sim::Time t;
    double value;
    std::uint32_t neuron = 0;
    enum Kind { spike, current } kind = spike;
};

/// Lets all happen before t_end, as sim::Simulation does. inputs: by time
inline std::vector<sim::Spike> drive(sim::Population& cells, const std::vector<Input>& inputs,
                                     sim::Time t_end) {
    std::vector<sim::Spike> spikes;
    const auto fire_before = [&](sim::Time t) {
        while (const auto spike = cells.next_spike(t)) {
            cells.fire(*spike);
            spikes.push_back(*spike);
        }
    };
    for (const Input& input : inputs) {
        if (input.t >= t_end) break;
        fire_before(input.t);
        if (input.kind == Input::spike)
            cells.receive(input.neuron, input.value, input.t);
        else
            cells.set_current(input.neuron, input.value, input.t);
    }
    fire_before(t_end);
    cells.advance(t_end);
    return spikes;
}

inline std::vector<sim::Time> times(const std::vector<sim::Spike>& spikes) {
    std::vector<sim::Time> result;
    for (const sim::Spike& spike : spikes) result.push_back(spike.t);
    return result;
}

}  // namespace test
