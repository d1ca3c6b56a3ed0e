// The event loop.
#pragma once
#include <memory>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/population.hpp"
#include "sim/projection.hpp"

namespace sim {

/// Populations that run together on one clock, and the projections between them.
class Simulation {
  public:
    /// Adds a population; its spikes carry its number, counted from 0 in the order of adding.
    template <class P>
    P& add(std::unique_ptr<P> population) {
        P& added = *population;
        populations_.push_back(std::move(population));
        return added;
    }
    /// Spikes of projection.from() reach projection.to(), one of the populations added, after their delays.
    void connect(Projection projection);

    /// A new presentation starts: the clock goes back to zero and the spikes of the last one are forgotten.
    /// Only without projections: spikes on their way would be lost.
    void restart();

    /// Runs all events before t_end, then brings every population there.
    void run_until(Time t_end);

    Time now() const { return now_; }
    /// Spikes since restart(), in the order they happened.
    const std::vector<Spike>& spikes() const { return spikes_; }
    const std::vector<Projection>& projections() const { return projections_; }

  private:
    /// The synapses of a source neuron from `first` on that share a delay: what arrives at time t.
    struct Arrival {
        Time t;
        std::uint32_t projection, source;
        std::size_t first;
        Time sent;
        friend bool operator>(const Arrival& x, const Arrival& y) {
            return std::tie(x.t, x.projection, x.source, x.first) >
                   std::tie(y.t, y.projection, y.source, y.first);
        }
    };
    std::optional<Spike> next_spike(Time t_end);
    void fire(const Spike& spike);
    void send(const Spike& spike);
    void deliver_next();

    std::vector<std::unique_ptr<Population>> populations_;
    std::vector<Projection> projections_;
    std::vector<std::vector<std::uint32_t>> projections_from_;  // by population
    std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> arrivals_;
    std::vector<Spike> spikes_;
    Time now_ = 0.0;
};

}  // namespace sim
