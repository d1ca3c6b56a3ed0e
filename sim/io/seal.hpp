// The seal of a finished file: in the block before HDF5's own data stands a digest of all that follows, so
// that damage is seen before the library reads a byte of it. Other readers of HDF5 pass over that block.
#pragma once
#include <cstdint>
#include <filesystem>

namespace sim::io {

/// Bytes before HDF5's own [B].
inline constexpr std::uint64_t kSealSize = 512;
/// Dataset that lists what was written, with digests: says what of a file that has changed is still whole.
inline constexpr const char* kManifest = "/provenance/manifest";

enum class Seal { none, whole, broken };

/// Writes the seal of a file that is closed and complete, and puts the file on the disk. throws IoError
void seal(const std::filesystem::path& path);

/// Compares a file with its seal. O(size of the file). throws IoError if it cannot be read
Seal check_seal(const std::filesystem::path& path);

}  // namespace sim::io
