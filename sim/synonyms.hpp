// What other simulators call the things that a config names.
#pragma once
#include <string>
#include <vector>

namespace sim {

/// Help for a name that is not among the known ones, to stand behind it: " (which is "lif_delta" here)" for
/// NEST's iaf_psc_delta, " (did you mean "lambda"?)" for lamda; "" if neither is near.
std::string hint(const std::string& name, const std::vector<std::string>& known);

}  // namespace sim
