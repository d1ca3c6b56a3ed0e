// Paths in a config: which keys name files, and what a relative path is relative to.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace sim {

/// Whether the last part of a dotted key says that its value is the path of a file or folder, or a list of
/// them. What gives keys values from elsewhere (--set, a sweep, analysis.set) knows nothing else of the key,
/// so `Params::file` and `Params::files` read keys of these names only.
bool names_a_path(std::string_view key);

/// `path` as text, a relative one taken from `folder`; an absolute or empty one stays as it is.
std::string absolute_path(const std::string& path, const std::filesystem::path& folder);

}  // namespace sim
