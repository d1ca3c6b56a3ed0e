#pragma once
#include <limits>

namespace sim {

/// Instants and durations [ms]. Inside the simulator everything is ms, mV and pure numbers.
using Time = double;

constexpr Time kNever = std::numeric_limits<Time>::infinity();

/// Whether t has come to `end`. Instants are sums, rounded on the way: of two that ought to be equal, such as
/// 0.1 + 0.2 and 0.3, either may be the greater. So one within this part of `end` before it is at it: more
/// than dozens of roundings, and less than anything that means something.
constexpr double kTimeRounding = 64.0 * std::numeric_limits<Time>::epsilon();
constexpr bool has_come_to(Time end, Time t) { return t >= end * (1.0 - kTimeRounding); }

}  // namespace sim
