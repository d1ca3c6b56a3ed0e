// Wall time, for progress, checkpoints and summaries; nothing that is computed depends on it.
#pragma once
#include <chrono>

namespace sim {

using Clock = std::chrono::steady_clock;

/// [s]
inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace sim
