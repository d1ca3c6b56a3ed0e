// What a reader of users' files is given.
#pragma once
#include <filesystem>
#include <string>

#include "sim/error.hpp"

namespace models {

/// throws sim::IoError if something of this name is there and is no file, whose opening or end one might wait
/// for for ever: a pipe, a device, a folder
inline void check_is_regular(const std::string& path) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (exists(status) && !is_regular_file(status)) throw sim::IoError(path + ": is no regular file");
}

}  // namespace models
