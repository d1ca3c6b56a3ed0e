// A population that solves a program during one presentation: it is driven, run, and at the end its code is
// read. It knows nothing of images.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/population.hpp"
#include "sim/program.hpp"
#include "sim/registry.hpp"

namespace sim {

class CodingPopulation : public Population {
  public:
    /// A stimulus comes on at t = 0 of a new presentation: b = drive, shape (n).
    /// throws NumericsError if b is not finite.
    virtual void drive(std::span<const double> b) = 0;

    /// The code is read over the time from now on.
    virtual void begin_readout() = 0;

    /// Writes the code a, shape (n), at the time advanced to. throws NumericsError if it is not finite.
    virtual void read_code(std::span<double> a) const = 0;

    /// What carries over to the next presentation (empty if nothing does), and back.
    virtual std::vector<double> carried() const { return {}; }
    virtual void restore(std::span<const double> /*carried*/) {}
};

/// A kind of neuron: makes populations of it. Shared by all threads.
class Neurons {
  public:
    struct Context {};  // components of this kind need nothing but their settings

    virtual ~Neurons() = default;
    virtual std::string name() const = 0;
    /// A population that solves `program`, which must outlive it and may change between presentations.
    virtual std::unique_ptr<CodingPopulation> population(const Program& program) const = 0;
};

template <class Component>
using RegisterNeurons = Register<Neurons, Component>;

}  // namespace sim
