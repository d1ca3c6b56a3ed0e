// A comparison as JSON: the same names for who reads `striate compare --json` and for Python.
#pragma once
#include <nlohmann/json.hpp>

#include "analysis/compare.hpp"

namespace analysis {

/// {"value", "low", "high"}; what is NaN is null in text.
nlohmann::ordered_json json_of(const Interval& interval);
nlohmann::ordered_json json_of(const Comparison& comparison);

}  // namespace analysis
