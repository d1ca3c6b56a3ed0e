#pragma once

namespace sim {

/// Instants and durations [ms]. Inside the simulator everything is ms, mV and pure numbers.
using Time = double;

}  // namespace sim
