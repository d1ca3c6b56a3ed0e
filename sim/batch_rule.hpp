// How the weights of a projection change with what both its populations did in a batch of presentations.
#pragma once
#include <Eigen/Core>

#include "sim/projection.hpp"
#include "sim/registry.hpp"

namespace sim {

/// What the populations of a projection did in a batch.
struct BatchActivity {
    Eigen::MatrixXd before;  // of its sources, OFF twins last, (sources, B): activity, or rates [Hz] of cells
    Eigen::MatrixXd after;   // of its targets, (targets, B)
};

/// Made for the synapses as they are before anything is learned. What it remembers beside the weights is of these alone, so
/// that weights are all there is to save.
class BatchRule {
  public:
    struct Context {
        const Synapses& synapses;
        std::size_t targets;
    };
    virtual ~BatchRule() = default;

    /// Learns from a batch. Same bits at any number of threads.
    virtual void learn(const BatchActivity& batch, Synapses& synapses) const = 0;
};

template <class Component>
using RegisterBatchRule = Register<BatchRule, Component>;

}  // namespace sim
