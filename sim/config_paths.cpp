#include "sim/config_paths.hpp"

#include <algorithm>
#include <array>

namespace sim {

bool names_a_path(std::string_view key) {
    // config and run are those of a sweep.
    constexpr std::array<std::string_view, 6> kNames{"file", "folder", "folders", "font", "config", "run"};
    return std::ranges::find(kNames, key.substr(key.rfind('.') + 1)) != kNames.end();
}

std::string absolute_path(const std::string& path, const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    if (path.empty() || fs::path(path).is_absolute()) return path;
    const fs::path joined = fs::absolute(folder / path), tidy = joined.lexically_normal();
    // "a/.." is not here where a is a link to another folder.
    std::error_code error;
    const bool is_same = fs::equivalent(joined, tidy, error) || !fs::exists(joined, error);
    return (is_same ? tidy : joined).string();
}

}  // namespace sim
