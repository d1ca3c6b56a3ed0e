// Populations that solve a program: they are driven by what is shown, and at the end of a presentation their
// code is read. They know nothing of images.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/population.hpp"
#include "sim/program.hpp"
#include "sim/registry.hpp"

namespace sim {

/// The code of a population.
class Code {
  public:
    virtual ~Code() = default;
    /// It is read over the time from now on.
    virtual void begin_readout() = 0;
    /// Writes the code a of the first a.size() neurons, at the time advanced to. throws NumericsError if it
    /// is not finite.
    virtual void read_code(std::span<double> a) const = 0;
    /// What carries over to the next presentation (empty if nothing does), and back.
    virtual std::vector<double> carried() const { return {}; }
    virtual void restore(std::span<const double> /*carried*/) {}
};

/// Its injected current is the drive b of the program. Spikes of others that arrive make u jump.
class CodingPopulation : public Population, public Code {
  public:
    /// start() with the drive b at once, shape (n). Hidden neurons come after the n driven ones in the
    /// program, and have no drive. throws NumericsError if b is not finite.
    virtual void drive(std::span<const double> b) = 0;
    void start(std::uint64_t presentation) override { start(presentation, {}); }
    void start(std::uint64_t presentation, std::span<const double> I) override {
        number(presentation);
        I.empty() ? drive(std::vector<double>(size(), 0.0)) : drive(I);
    }

    std::string weight_unit() const override { return "1"; }
    std::string current_unit() const override { return "1"; }
    void receive(std::uint32_t neuron, double weight, Time t) override {
        const Synapse one{neuron, weight, 0.0};
        receive(std::span(&one, 1), t);
    }
    void receive(std::span<const Synapse> synapses, Time t) override = 0;
    void set_current(std::uint32_t neuron, double I, Time t) override;
    void set_currents(std::span<const double> b, Time t) override = 0;
    Code* code() override { return this; }

  protected:
    /// Of the presentation that is about to start: what it picks is what chance there is in a population.
    virtual void number(std::uint64_t /*presentation*/) {}
    /// The drive as it is.
    virtual std::span<const double> b() const = 0;
};

/// What arrives at a kind of population. throws NumericsError, with kind, neuron and time, if it is not finite
void check_drive(const std::string& kind, std::span<const double> b, Time t);
void check_arrivals(const std::string& kind, std::span<const Synapse> synapses, Time t);

/// A kind of neuron: makes populations of it. Shared by all threads.
class Neurons {
  public:
    struct Context {
        std::uint64_t seed = 1;    // of the run
        std::uint32_t number = 0;  // of the population
    };

    virtual ~Neurons() = default;
    virtual std::string name() const = 0;
    /// A population that solves `program`, which must outlive it and may change between presentations.
    virtual std::unique_ptr<CodingPopulation> population(const Program& program) const = 0;

    /// Whether its codes go to the optimum of the program. A kind that does not, reads Q and lambda as
    /// weights and thresholds, which a plasticity of its own has to learn.
    virtual bool solves_program() const { return true; }
    /// Whether it is no neuron, but a solver of programs whose kernels all places share, and of no others. It reads the
    /// kernels themselves and no weight; its code is that of the drive at once, whenever it is read, and has no spikes;
    /// finding it takes all cores.
    virtual bool solves_by_kernels() const { return false; }
    /// Neurons besides those of the sheet: they have no field and no place.
    virtual std::size_t n_hidden() const { return 0; }
};

template <class Component>
using RegisterNeurons = Register<Neurons, Component>;

}  // namespace sim
