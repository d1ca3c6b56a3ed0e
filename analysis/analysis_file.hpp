// The analysis file of docs/file_format.md.
#pragma once
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {

/// Format version written, and the newest read.
inline constexpr auto file_format = sim::io::kFormatVersion;

/// Writes all of it, the root attributes too, into a new file.
void write(sim::io::File& file, const Analysis& analysis);

/// The analysis at `path`.
///
/// throws IoError if it cannot be read, is not an analysis, or is of a newer format than this program knows
Analysis read(const std::string& path);

}  // namespace analysis
