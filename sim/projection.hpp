// Where the spikes of one population go in another: synapses with weights and delays.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/population.hpp"
#include "sim/synapse_rule.hpp"

namespace sim {

/// The synapses of a projection, by source neuron. Lanes share those whose weights stay.
struct Synapses {
    Synapses() = default;
    /// of[j]: those of source neuron j, in any order.
    explicit Synapses(const std::vector<std::vector<Synapse>>& of);

    std::vector<std::size_t> first{0};  // shape (sources + 1)
    std::vector<Synapse> all;           // of each source by (delay, target)
    bool have_one_delay = true;
    /// kNever if there is no synapse.
    Time least_delay() const;
    /// Whether they bring each target the spikes of one source, later targets those of later sources, all after the
    /// same delay: as one-to-one connections do.
    bool are_streams() const;
};

class Projection {
  public:
    /// from, to: numbers of the populations in their simulation; target: that of `to`.
    Projection(std::uint32_t from, std::uint32_t to, Population& target, std::shared_ptr<Synapses> synapses);

    std::uint32_t from() const { return from_; }
    std::uint32_t to() const { return to_; }
    std::size_t n_sources() const { return synapses_->first.size() - 1; }
    std::size_t n_synapses() const { return synapses_->all.size(); }

    /// Synapses of a source neuron by (delay, target); those of equal delay arrive together.
    std::span<const Synapse> synapses(std::uint32_t source) const {
        const std::size_t first = synapses_->first[source];
        return {synapses_->all.data() + first, synapses_->first[source + 1] - first};
    }
    Time least_delay() const { return synapses_->least_delay(); }
    /// Whether all synapses have the same delay: spikes then arrive in the order they were sent.
    bool has_one_delay() const { return synapses_->have_one_delay; }
    bool brings_streams() const { return synapses_->are_streams(); }

    /// From here on the weights, its own, follow a rule. It is made for n_synapses() synapses.
    void learn(std::unique_ptr<SynapseRule> rule);
    bool is_plastic() const { return rule_ != nullptr; }

    /// A spike reaches the targets of synapses `first` to end - 1 of a source neuron. amount: Spike::amount
    void deliver(std::uint32_t source, std::size_t first, std::size_t end, Time t, double amount = 1.0);
    /// A target fires. Only for plastic projections.
    void fire(std::uint32_t target, Time t);
    /// Brings all weights up to date.
    void settle();

    /// What changes while it runs: weights that are learned.
    void state(State& s);

  private:
    std::uint32_t from_, to_;
    Population* target_;
    std::shared_ptr<Synapses> synapses_;
    std::unique_ptr<SynapseRule> rule_;
};

}  // namespace sim
