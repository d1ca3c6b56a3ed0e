// Configs that came with the program, found by name.
#pragma once
#include <functional>
#include <string>

namespace sim {

/// The config that is meant by `path`: that file or, if there is none and `path` names no folder, the one of that name
/// among those installed with this program or library (PREFIX/share/striate/configs). Where there is neither, `path`.
/// on_message: told which one it is, where it is an installed one; may be empty
std::string find_config(const std::string& path, const std::function<void(const std::string&)>& on_message);

}  // namespace sim
