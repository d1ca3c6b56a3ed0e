// FFTW makes and destroys plans one thread at a time; it may execute them on many.
#pragma once
#include <mutex>

namespace sim {

/// Held while a plan of single precision is made or destroyed.
inline std::mutex fftw_planner;

}  // namespace sim
