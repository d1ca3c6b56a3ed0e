#include "sim/background.hpp"

#include <cmath>

#include "sim/elementary.hpp"
#include "sim/rng.hpp"
#include "sim/stop.hpp"

namespace sim {

Background::Background(const Params& block, std::uint64_t seed_of_run)
    : seed(seed_of_run),
      rate(1e-3 * block.number("rate", "Hz", 0.0, Check::non_negative,
                               "of the Poisson spikes that reach each neuron from elsewhere; 0: none")),
      jump(block.number("jump", "1", 0.02, Check::non_negative,
                        "what one of them does to the neuron's current u")),
      inhibitory(block.number("inhibitory", "1", 0.5, Check::unit_interval,
                              "share of them that lower u; 0.5: balanced, the mean of u stays")) {}

// The trains of n neurons together are one train, n times as fast, of which each spike is anybody's.
std::vector<Background::Arrival> Background::arrivals(std::uint64_t presentation, std::size_t n,
                                                      Time T) const {
    std::vector<Arrival> all;
    if (!is_on()) return all;
    Stream stream(seed, Purpose::background, presentation);
    const Time mean_interval = 1.0 / (rate * static_cast<double>(n));
    const auto wait = [&] { return -mean_interval * sim::log1p(-stream.uniform()); };
    for (Time t = wait(); t < T; t += wait()) {
        check_stop();
        const auto neuron = static_cast<std::uint32_t>(stream.below(n));
        all.push_back({t, neuron, stream.uniform() < inhibitory ? -jump : jump});
    }
    return all;
}

}  // namespace sim
