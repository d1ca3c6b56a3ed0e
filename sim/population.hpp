// A population of neurons during one presentation. It is driven, advanced to a time, told of a spike, and
// asked for its next one; at the end its code is read. It knows nothing of images.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/program.hpp"
#include "sim/registry.hpp"
#include "sim/time.hpp"

namespace sim {

class Population {
  public:
    virtual ~Population() = default;

    /// A stimulus comes on at t = 0 of a new presentation: b = drive, shape (n).
    /// throws NumericsError if b is not finite.
    virtual void drive(std::span<const double> b) = 0;

    /// The next spike before t_end, if nothing else happens; none for an analog population.
    virtual std::optional<Spike> next_spike(Time t_end) = 0;

    /// The spike that next_spike() announced happens: its neuron is reset and all it reaches feel it.
    virtual void fire(const Spike& spike) = 0;

    /// Brings the population to time t, before which nothing fires any more.
    virtual void advance(Time t) = 0;

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
    virtual std::unique_ptr<Population> population(const Program& program) const = 0;
};

template <class Component>
using RegisterNeurons = Register<Neurons, Component>;

}  // namespace sim
