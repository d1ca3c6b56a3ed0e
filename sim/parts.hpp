// A network in parts that run side by side. What a neuron does reaches other parts after a delay at least, so that
// each runs alone through a window as long as the least delay, and then hears what the others have fired. Parts are dealt
// to ranks (sim/ranks.hpp), which come to each call together; a rank has no simulation of the others' parts.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/ranks.hpp"
#include "sim/simulation.hpp"

namespace sim {

/// Which part has which neurons. The same network is always cut in the same way: bits do not depend on how many
/// threads there are.
class Cuts {
  public:
    struct Size {
        std::size_t n;
        bool can_be_cut;  // Population::has_lone_neurons()
    };
    /// A network of few neurons that can be told apart is one part.
    explicit Cuts(std::span<const Size> populations);
    /// One part.
    static Cuts none(std::span<const Size> populations) { return {populations, 1}; }

    std::size_t n_parts() const { return n_parts_; }
    /// Neurons first(p, k) to first(p, k + 1) - 1 of population p are in part k.
    std::uint32_t first(std::size_t population, std::size_t part) const { return first_[population][part]; }
    std::size_t size(std::size_t population, std::size_t part) const {
        return first(population, part + 1) - first(population, part);
    }
    std::size_t part_of(std::size_t population, std::uint32_t neuron) const;

  private:
    Cuts(std::span<const Size> populations, std::size_t n_parts);

    std::size_t n_parts_;
    std::vector<std::vector<std::uint32_t>> first_;  // [population][part], and the end
};

class Parts {
  public:
    /// What a part has fired, in order; called for several parts at once, each from one thread.
    using Tell = std::function<void(std::size_t part, std::span<const Spike>)>;

    /// parts: simulations of the same populations, of each the neurons of the cuts, with the projections to them; nothing
    /// where a part is of another rank.
    Parts(Cuts cuts, std::vector<std::unique_ptr<Simulation>> parts, Tell tell);
    Parts(const Parts&) = delete;

    std::size_t size() const { return parts_.size(); }
    /// Parts of this rank; there is a simulation of these alone.
    ranks::Range here() const { return ranks::share(size()); }
    Simulation& operator[](std::size_t part) { return *parts_[part]; }
    const Simulation& operator[](std::size_t part) const { return *parts_[part]; }

    const Cuts& cuts() const { return cuts_; }
    /// So far, in this process.
    std::size_t n_windows() const { return n_windows_; }
    /// Before which all has happened.
    Time now() const;
    /// Runs all that happens before t; t_end: how far it will run at most. throws what Simulation::run_until does
    void run_before(Time t, Time t_end);
    /// Runs all that happens before t_end, where every population then stands.
    void run_to_end(Time t_end);

    /// Whether state() can be saved, and gone on from: not where an exception came out of a population.
    bool has_whole_state() const;
    /// As that of a simulation. Stopped within a window, parts stand at different times.
    void state(State& s);

  private:
    static constexpr std::size_t kSpikesInMemory = 1'000'000;

    void run_window(Time end, Time t_end);
    void tell(std::size_t part);
    void exchange();

    Cuts cuts_;
    std::vector<std::unique_ptr<Simulation>> parts_;
    Tell tell_;
    std::size_t n_windows_ = 0;
    Time longest_;                                // window
    Time window_begin_ = 0.0, window_end_ = 0.0;  // of the one that is not over; equal where none has begun
    std::vector<Spike> heard_;                    // of all parts in the last window, in order
    std::vector<char> has_heard_;                 // by part
};

/// Takes the spikes of all parts, each in the order it fired them: by (time, population, neuron).
std::vector<Spike> merged(std::vector<std::vector<Spike>>& of_parts);

/// Synapses to a population by part, each with the targets of its own, counted from the first.
std::vector<std::shared_ptr<Synapses>> cut(const Synapses& synapses, const Cuts& cuts, std::uint32_t to);
/// Whether no synapse joins neurons of different parts.
bool stay_within_parts(const Synapses& synapses, const Cuts& cuts, std::uint32_t from, std::uint32_t to);

}  // namespace sim
