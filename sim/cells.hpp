// The populations of a circuit: neurons and sources that reach each other by spikes with weights and delays.
// What they are made of is up to each model; a circuit sees spikes, currents, and variables to record.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/population.hpp"
#include "sim/registry.hpp"

namespace sim {

/// A state variable that can be recorded.
struct Variable {
    std::string name, unit;  // "V_m", "mV"
};

/// Something a population has learned, to be written beside its spikes when the run ends.
struct Learned {
    std::string name, unit, doc;
    std::vector<std::size_t> shape;
    std::vector<double> values;  // row-major
};

/// Times given to receive(), set_current() and value() lie at or after all that has happened to the
/// population, and no later than its next spike.
class Cells : public Population {
  public:
    struct Context {
        std::size_t n;         // neurons
        std::uint64_t seed;    // of the run
        std::uint32_t number;  // of the population in its circuit: tells its random streams from others'
    };

    virtual std::size_t size() const = 0;
    /// A megahertz each, where no cell fires a thousandth of that.
    double most_spikes_per_ms() const override { return 1e3 * static_cast<double>(size()); }

    /// A spike arrives at a neuron. weight: in weight_unit(); models with two kinds of synapse take its sign
    /// for the kind.
    virtual void receive(std::uint32_t neuron, double weight, Time t) = 0;
    /// "pA", "mV", "nS"; empty for a source, which nothing can reach.
    virtual std::string weight_unit() const = 0;

    /// The injected current of a neuron becomes I [current_unit()], on top of its own I_e.
    virtual void set_current(std::uint32_t neuron, double I, Time t) = 0;
    virtual std::string current_unit() const = 0;

    /// What value() can tell.
    virtual std::vector<Variable> variables() const = 0;
    /// A variable (its place in variables()) of a neuron at time t; changes nothing, so that recording
    /// leaves every spike as it was.
    virtual double value(std::size_t variable, std::uint32_t neuron, Time t) const = 0;

    /// Weights inside the population, if it learns any.
    virtual std::vector<Learned> learned() const { return {}; }
};

template <class Component>
using RegisterCells = Register<Cells, Component>;

}  // namespace sim
