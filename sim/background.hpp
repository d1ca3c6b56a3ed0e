// Spikes from elsewhere in the brain: a Poisson train of its own into every neuron, in part driven by what is shown.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/params.hpp"
#include "sim/time.hpp"

namespace sim {

struct Background {
    Background() = default;
    /// Reads the block `background`. neurons: those that have a jump of their own; twins behind them have theirs.
    Background(const Params& block, const WhichNeurons& neurons);

    /// A spike that reaches a neuron.
    struct Arrival {
        Time t;  // from the start of the presentation
        std::uint32_t neuron;
        double jump;    // of the neuron's u
        double chance;  // in [0, 1): it comes where part() is above
    };

    std::uint64_t seed = 0;    // of the run and population
    double rate = 0.0;         // of the spikes that reach a neuron [1/ms]
    std::vector<double> jump;  // of u of each neuron; down by as much where the spike is inhibitory
    double inhibitory = 0.0;   // share of the spikes that are
    double driven = 0.0;       // share of the spikes that come the rarer, the less is shown
    double c50 = 1.0;          // norm of a frame under which half of these come

    bool is_on() const { return rate > 0.0; }
    /// Part of the spikes that comes under a frame of this norm: 1 - driven c50^2 / (c50^2 + norm^2). That responses
    /// vary with their mean: Tolhurst, Movshon & Dean (1983); the curve of contrast: Naka & Rushton (1966).
    double part(double norm) const { return 1.0 - driven * c50 * c50 / (c50 * c50 + norm * norm); }
    /// All that may reach n neurons over (0, T), by time. `presentation` picks the trains: same number, same
    /// spikes. In the mean they add rate tau jump (1 - 2 inhibitory) to a neuron's u, with the variance
    /// rate tau jump^2 / 2 (Campbell 1909).
    std::vector<Arrival> arrivals(std::uint64_t presentation, std::size_t n, Time T) const;
};

}  // namespace sim
