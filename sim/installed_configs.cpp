#include "sim/installed_configs.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

namespace sim {
namespace {

namespace fs = std::filesystem;

/// The file that this code is in: the program, or the module of Python.
fs::path own_file() {
    Dl_info info{};
    std::error_code none;
    if (::dladdr(reinterpret_cast<const void*>(&find_config), &info) == 0 || info.dli_fname == nullptr)
        return {};
    const fs::path named = info.dli_fname;  // of a program as it was called, perhaps without folder
    const fs::path program = fs::read_symlink("/proc/self/exe", none);
    return fs::canonical(named.has_parent_path() && fs::exists(named, none) ? named : program, none);
}

}  // namespace

std::string find_config(const std::string& path, const std::function<void(const std::string&)>& on_message) {
    std::error_code none;
    if (fs::exists(path, none) || fs::path(path).has_parent_path() || path.empty()) return path;
    for (fs::path prefix = own_file().parent_path(); prefix.has_relative_path();
         prefix = prefix.parent_path()) {
        const fs::path installed = prefix / "share/striate/configs" / path;
        if (!fs::is_regular_file(installed, none)) continue;
        if (on_message) on_message(fmt::format("{}: not in this folder; runs {}", path, installed.string()));
        return installed.string();
    }
    return path;
}

}  // namespace sim
