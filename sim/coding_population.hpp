// A population that solves a program during one presentation: it is driven, run, and at the end its code is
// read. It knows nothing of images.
#pragma once
#include <cassert>
#include <cstdint>
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
    /// A stimulus comes on at t = 0 of a new presentation: b = drive, shape (n). Hidden neurons come after
    /// the n driven ones in the program, and have no drive.
    /// throws NumericsError if b is not finite.
    virtual void drive(std::span<const double> b) = 0;

    /// A spike from elsewhere (sim/background.hpp) reaches a neuron at the time advanced to: its u jumps.
    /// Only of kinds that feels_background().
    virtual void receive(std::uint32_t /*neuron*/, double /*jump*/) { assert(false); }

    /// The code is read over the time from now on.
    virtual void begin_readout() = 0;

    /// Writes the code a of as many neurons as were driven, at the time advanced to. throws NumericsError if
    /// it is not finite.
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

    /// Whether its codes go to the optimum of the program. A kind that does not, reads Q and lambda as
    /// weights and thresholds, which a plasticity of its own has to learn.
    virtual bool solves_program() const { return true; }
    /// Whether its populations can receive spikes from elsewhere.
    virtual bool feels_background() const { return false; }
    /// Neurons besides those of the sheet: they have no field and no place.
    virtual std::size_t n_hidden() const { return 0; }
};

template <class Component>
using RegisterNeurons = Register<Neurons, Component>;

}  // namespace sim
