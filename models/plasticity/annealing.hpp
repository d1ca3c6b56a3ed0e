// What changes in the course of learning: straight from a value at first to one in the end.
#pragma once
#include <algorithm>
#include <cstddef>

#include "sim/params.hpp"

namespace models {

class Annealing {
  public:
    explicit Annealing(const sim::Params& p)
        : over_(p.number("annealed_over", "1", 0.7, sim::Check::unit_interval,
                         "fraction of the run over which what has a start and an end moves to its end")) {}

    /// At a batch of a run of n_batches.
    double between(double start, double end, std::size_t batch, std::size_t n_batches) const {
        const double whole = std::max(over_ * static_cast<double>(n_batches), 1.0);
        return start + (end - start) * std::min(static_cast<double>(batch) / whole, 1.0);
    }

  private:
    double over_;  // fraction of the run
};

}  // namespace models
