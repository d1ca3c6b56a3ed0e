// What a resolved config says, as far as figures need it. It has one key a line and blocks indented, so that no
// YAML reader is needed.
#pragma once
#include <string>
#include <vector>

namespace analysis {

/// The number under a dotted key, where units are always the same; NaN if it is not there.
double number_in(const std::string& config, const std::string& key);

/// What stands under a dotted key; "" if it is not there.
std::string text_in(const std::string& config, const std::string& key);

/// Keys of the block under a dotted key, in order.
std::vector<std::string> names_in(const std::string& config, const std::string& block);

}  // namespace analysis
