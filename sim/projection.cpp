#include "sim/projection.hpp"

#include <algorithm>
#include <tuple>

namespace sim {

Projection::Projection(std::uint32_t from, Cells& to, const std::vector<std::vector<Synapse>>& synapses)
    : from_(from), to_(&to), first_{0} {
    for (const auto& of_source : synapses) {
        synapses_.insert(synapses_.end(), of_source.begin(), of_source.end());
        std::stable_sort(synapses_.begin() + static_cast<std::ptrdiff_t>(first_.back()), synapses_.end(),
                         [](const Synapse& x, const Synapse& y) {
                             return std::tie(x.delay, x.target) < std::tie(y.delay, y.target);
                         });
        first_.push_back(synapses_.size());
    }
}

}  // namespace sim
