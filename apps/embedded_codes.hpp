// Files of codes as a page shows them: each code a point, with the frame that it is of.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace apps {

/// Writes the page of files of codes (analysis/report_codes.hpp). Frames are drawn anew from the stimulus of each file's
/// config; where its files are gone there are none, and the page says so.
///
/// throws  sim::IoError if a file cannot be read or written, or is none of codes
void make_codes_report(const std::vector<std::string>& files, const std::filesystem::path& dir,
                       const std::optional<std::filesystem::path>& d3);

}  // namespace apps
