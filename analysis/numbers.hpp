// Numbers that many formulas name.
#pragma once
#include <limits>
#include <numbers>

namespace analysis {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kPi = std::numbers::pi;

}  // namespace analysis
