// The HDF5 file of a network that is shown frames: a circuit's, and what was shown, coded and learned
// (docs/file_format.md).
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/circuit_file.hpp"

namespace sim {

class ShownFile {
  public:
    /// What the file holds. columns: names of what frames tell of themselves; stimulus: what it is, in a line
    static StreamingFile::Layout layout(const CircuitSettings& settings, Provenance provenance,
                                        const std::vector<std::string>& columns, const std::string& stimulus);

    /// file: of that layout; it must outlive this
    ShownFile(StreamingFile& file, const CircuitSettings& settings)
        : circuit(file, settings), file_(file), settings_(settings) {}

    /// Spikes and states, as of a stretch.
    CircuitFile circuit;

    /// One presentation, in order. shown: what it showed, by column
    void append_presentation(std::uint64_t number, std::uint8_t set, std::uint64_t frame,
                             const std::vector<double>& shown);
    /// Codes of a population in the presentations appended since the last ones, (N, B).
    void append_codes(std::uint32_t population, const Eigen::MatrixXf& codes);
    void append(std::uint32_t population, const BatchRecord& measured);

  private:
    const std::string& name_of(std::uint32_t population) const {
        return settings_.populations[population].name;
    }

    StreamingFile& file_;
    const CircuitSettings& settings_;
};

// What is known at the end alone.

/// Fields and thresholds of every population that codes.
void write_fields(io::File& finished, const CircuitSettings& settings);
/// Means over held-out frames; NaN where there is none.
void write_test(io::File& finished, const std::string& population, double energy, double optimal_energy,
                double relative_gap);

}  // namespace sim
