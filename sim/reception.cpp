#include "sim/reception.hpp"

#include <cmath>

#include "sim/rng.hpp"

namespace sim {

void Reception::receive(std::uint64_t number, std::span<float> pixels) const {
    if (noise > 0.0) {
        Stream stream(seed, Purpose::noise, number);
        const double deviation = noise / std::sqrt(static_cast<double>(pixels.size()));
        for (float& pixel : pixels) pixel += static_cast<float>(deviation * stream.normal());
    }
    if (scale != 1.0)
        for (float& pixel : pixels) pixel *= static_cast<float>(scale);
}

}  // namespace sim
