// Quantities as a config writes them, "10 ms", turned into the simulator's own units: ms, mV, px, deg.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sim::units {

/// Units that may stand where `unit` is expected ("ms" -> {"ms", "s", "us"}); `unit` itself comes first.
std::vector<std::string> accepted(std::string_view unit);

/// Value of `text` in `unit`. A pure number has unit "1" and is written bare; any other quantity carries its
/// unit. throws std::invalid_argument whose message is what was expected ("a quantity in ms, for example \"10
/// ms\"")
double parse(std::string_view text, std::string_view unit);

/// Shortest text that `parse` reads back to the same bits: "10 ms", "0.06".
std::string format(double value, std::string_view unit);

}  // namespace sim::units
