// What makes an HDF5 file one of Striate's (docs/file_format.md).
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "sim/io/hdf5.hpp"

namespace sim::io {

/// Format version this program writes; it reads files up to this one.
inline constexpr std::uint32_t kFormatVersion = 1;

/// Writes the root attributes that say what a file is. kind: "run" or "analysis".
void mark_striate_file(File& file, const std::string& kind);

/// "run" or "analysis". throws IoError if the file is of another kind or of a newer format version.
std::string kind_of_striate_file(const File& file);

/// Opens a file of Striate to read. throws IoError if it is not of `kind`.
File open_striate_file(const std::string& path, const std::string& kind);

/// Writes a file whole or not at all: `fill` is given PATH.finishing, which becomes PATH when it is complete
/// and is removed when anything fails.
void write_whole_file(const std::string& path, const std::function<void(File&)>& fill);

}  // namespace sim::io
