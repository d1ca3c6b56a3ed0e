// Where the spikes of one population of a circuit go in another: synapses with weights and delays.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/cells.hpp"
#include "sim/synapse_rule.hpp"

namespace sim {

/// A synapse of a given source neuron.
struct Synapse {
    std::uint32_t target;
    double weight;
    Time delay;  // > 0
};

class Projection {
  public:
    /// synapses[j]: those of source neuron j. from, to: numbers of the populations in their simulation.
    Projection(std::uint32_t from, std::uint32_t to, Cells& cells,
               const std::vector<std::vector<Synapse>>& synapses);

    std::uint32_t from() const { return from_; }
    std::uint32_t to() const { return to_; }
    std::size_t n_sources() const { return first_.size() - 1; }
    std::size_t n_synapses() const { return synapses_.size(); }

    /// Synapses of a source neuron by (delay, target); those of equal delay arrive together.
    std::span<const Synapse> synapses(std::uint32_t source) const {
        return {synapses_.data() + first_[source], first_[source + 1] - first_[source]};
    }

    /// Whether all synapses have the same delay: spikes then arrive in the order they were sent.
    bool has_one_delay() const { return has_one_delay_; }

    /// From here on the weights follow a rule. It is made for n_synapses() synapses.
    void learn(std::unique_ptr<SynapseRule> rule) { rule_ = std::move(rule); }
    bool is_plastic() const { return rule_ != nullptr; }

    /// A spike reaches the target of the k-th synapse of a source neuron.
    void deliver(std::uint32_t source, std::size_t k, Time t);
    /// A target fires. Only for plastic projections.
    void fire(std::uint32_t target, Time t);
    /// Brings all weights up to date.
    void settle();

  private:
    std::uint32_t from_, to_;
    Cells* cells_;
    std::vector<std::size_t> first_;  // shape (sources + 1)
    std::vector<Synapse> synapses_;
    bool has_one_delay_;
    std::unique_ptr<SynapseRule> rule_;
};

}  // namespace sim
