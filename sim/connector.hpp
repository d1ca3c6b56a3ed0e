// Which neurons of one population of a circuit reach which of another.
#pragma once
#include <cstdint>
#include <functional>

#include "sim/registry.hpp"
#include "sim/sheet.hpp"
#include "sim/time.hpp"

namespace sim {

/// A pair of neurons that a synapse joins.
struct Contact {
    std::uint32_t source, target;
    double distance = 0.0;  // [sheet units]; of rules that know one
    double factor = 1.0;    // of the projection's weight
    double weight = 0.0;    // of rules that give weights
    Time delay = 0.0;       // and delays
};

class Network;

class Connector {
  public:
    struct Context {
        std::size_t sources, targets;  // neurons
        const Sheet* source_sheet;     // null: the population has none
        const Sheet* target_sheet;
        bool is_recurrent;                      // a population with itself
        std::uint64_t seed;                     // of the run
        std::uint32_t number;                   // of the projection: tells its random streams from others'
        const Network* target_codes = nullptr;  // of a target that codes
        std::size_t twins =
            0;  // OFF neurons behind the sources of a signed code, each at the place of its ON neuron
    };
    virtual ~Connector() = default;

    /// Calls `join` for every contact, in an order that is always the same; side by side with other connectors.
    virtual void connect(const std::function<void(const Contact&)>& join) const = 0;
    /// How many contacts there will be on average, at least about; known before any is made.
    virtual double n_expected() const = 0;
    /// Whether contacts come with weight and delay.
    virtual bool gives_weights() const { return false; }
    /// Whether contacts are those of the target's fields, as they are when they are made.
    virtual bool knows_fields() const { return false; }
};

/// Index of the random stream of a neuron in a projection.
inline std::uint64_t stream_index(std::uint32_t projection, std::size_t neuron) {
    return (std::uint64_t{projection} << 32U) | neuron;
}

template <class Component>
using RegisterConnector = Register<Connector, Component>;

}  // namespace sim
