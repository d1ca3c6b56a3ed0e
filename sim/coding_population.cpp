#include "sim/coding_population.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/error.hpp"

namespace sim {

void CodingPopulation::set_current(std::uint32_t neuron, double I, Time t) {
    std::vector<double> changed(b().begin(), b().end());
    changed[neuron] = I;
    set_currents(changed, t);
}

void check_drive(const std::string& kind, std::span<const double> b, Time t) {
    for (std::size_t i = 0; i < b.size(); ++i)
        if (!std::isfinite(b[i])) throw NumericsError(kind, i, t, fmt::format("the drive is {}", b[i]));
}

void check_arrivals(const std::string& kind, std::span<const Synapse> synapses, Time t) {
    for (const Synapse& one : synapses)
        if (!std::isfinite(one.weight))
            throw NumericsError(kind, one.target, t, fmt::format("a spike of weight {} arrives", one.weight));
}

}  // namespace sim
