// How the weights of a projection change with the spikes at both ends.
#pragma once
#include <cstdint>

#include "sim/registry.hpp"
#include "sim/state.hpp"
#include "sim/time.hpp"

namespace sim {

/// Told of what happens in the order it happens: at equal times arrivals come before the spikes of the
/// targets. A weight may be brought up to date late, when it is next used: it must not depend on when that
/// is.
class SynapseRule {
  public:
    struct Context {
        std::size_t synapses, targets;
        double w_min, w_max;  // weights stay within [weight unit of the target]
    };
    virtual ~SynapseRule() = default;

    /// A spike arrives at a synapse. w: weight as this rule last returned it, or at first the initial one.
    /// returns the weight that the spike is felt with
    virtual double arrive(std::size_t synapse, std::uint32_t target, double w, Time t) = 0;
    /// A target neuron fires.
    virtual void fire(std::uint32_t target, Time t) = 0;
    /// The weight after all that has happened so far.
    virtual double settle(std::size_t synapse, std::uint32_t target, double w) = 0;

    /// Spikes kept because some weight has not yet felt them.
    virtual std::size_t n_kept() const = 0;
    /// Every synapse is settled: what was kept for them may go.
    virtual void forget() = 0;

    /// All that it remembers: saved and given back, it goes on with the same bits.
    virtual void state(State& s) = 0;
};

template <class Component>
using RegisterSynapseRule = Register<SynapseRule, Component>;

}  // namespace sim
