// What a config asks for must fit into memory; said before any work.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

#include "sim/params.hpp"

namespace sim {

/// Bytes that control groups leave this process: what a batch system, or a container, has set for it; infinite for none.
/// Reads the files of both versions of cgroups. root: "/", another one in tests
double memory_of_group(const std::filesystem::path& root);

/// Whether this machine has so many bytes of memory for us, for each rank on it (sim/ranks.hpp).
bool fits(double bytes);

/// throws ConfigError at `key` if `bytes`, which `what` would take on each rank, are more than this machine's
/// memory.
/// In floating point: what a config asks for may be more than an integer counts.
/// what  "1e+15 samples"
void check_fits(const Params& p, const std::string& key, double bytes, const std::string& what);

/// Reads a side of a frame [px], a whole number; `otherwise` if it is not given.
std::size_t side_of_frame(const Params& p, const std::string& key, double otherwise, const std::string& doc);

}  // namespace sim
