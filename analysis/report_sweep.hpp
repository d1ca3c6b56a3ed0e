// The page of a sweep: its table, where a row leads to the page of its point.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "analysis/page_file.hpp"
#include "analysis/recorded_sweep.hpp"

namespace analysis {

/// The file that the page of a point is made of: its analysis beside the table, else its run; nothing where neither is
/// there.
std::optional<std::filesystem::path> file_of_point(const RecordedSweep& sweep, const std::string& point);

/// Where that page stands, from the folder of the sweep's.
std::filesystem::path folder_of_point(const std::string& point);

/// Writes the page. Returns whether it is one to explore (`find_d3`).
///
/// missing  why there is no page of a point, "" where there is one, shape (points)
/// throws   IoError if a file cannot be read or written
bool write_sweep_report(const RecordedSweep& sweep, std::span<const std::string> missing,
                        const PageFile& file, const std::optional<std::filesystem::path>& d3);

}  // namespace analysis
