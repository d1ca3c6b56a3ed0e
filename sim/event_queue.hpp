// Spikes and the queue of the neurons that may be next to fire.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "sim/time.hpp"

namespace sim {

/// A neuron fires. Spikes are ordered by the whole key, so that equal times give one result on every machine
/// and at any number of threads.
struct Spike {
    Time t;
    std::uint32_t population;
    std::uint32_t neuron;
    /// What it carries: weights are multiplied by it on its way. 1 but in populations whose spikes are graded.
    double amount = 1.0;

    friend bool operator<(const Spike& x, const Spike& y) {
        return std::tie(x.t, x.population, x.neuron) < std::tie(y.t, y.population, y.neuron);
    }
};

/// Neurons keyed by the earliest time each may fire: an indexed binary heap, ordered by (time, neuron).
/// Every operation costs O(log of the neurons in the queue), whatever the size of the population.
class EventQueue {
  public:
    struct Entry {
        Time t;
        std::uint32_t neuron;
    };

    explicit EventQueue(std::size_t n_neurons) : place_(n_neurons, kAbsent) {}
    /// One neuron more, that is not in the queue.
    void append() { place_.push_back(kAbsent); }

    bool empty() const { return heap_.empty(); }
    const Entry& top() const { return heap_.front(); }
    /// Time of the earliest entry after the top.
    Time second() const {
        Time t = kNever;
        for (std::size_t k = 1; k < 3 && k < heap_.size(); ++k) t = std::min(t, heap_[k].t);
        return t;
    }
    bool contains(std::uint32_t neuron) const { return place_[neuron] != kAbsent; }
    /// kNever of one that is not in the queue.
    Time time(std::uint32_t neuron) const { return contains(neuron) ? heap_[place_[neuron]].t : kNever; }

    /// Puts `neuron` at time t, whether or not it was in the queue.
    void set(std::uint32_t neuron, Time t);
    void remove(std::uint32_t neuron);
    void clear();
    template <class State>
    void state(State& s) {
        s(heap_, place_);
    }

  private:
    static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;
    static bool before(const Entry& x, const Entry& y) {
        return std::tie(x.t, x.neuron) < std::tie(y.t, y.neuron);
    }
    void place(std::size_t at, const Entry& entry);
    void rise(std::size_t at);
    void sink(std::size_t at);

    std::vector<Entry> heap_;
    std::vector<std::uint32_t> place_;  // position of each neuron in heap_
};

}  // namespace sim
