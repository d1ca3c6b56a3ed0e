// What stands for a number that there is none of.
#pragma once
#include <limits>

namespace apps {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace apps
