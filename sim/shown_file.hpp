// The HDF5 file of a run that shows frames: spikes and states as of a stretch, and what was shown, coded and learned
// (docs/file_format.md).
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/circuit_file.hpp"
#include "sim/held_out_codes.hpp"

namespace sim {

class ShownFile {
  public:
    /// What the file holds. columns: names of what frames tell of themselves; stimulus: what it is, in a line
    static StreamingFile::Layout layout(const RunSettings& settings, Provenance provenance,
                                        const std::vector<std::string>& columns, const std::string& stimulus);

    /// file: of that layout; it must outlive this
    ShownFile(StreamingFile& file, const RunSettings& settings)
        : circuit(file, settings), file_(file), settings_(settings) {}

    /// Spikes and states, as of a stretch.
    CircuitFile circuit;

    /// One presentation, in order. shown: what it showed, by column
    void append_presentation(std::uint64_t number, std::uint8_t set, std::uint64_t frame,
                             const std::vector<double>& shown);
    /// The frames of the presentations appended since the last ones, (M, B), where they are recorded.
    void append_frames(const Eigen::MatrixXf& frames);
    /// Codes of a population in the presentations appended since the last ones, (N, B), and how well each does; nothing
    /// of one that sees nothing.
    void append_codes(std::uint32_t population, const Eigen::MatrixXf& codes, const CodeMeasures& measures);
    /// A batch that was learned from, and what it did to each population that learns.
    void append_batch(std::uint64_t batch);
    void append(std::uint32_t population, const BatchRecord& measured);
    void append(std::uint32_t population, const HeldOutRecord& tested);
    /// What a population has learned after so many batches.
    void append_snapshot(std::uint32_t population, std::uint64_t batch, const CodingSheet& sheet);

  private:
    void append_active(std::uint32_t population, std::span<const float> code);
    std::string learning(std::uint32_t population, const char* name) const;
    std::string presentations(std::uint32_t population, const char* name) const;
    template <class T>
    void append_one(const std::string& dataset, T value) {
        file_.append<T>(dataset, std::span<const T>(&value, 1));
    }

    StreamingFile& file_;
    const RunSettings& settings_;
};

// What is known at the end alone.

/// Fields, thresholds and weights of every population that codes.
void write_fields(io::File& finished, const RunSettings& settings);

}  // namespace sim
