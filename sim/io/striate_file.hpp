// What makes an HDF5 file one of Striate's (docs/file_format.md).
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "sim/io/hdf5.hpp"
#include "sim/io/output.hpp"

namespace sim::io {

/// Format version this program writes; it reads files up to this one.
inline constexpr std::uint32_t kFormatVersion = 5;

/// Writes the root attributes that say what a file is. kind: "network", "analysis", ...
void mark_striate_file(File& file, const std::string& kind);

/// "network", "analysis", ... throws IoError if the file is of another kind or of a newer format version.
std::string kind_of_striate_file(const File& file);

/// throws IoError if the file is not of `kind`
void check_kind(const File& file, const std::string& kind);

/// Opens a file of Striate to read. throws IoError if it is not of `kind`.
File open_striate_file(const std::string& path, const std::string& kind);

/// Writes what all finished files end with, closes and seals. Not of a file that streams.
void close_sealed(File& file);

/// Writes a file of that name, sealed.
void write_sealed_file(const std::filesystem::path& path, const std::function<void(File&)>& fill);

/// Writes a sealed file whole or not at all: beside its place, and there when it is complete.
void write_whole_file(const Output& output, const std::function<void(File&)>& fill);
void write_whole_file(const std::filesystem::path& path, Existing existing,
                      const std::function<void(File&)>& fill);

}  // namespace sim::io
