// Names of the points of a sweep: of their keys in tables, and of their files.
#pragma once
#include <string>
#include <vector>

namespace apps {

/// Names of keys as short as tells them apart: {"populations.v1.lambda", "seed"} -> {"lambda", "seed"}.
std::vector<std::string> short_names(const std::vector<std::string>& keys);

/// `text` as part of a file's name: letters, digits and "._+-=" of it. Where others than spaces are lost, or
/// it is long, a hash of the text keeps it apart from its like.
std::string file_safe(const std::string& text);

}  // namespace apps
