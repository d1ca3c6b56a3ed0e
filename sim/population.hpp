// What a Simulation runs: a population says when its next spike comes and is told of what happens.
#pragma once
#include <optional>

#include "sim/event_queue.hpp"
#include "sim/time.hpp"

namespace sim {

class Population {
  public:
    virtual ~Population() = default;

    /// The next spike before t_end, if nothing else happens; none for an analog population.
    virtual std::optional<Spike> next_spike(Time t_end) = 0;

    /// The spike that next_spike() announced happens: its neuron is reset and all it reaches within the
    /// population feel it.
    virtual void fire(const Spike& spike) = 0;

    /// Spikes in a ms, all neurons together, beyond which it is taken for a population that runs away.
    virtual double most_spikes_per_ms() const { return kNever; }

    /// Brings the population to time t, before which nothing fires any more.
    virtual void advance(Time t) = 0;
};

}  // namespace sim
