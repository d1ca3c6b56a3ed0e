// What a run says of itself at its end, as JSON: the same names for who reads `striate run --json` and for Python.
#pragma once
#include <nlohmann/json.hpp>

#include "sim/learning.hpp"

namespace sim {

/// Spikes and their arrivals, per second of wall time.
double events_per_second(const CircuitSummary& summary);
/// Learned from; 0 where nothing was.
double images_per_second(const ShownSummary& summary);

nlohmann::ordered_json json_of(const CircuitSummary& summary);
nlohmann::ordered_json json_of(const ShownSummary& summary);

}  // namespace sim
