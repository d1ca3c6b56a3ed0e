#include "sim/background.hpp"

#include <cmath>

#include "sim/exponentials.hpp"
#include "sim/per_neuron.hpp"
#include "sim/rng.hpp"
#include "sim/stop.hpp"

namespace sim {

Background::Background(const Params& block, const WhichNeurons& neurons)
    : seed(seed_of(neurons.seed, neurons.population)),
      rate(1e-3 * block.number("rate", "Hz", 0.0, Check::non_negative,
                               "of the Poisson spikes that reach each neuron from elsewhere; 0: none")),
      jump(numbers_of(block, neurons, "jump", "1", 0.02, Check::non_negative,
                      "what one of them does to the neuron's current u")),
      inhibitory(block.number("inhibitory", "1", 0.5, Check::unit_interval,
                              "share of them that lower u; 0.5: balanced, the mean of u stays")),
      driven(block.number("driven", "1", 0.0, Check::unit_interval,
                          "share of them that come the rarer, the less is shown; 0: all, whatever is shown")),
      c50(block.number("c50", "1", 1.0, Check::positive,
                       "norm of a frame under which half of the driven ones come")) {}

// The trains of n neurons together are one train, n times as fast, of which each spike is anybody's.
std::vector<Background::Arrival> Background::arrivals(std::uint64_t presentation, std::size_t n,
                                                      Time T) const {
    std::vector<Arrival> all;
    if (!is_on()) return all;
    const Time mean_interval = 1.0 / (rate * static_cast<double>(n));
    Stream which(seed, Purpose::background_targets, presentation);
    Time t = 0.0;
    for (std::uint32_t block = 0;; ++block) {
        check_stop();
        for (const double logarithm : exponentials(seed, Purpose::background, presentation, block)) {
            t -= mean_interval * logarithm;
            if (!(t < T)) return all;
            const auto neuron = static_cast<std::uint32_t>(which.below(n));
            const double size = jump[neuron % jump.size()];
            const double signed_size = which.uniform() < inhibitory ? -size : size;
            all.push_back({t, neuron, signed_size, driven > 0.0 ? which.uniform() : 0.0});
        }
    }
}

}  // namespace sim
