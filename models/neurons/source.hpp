// Populations that only send: nothing reaches them and nothing of them can be recorded but their spikes.
#pragma once
#include "sim/population.hpp"

namespace models {

using sim::Time;

class Source : public sim::Population {
  public:
    explicit Source(std::size_t n) : n_(n) {}
    std::size_t size() const final { return n_; }
    bool has_lone_neurons() const final { return true; }
    /// One may stand for very many.
    double most_spikes_per_ms() const override { return 1e6 * static_cast<double>(n_); }
    void advance(Time) final {}
    bool knows_next() const override { return true; }

  private:
    std::size_t n_;
};

}  // namespace models
