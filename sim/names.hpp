// Names of the user's choice (populations, projections, senses, ...): they become names in files and parts of
// dotted keys.
#pragma once
#include <string>

namespace sim {

/// What such a name must be; part of a message.
inline constexpr const char* kNameRule =
    "a name of 1 to 255 bytes without \".\", \"/\" and control characters";

/// Whether `name` works in every file and command: HDF5 takes "/" and "." for places, and a line ends at a
/// control character.
bool is_a_name(const std::string& name);

}  // namespace sim
