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
    /// What the file holds. columns: names of what frames tell of themselves
    static StreamingFile::Layout layout(const CircuitSettings& settings, Provenance provenance,
                                        const std::vector<std::string>& columns, const std::string& stimulus);

    /// file: of that layout; it must outlive this
    ShownFile(StreamingFile& file, const CircuitSettings& settings);

    /// Spikes and states, as of a stretch.
    CircuitFile circuit;

    /// One presentation, in order. shown: what it showed, by column
    void append_presentation(std::uint64_t number, std::uint8_t set, std::uint64_t frame,
                             const std::vector<double>& shown);
    /// Codes of a population in the presentations appended since the last ones, (N, B).
    void append_codes(std::uint32_t population, const Eigen::MatrixXf& codes);
    void append(std::uint32_t population, const BatchRecord& measured);
    /// Fields and thresholds as they are in the end.
    static void write_fields(io::File& finished, const CircuitPopulation& population);
    /// Means over held-out frames; NaN where there is none.
    static void write_test(io::File& finished, const std::string& population, double energy,
                           double optimal_energy, double relative_gap);

  private:
    const CircuitPopulation& of(std::uint32_t population) const { return settings_.populations[population]; }

    StreamingFile& file_;
    const CircuitSettings& settings_;
};

}  // namespace sim
