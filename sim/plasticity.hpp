// How the dictionary learns from a batch of presentations.
#pragma once
#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "sim/dictionary.hpp"
#include "sim/registry.hpp"
#include "sim/sheet.hpp"

namespace sim {

class Plasticity {
  public:
    struct Context {
        const Sheet& sheet;
        std::size_t n_batches;  // of the whole run, for schedules
    };

    virtual ~Plasticity() = default;

    /// Learns from batch number `batch`: residual R = S - Phi A (M, B), codes A (N, B).
    virtual void learn(std::size_t batch, const Eigen::MatrixXf& residual, const Eigen::MatrixXf& codes,
                       Dictionary& dictionary) = 0;

    /// Width of the neighbourhood on the sheet at a batch [sheet units]; 0 where a rule has none.
    virtual double neighbourhood_width(std::size_t /*batch*/) const { return 0.0; }

    /// Everything the rule remembers, for a checkpoint (fixed length), and back.
    virtual std::vector<double> state() const { return {}; }
    virtual void restore(std::span<const double> /*state*/) {}
};

template <class Component>
using RegisterPlasticity = Register<Plasticity, Component>;

}  // namespace sim
