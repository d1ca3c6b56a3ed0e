// Where the spikes of one population of a circuit go in another: synapses with weights and delays.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sim/cells.hpp"

namespace sim {

/// A synapse of a given source neuron.
struct Synapse {
    std::uint32_t target;
    double weight;
    Time delay;  // > 0
};

class Projection {
  public:
    /// synapses[j]: those of source neuron j. from: number of the source population in its simulation.
    Projection(std::uint32_t from, Cells& to, const std::vector<std::vector<Synapse>>& synapses);

    std::uint32_t from() const { return from_; }
    Cells& to() const { return *to_; }

    /// Synapses of a source neuron by (delay, target); those of equal delay arrive together.
    std::span<const Synapse> synapses(std::uint32_t source) const {
        return {synapses_.data() + first_[source], first_[source + 1] - first_[source]};
    }

  private:
    std::uint32_t from_;
    Cells* to_;
    std::vector<std::size_t> first_;  // shape (sources + 1)
    std::vector<Synapse> synapses_;
};

}  // namespace sim
