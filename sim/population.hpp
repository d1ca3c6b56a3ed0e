// Neurons of one kind that run in a Simulation. Between events a population has its own mathematics; a
// simulation sees spikes, currents, variables to record, and a state that can be saved.
#pragma once
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/named_array.hpp"
#include "sim/registry.hpp"
#include "sim/state.hpp"
#include "sim/time.hpp"

namespace sim {

/// A state variable that can be recorded.
struct Variable {
    std::string name, unit;  // "V_m", "mV"
};

/// A synapse of a given source neuron.
struct Synapse {
    std::uint32_t target;
    double weight;  // [weight_unit() of the target's population]
    Time delay;     // > 0
};

/// All that reaches neurons of a population in a stretch of time.
struct Reached {
    struct Input {
        Time t;
        double weight;
        std::uint32_t projection, neuron;
    };
    std::vector<std::uint32_t> neurons;  // that something reaches, each once
    std::vector<std::size_t> first;  // of neurons[k] inputs[first[k]] to inputs[first[k + 1] - 1], by time
    std::vector<Input> inputs;

    std::span<const Input> of(std::size_t k) const {
        return {inputs.data() + first[k], first[k + 1] - first[k]};
    }
};

/// Populations that code share this interface (sim/coding_population.hpp): their code can be read.
class Code;

/// Times given to receive(), set_current() and value() lie at or after all that has happened to the
/// population, and no later than its next spike.
class Population {
  public:
    /// A population may be made in parts (sim/parts.hpp): neurons first to first + n - 1 of n_all.
    struct Context {
        std::size_t n;            // neurons
        std::uint64_t seed;       // of the run
        std::uint32_t number;     // of the population in its network: tells its random streams from others'
        std::uint32_t first = 0;  // number of the first neuron in the whole population
        std::size_t n_all = 0;    // neurons of the whole; 0: n
    };

    virtual ~Population() = default;
    virtual std::size_t size() const = 0;
    /// Whether its neurons reach each other through projections alone: parts of it can run apart, and each neuron can
    /// live through a stretch of time in which all that reaches it is known.
    virtual bool has_lone_neurons() const { return false; }
    /// Of lone neurons: they live from where they stand to `end`, before which everything in `reached` happens; their
    /// spikes are appended, by time for each neuron. What happens is the same to the bit in whatever order neurons are
    /// taken. Here events are taken one after the other; a kind that takes neuron by neuron is faster.
    virtual void live(const Reached& reached, Time end, std::vector<Spike>& spikes);

    /// The next spike before t_end and before looked_until(), if nothing else happens; none for an analog population.
    /// What happens later may still be unknown: nothing that can be seen of the population changes.
    virtual std::optional<Spike> next_spike(Time t_end) = 0;
    /// Whether that costs nothing, however far ahead it is asked for.
    virtual bool knows_next() const { return false; }
    /// Time to which a population that looks stretch by stretch has to be brought, by advance(), before it can tell of
    /// spikes from there on; > that to which it was brought last.
    virtual Time looked_until() const { return kNever; }
    /// Whether a spike carries an amount of its own (Spike::amount), which may be negative.
    virtual bool has_graded_spikes() const { return false; }
    /// The spike that next_spike() announced happens: its neuron is reset and all it reaches within the
    /// population feel it.
    virtual void fire(const Spike& spike) = 0;
    /// Brings the population to time t, before which nothing fires any more.
    virtual void advance(Time t) = 0;
    /// Runs by itself from where it stands: nothing reaches it before `end`. What next_spike() would announce before then
    /// happens, one spike after the other, to the bit as fire() has it, and is appended. It may stop before all has
    /// happened, after no fewer than `most` steps. returns whether all has. Here by these two; a kind that has a loop of
    /// its own is faster.
    virtual bool run(Time end, std::size_t most, std::vector<Spike>& spikes);
    /// Spikes in a ms, all neurons together, beyond which it is taken for a population that runs away: a
    /// megahertz each, where no neuron fires a thousandth of that.
    virtual double most_spikes_per_ms() const { return 1e3 * static_cast<double>(size()); }

    /// Presentation number `presentation` begins: t = 0, all at rest (or as it was, where the kind carries
    /// over). The number picks what is drawn; that of a population just made is 0.
    virtual void start(std::uint64_t presentation) = 0;
    /// The same with currents, as set_currents() has them; empty: none.
    virtual void start(std::uint64_t presentation, std::span<const double> I) {
        start(presentation);
        if (!I.empty()) set_currents(I, 0.0);
    }

    /// "pA", "mV", "nS", "1"; empty for a source, which no spike can reach.
    virtual std::string weight_unit() const { return ""; }
    /// A spike arrives at a neuron. weight: in weight_unit(); models with two kinds of synapse take its sign
    /// for the kind.
    virtual void receive(std::uint32_t /*neuron*/, double /*weight*/, Time /*t*/) { assert(false); }
    /// The same for all of some synapses at once.
    virtual void receive(std::span<const Synapse> synapses, Time t) {
        for (const Synapse& synapse : synapses) receive(synapse.target, synapse.weight, t);
    }

    /// Empty where no current can flow.
    virtual std::string current_unit() const { return ""; }
    /// The injected current of a neuron becomes I [current_unit()], on top of its own I_e.
    virtual void set_current(std::uint32_t /*neuron*/, double /*I*/, Time /*t*/) { assert(false); }
    /// That of neurons 0 .. I.size() - 1: how a population is driven by what is shown.
    virtual void set_currents(std::span<const double> I, Time t) {
        for (std::uint32_t i = 0; i < I.size(); ++i) set_current(i, I[i], t);
    }

    /// What value() can tell.
    virtual std::vector<Variable> variables() const { return {}; }
    /// A variable (its place in variables()) of a neuron at time t; changes nothing, so that recording
    /// leaves every spike as it was.
    virtual double value(std::size_t /*variable*/, std::uint32_t /*neuron*/, Time /*t*/) const {
        assert(false);
        return 0.0;
    }

    /// Weights inside the population, if it learns any.
    virtual std::vector<NamedArray> inner_weights() const { return {}; }

    /// All that changes while it runs: saved and given back, it goes on with the same bits.
    virtual void state(State& s) = 0;

    /// Of populations that code.
    virtual Code* code() { return nullptr; }
    const Code* code() const { return const_cast<Population*>(this)->code(); }
};

template <class Component>
using RegisterPopulation = Register<Population, Component>;

}  // namespace sim
