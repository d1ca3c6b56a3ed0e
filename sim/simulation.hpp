// The event loop.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/population.hpp"
#include "sim/projection.hpp"

namespace sim {

/// Populations that run together on one clock, and the projections between them.
class Simulation {
  public:
    /// Adds a population; its spikes carry its number, counted from 0 in the order of adding, and neurons
    /// counted from `first`. Errors of one with a name say it.
    template <class P>
    P& add(std::unique_ptr<P> population, const std::string& name = "", std::uint32_t first = 0) {
        P& added = *population;
        populations_.push_back(std::move(population));
        names_.push_back(name);
        firsts_.push_back(first);
        paces_.emplace_back(added.most_spikes_per_ms());
        next_.emplace_back();
        when_.append();
        touch(static_cast<std::uint32_t>(next_.size() - 1));
        flows_.emplace_back();
        if (!added.has_lone_neurons()) longest_window_ = 0.0;
        return added;
    }
    /// Whose spikes a projection carries: those of this simulation, as they are fired, or those of all parts of
    /// a network, as they are heard.
    enum class Hears { own, all };
    /// Spikes of projection.from() reach projection.to() after their delays; both have been added. Sources are
    /// counted from 0, targets from the first that is here.
    void connect(Projection projection, Hears hears = Hears::own);
    /// The injected current of a neuron becomes I [its current_unit()] at time t >= now(). Of steps of one
    /// neuron at one time, the last one given stays.
    void set_current(std::uint32_t population, std::uint32_t neuron, double I, Time t);
    /// What reaches neurons from outside in a presentation that has just begun, by time: spikes of no projection. At one
    /// time they come before all else. They are not saved.
    struct Outside {
        Time t;
        std::uint32_t population, neuron;
        double weight;
    };
    void expect(std::vector<Outside> all);
    /// Calls look(t) at each of these times, which are sorted and >= now(), when all before t has happened
    /// and nothing at t or after. Looking divides no interval: what happens is the same to the bit.
    void watch(std::vector<Time> times, std::function<void(Time)> look);
    /// Calls take() whenever so many spikes have gathered that take_spikes() should be called.
    void gather(std::size_t n_spikes, std::function<void()> take);
    /// Nobody asks in which order neurons of a population fired: its spikes may be taken neuron by neuron.
    void take_by_neuron(std::uint32_t population) { flows_[population].is_ordered = false; }

    /// A new presentation begins: the clock goes back to zero, spikes of the last one are forgotten and none is
    /// on its way; currents step and watches look anew. The populations are started by who calls it.
    void restart();
    Population& population(std::uint32_t number) { return *populations_[number]; }
    const Population& population(std::uint32_t number) const { return *populations_[number]; }
    /// What a population is to feel at once, from outside: a drive, a spike. Its next spike is asked for anew.
    template <class Act>
    void act(std::uint32_t population, const Act& act) {
        act_on(population, act);
        touch(population);
    }

    /// Runs all events before t_end, then brings every population there.
    /// throws NumericsError where a population runs away (Population::most_spikes_per_ms), or one's numbers
    /// break; Interrupted
    void run_until(Time t_end);
    /// Runs all events before t, where populations are not brought: what happens later is the same to the bit.
    /// horizon: nothing unknown comes before, from t on; t_end: how far it will run at most
    void run_before(Time t, Time horizon, Time t_end);

    // As part of a network (sim/parts.hpp):
    /// The least delay of what it hears from all parts; kNever if it hears nothing.
    Time least_delay_from_all() const;
    /// Its spikes that others may want to hear.
    std::vector<Spike> take_said() { return std::exchange(said_, {}); }
    /// Spikes of all parts, in order, reach their targets here after their delays.
    void hear(std::span<const Spike> spikes);

    Time now() const { return now_; }
    /// Spikes since restart() or take_spikes(), in the order they happened, but for those of take_by_neuron().
    const std::vector<Spike>& spikes() const { return spikes_; }
    /// Those that are taken stand until the next ones are.
    const std::vector<Spike>& take_spikes() {
        taken_.clear();
        taken_.swap(spikes_);
        return taken_;
    }
    const std::vector<Projection>& projections() const { return projections_; }
    /// Spikes that have reached a synapse.
    std::size_t n_arrivals() const { return n_arrivals_; }
    /// Brings the weights of every projection up to date.
    void settle_weights();

    /// All that changes while it runs, but for spikes(). Given back to one that was
    /// built in the same way, it goes on with the same bits.
    void state(State& s);
    /// Whether nothing has happened by half: not where an exception came out of a population.
    bool has_whole_state() const { return has_whole_state_; }

  private:
    /// The synapses of a source neuron from `first` on that share a delay: what arrives at time t.
    struct Arrival {
        Time t;
        std::uint32_t projection, source;
        std::size_t first;
        Time sent;
        double amount;  // of the spike
        friend bool operator>(const Arrival& x, const Arrival& y) {
            return std::tie(x.t, x.projection, x.source, x.first) >
                   std::tie(y.t, y.projection, y.source, y.first);
        }
    };
    struct CurrentStep {
        Time t;
        std::size_t number;  // in the order they were given
        std::uint32_t population, neuron;
        double I;
        friend bool operator>(const CurrentStep& x, const CurrentStep& y) {
            return std::tie(x.t, x.number) > std::tie(y.t, y.number);
        }
    };
    struct Watch {
        std::vector<Time> times;
        std::function<void(Time)> look;
        std::size_t next = 0;
        Time next_time() const { return next < times.size() ? times[next] : kNever; }
    };
    /// How fast a population has been firing, looked at once in so many spikes: more than may come together
    /// for good reasons.
    struct Pace {
        explicit Pace(double most) : most_per_ms(most), look_after(std::max(1e5, 0.01 * most)) {}
        double most_per_ms, look_after;
        Time since = 0.0;
        double n = 0.0;
    };
    /// What a population of lone neurons fired, window by window and in each neuron by neuron, as long as it is on its
    /// way: where all its projections bring streams, nothing has to be sorted.
    struct Flow {
        struct Stretch {
            Time begin, end;
            std::vector<Spike> spikes;
            void state(State& s) { s(begin, end, spikes); }
        };
        bool is_stream = true;  // all who hear it do so through streams
        bool is_ordered = true;
        std::deque<Stretch> stretches;
    };
    /// The earliest on top; its elements can be saved.
    template <class T>
    class Earliest {
      public:
        bool empty() const { return heap_.empty(); }
        const T& top() const { return heap_.front(); }
        void push(const T& value) {
            heap_.push_back(value);
            std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
        }
        void pop() {
            std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
            heap_.pop_back();
        }
        void clear() { heap_.clear(); }
        void state(State& s) { s(heap_); }

      private:
        std::vector<T> heap_;
    };

    // Of lone neurons, window by window (sim/lone_neurons.cpp).
    void run_windows(Time t);
    void live_until(Time end);
    void gather_inputs(Time end);
    void gather_streams(std::uint32_t from, Time end);
    void reach(const Arrival& arrival, std::size_t end);
    void reach(std::uint32_t to, const Reached::Input& input);
    void sort_inputs();
    void live(std::uint32_t population, Time end, std::vector<Spike>& spikes);
    void flow(std::uint32_t population, Time end);
    void sort_window_spikes(Time begin, Time end);
    void happened(const Spike& spike);
    void tell(const Spike& spike);
    void count(const Spike& last, std::size_t n);

    std::span<const std::uint32_t> projections_from(std::uint32_t population) const {
        return population < projections_from_.size() ? projections_from_[population]
                                                     : std::span<const std::uint32_t>{};
    }
    bool runs_by_itself(Time until) const;
    void run_alone(Time until);
    const Spike* next_spike(Time t_end, Time end);
    void touch(std::uint32_t population) {
        when_.set(population, now_);
        next_[population].reset();
    }
    Time next_input() const;
    Time next_from_outside() const {
        return next_outside_ < outside_.size() ? outside_[next_outside_].t : kNever;
    }
    void fire(Spike spike);
    void check_pace(const Spike& spike);
    /// What a population throws gets its name.
    template <class Act>
    void act_on(std::uint32_t population, const Act& act) const {
        try {
            act(*populations_[population]);
        } catch (const NumericsError& error) {
            throw_named(population, error);
        }
    }
    [[noreturn]] void throw_named(std::uint32_t population, const NumericsError& error) const;
    void send(const Spike& spike, std::span<const std::uint32_t> projections);
    void take_input();
    void inject_next();
    void let_in_next();
    void deliver_next();
    void look_until(Time t);

    std::vector<std::unique_ptr<Population>> populations_;
    std::vector<std::string> names_;     // of populations; may be empty
    std::vector<std::uint32_t> firsts_;  // of populations: number of the first neuron
    std::vector<Pace> paces_;            // of populations
    // Of each population its next spike, where that is known, and when it comes, or else a time before which it has none.
    std::vector<std::optional<Spike>> next_;
    EventQueue when_{
        0};  // by number of the population, not of a neuron: many are not looked through at each event
    std::vector<Projection> projections_;
    // By population: projections that carry its spikes at once, those that carry them once they are heard, and
    // those that learn when it fires.
    std::vector<std::vector<std::uint32_t>> projections_from_, heard_from_, plastic_projections_to_;
    Earliest<Arrival> arrivals_;
    // By projection: of one with one delay, what is on its way, in order; only the first is in arrivals_ too.
    std::vector<std::deque<Arrival>> in_flight_;
    std::vector<Flow> flows_;  // by population
    Earliest<CurrentStep> steps_;
    std::vector<CurrentStep> all_steps_;  // of a presentation
    std::vector<Outside> outside_;        // of a presentation
    std::size_t next_outside_ = 0;
    std::vector<Watch> watches_;
    Time next_look_ = kNever;
    std::vector<Spike> spikes_, taken_, said_;
    std::vector<Spike> alone_;  // of run_alone(), kept for its memory
    /// In which all that reaches neurons is known; 0 where they are not alone, or weights change with spikes. Memory
    /// bounds it.
    Time longest_window_ = 2.0;
    static constexpr Time kShortestWindow = 0.01;  // shorter ones are not worth their while
    Time window_length_ = kShortestWindow;         // now: short where very much happens
    /// What a window needs, kept for its memory.
    struct Window {
        std::vector<std::vector<Reached::Input>> inputs;  // by population, in the order they were gathered
        std::vector<std::vector<std::uint32_t>> count;    // by population and neuron; 0 between windows
        std::vector<Reached> reached;                     // by population
        std::vector<Spike> spikes, unsorted;              // but for those that need no order
        std::size_t n_spikes = 0;                         // those among them
        std::vector<std::uint32_t> place;
    } window_;
    std::size_t many_spikes_ = static_cast<std::size_t>(-1);
    std::function<void()> take_;
    std::size_t n_arrivals_ = 0;
    Time now_ = 0.0;
    bool has_whole_state_ = true;
};

}  // namespace sim
