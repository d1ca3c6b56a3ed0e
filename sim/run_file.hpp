// The HDF5 file of a run, written while the run goes (docs/file_format.md).
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/coding_sheet.hpp"
#include "sim/event_queue.hpp"
#include "sim/io/output.hpp"
#include "sim/network.hpp"
#include "sim/provenance.hpp"

namespace sim {

/// Energies on held-out frames.
struct HeldOutRecord {
    std::uint64_t batch;
    double energy, optimal_energy, relative_gap;
};

/// One recorded presentation.
struct PresentationRecord {
    std::uint64_t number;
    std::uint8_t set;
    std::uint64_t frame;
    std::vector<double> shown;
    double energy;
    std::vector<float> code;
};

/// Everything a run needs to go on as if it had never stopped.
struct Checkpoint {
    std::uint64_t batch = 0;  // the next one to learn from
    std::vector<float> Phi;
    std::vector<float> Q;  // weights, where they are learned; else empty
    std::vector<double> lambda, activity, plasticity, carried;
};

/// The dictionary of one sense, shape (N, height, width).
struct SenseFields {
    Sense sense;
    std::vector<float> Phi;
};

/// The network as learned.
struct FinalNetwork {
    std::vector<float> Phi;
    std::vector<double> lambda, Q_diagonal;
    std::vector<float> Q;  // all pairs, where weights are learned; else empty
    std::vector<SenseFields> senses{};
};

/// What a run is, known before it starts.
struct RunHeader {
    const NetworkSettings* network;
    std::vector<double> visual_position;
    std::vector<float> Phi_initial;
    std::vector<std::string> columns;  // of /presentations/shown
    Provenance provenance;
    std::string stimulus;
    Checkpoint shape;  // a checkpoint with all vectors of their final length
};

struct ResumedRun;

/// Writes NAME.partial, which is there from the first checkpoint on, and replaces it by NAME when the run is
/// complete.
class RunWriter {
  public:
    /// Starts a run. throws IoError if NAME.partial exists (unless force).
    static RunWriter create(io::Output output, const RunHeader& header, bool force);
    /// Goes on with NAME.partial from its newest checkpoint that is whole; everything written after that is
    /// cut off. throws IoError if there is none, ConfigError if it is of another config or of other data.
    static ResumedRun resume(io::Output output, const RunHeader& header);

    RunWriter(RunWriter&&) noexcept;
    ~RunWriter();

    void append(const BatchRecord& record);
    void append(const HeldOutRecord& record);
    void append(std::span<const PresentationRecord> records);
    /// Spikes by time; t of the run, `offset` is added.
    void append(std::span<const Spike> spikes, Time offset);
    void append_snapshot(std::uint64_t batch, std::span<const float> Phi, std::span<const double> activity);

    /// Survives a kill from the moment it returns, and until then the one before it does.
    void write(const Checkpoint& checkpoint);

    /// The final state; closes and renames.
    void finish(const FinalNetwork& network, double wall_time_s);

  private:
    struct Impl;
    explicit RunWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct ResumedRun {
    RunWriter writer;
    Checkpoint from;
    std::string warning;  // of a checkpoint that is damaged; "" if none is
};

}  // namespace sim
