#include "sim/population.hpp"

#include <algorithm>
#include <limits>

namespace sim {

bool Population::run(Time end, std::size_t most, std::vector<Spike>& spikes) {
    for (std::size_t step = 0; step < most; ++step)
        if (const std::optional<Spike> spike = next_spike(end)) {
            fire(*spike);
            spikes.push_back(*spike);
        } else if (looked_until() < end) {
            advance(looked_until());
        } else {
            return true;
        }
    return false;
}

void Population::live(const Reached& reached, Time end, std::vector<Spike>& spikes) {
    constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    std::vector<Reached::Input> inputs = reached.inputs;
    std::ranges::stable_sort(inputs, {}, &Reached::Input::t);
    for (const Reached::Input& input : inputs) {
        run(input.t, kAll, spikes);
        receive(input.neuron, input.weight, input.t);
    }
    run(end, kAll, spikes);
}

}  // namespace sim
