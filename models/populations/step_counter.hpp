// Whatever a config asks for, a presentation ends: the steps it is looked at in are counted.
#pragma once
#include <cstdint>
#include <string>

#include "sim/error.hpp"
#include "sim/stop.hpp"
#include "sim/time.hpp"

namespace models {

/// Counts the steps of one presentation in which nothing fires.
class StepCounter {
  public:
    void restart() { n_ = 0; }
    /// throws NumericsError after ten millions, naming what is too small; Interrupted
    void count(const char* population, const char* too_small, sim::Time t) {
        sim::check_stop();
        if (++n_ > kMost)
            throw sim::NumericsError(std::string(population) + ": more than " + std::to_string(kMost) +
                                     " steps have only come to t = " + std::to_string(t) +
                                     " ms: " + too_small + " is too small");
    }

    /// The same before the first of them, where steps of `dt` lead from t to t_end.
    void foresee(const char* population, const char* too_small, sim::Time t, sim::Time t_end,
                 sim::Time dt) const {
        if ((t_end - t) / dt > static_cast<double>(kMost))
            throw sim::NumericsError(std::string(population) + ": more than " + std::to_string(kMost) +
                                     " steps lie between t = " + std::to_string(t) +
                                     " ms and the end: " + too_small + " is too small");
    }

  private:
    static constexpr std::uint64_t kMost = 10'000'000;
    std::uint64_t n_ = 0;
};

}  // namespace models
