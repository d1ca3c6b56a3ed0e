// /provenance of a file: what makes a run repeatable, and when and where it was made.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/inputs.hpp"
#include "sim/io/hdf5.hpp"

namespace sim {

/// A file that was read, as it was.
struct InputRecord {
    std::string path;    // absolute
    std::uint64_t size;  // [B]
    std::string digest;  // of its bytes
};

/// The data that were read, with their digests. throws IoError if a file is gone
std::vector<InputRecord> records_of(const Inputs& inputs);

struct Provenance {
    std::string config;  // as resolved, YAML
    std::uint64_t seed = 0;
    std::vector<InputRecord> inputs;  // what the run learns from, or is built of
    std::string started;              // `timestamp` when the work began
};

std::string striate_version();
std::string git_hash();
/// Now, ISO 8601, UTC.
std::string timestamp();

void write_provenance(io::File& file, const Provenance& provenance);

/// Whether a run that `file` began can be gone on with. throws IoError if its format or program is another;
/// ConfigError if its config is, or a file it read has changed, is gone or new: says which
void check_same_run(const io::File& file, const Provenance& now);

/// The root attributes of SONATA.
void mark_as_sonata(io::File& file);

}  // namespace sim
