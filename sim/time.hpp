#pragma once
#include <limits>

namespace sim {

/// Instants and durations [ms]. Inside the simulator everything is ms, mV and pure numbers.
using Time = double;

constexpr Time kNever = std::numeric_limits<Time>::infinity();

}  // namespace sim
