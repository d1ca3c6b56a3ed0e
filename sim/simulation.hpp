// The event loop.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/population.hpp"

namespace sim {

/// Populations that run together on one clock.
class Simulation {
  public:
    /// Adds a population; its spikes carry the number returned.
    std::uint32_t add(std::unique_ptr<Population> population);
    Population& population(std::uint32_t number) { return *populations_[number]; }

    /// A new presentation starts: the clock goes back to zero and the spikes of the last one are forgotten.
    void restart();

    /// Runs all events before t_end, then brings every population there.
    void run_until(Time t_end);

    Time now() const { return now_; }
    /// Spikes since restart(), in the order they happened.
    const std::vector<Spike>& spikes() const { return spikes_; }

  private:
    std::optional<Spike> next_spike(Time t_end);

    std::vector<std::unique_ptr<Population>> populations_;
    std::vector<Spike> spikes_;
    Time now_ = 0.0;
};

}  // namespace sim
