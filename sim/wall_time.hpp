// Wall time, for progress, checkpoints and summaries; nothing that is computed depends on it.
#pragma once
#include <chrono>

namespace sim {

using Clock = std::chrono::steady_clock;

/// [s]
inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Adds the wall time of its scope to a phase.
class Timed {
  public:
    explicit Timed(double& total) : total_(total) {}
    ~Timed() { total_ += seconds_since(start_); }
    Timed(const Timed&) = delete;

  private:
    double& total_;
    Clock::time_point start_ = Clock::now();
};

}  // namespace sim
