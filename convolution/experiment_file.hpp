// The HDF5 file of a convolutional experiment (docs/file_format.md).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "convolution/experiment.hpp"
#include "convolution/kernel_learning.hpp"
#include "convolution/measures.hpp"
#include "convolution/population.hpp"
#include "sim/io/output.hpp"
#include "sim/state.hpp"
#include "sim/streaming_file.hpp"

namespace convolution {

/// Six cut-offs from 0.001 to 0.5, as Ladret, Casanova & Perrinet (2024) have them.
inline const std::vector<double> kCutOffs = {0.001, 0.1008, 0.2006, 0.3004, 0.4002, 0.5};
/// Parts of the active coefficients that are cut.
inline const std::vector<double> kCutParts = {0.0, 0.1, 0.25, 0.5, 0.75, 0.9};

/// What is known at one time of a presentation.
struct Moment {
    double t, psnr, sparseness;      // [ms], [dB]
    double spikes, synaptic_events;  // of a pixel, so far
};

/// What is measured of the code of one photograph.
struct Measured {
    double energy, psnr, sparseness;
    std::vector<Quality> by_size, by_contrast;  // after each of kCutOffs
    std::vector<Quality> by_part;               // after each of kCutParts
    std::vector<double> contrast;               // of each kernel: sum |a| |d|
    std::vector<Moment> course;                 // of spikes; empty of ADMM

    void state(sim::State& s) {
        s(energy, psnr, sparseness, by_size, by_contrast, by_part, contrast, course);
    }
};

/// A photograph that has been coded.
struct Coded {
    Measured measured;
    std::vector<std::uint64_t> place;  // of each active coefficient, as numbered in a code; if codes are
    std::vector<float> value;          // recorded
    std::vector<Spike> spikes;         // in the order they happen; if they are recorded
};

/// It streams: what is done is in OUTPUT.partial, and an experiment that is stopped or killed goes on from there
/// with the same bits. The finished file gets its name when it is complete.
class ExperimentFile {
  public:
    /// Begins, or goes on (options.resume); what is damaged is said by options.on_warning. What is referred to
    /// must outlive it.
    /// throws IoError if OUTPUT.partial exists (unless resume or force), or does not or is damaged (resume);
    /// ConfigError if it is of another config or of other data
    ExperimentFile(const ExperimentSettings& settings, const std::vector<models::Photograph>& photographs,
                   sim::io::Output output, const RunOptions& options);

    // What is done.
    const std::optional<Learned>& learned() const { return learned_; }
    const std::vector<Measured>& measured() const { return measured_; }  // photographs 0 to n - 1
    /// Photographs that were kept.
    std::size_t n_coded() const { return measured_.size() + waiting_.size(); }

    void keep(const Learned& learned);
    /// Each once. Photographs reach the file in the order of their numbers, and wait for those before them.
    void keep(std::size_t photograph, Coded coded);
    /// initial: kernels before learning. All photographs were kept.
    void finish(const Kernels& initial, double wall_time_s);

  private:
    sim::StreamingFile open(sim::io::Output output, const RunOptions& options);
    sim::StreamingFile::Layout layout();
    void write_header(sim::io::File& file) const;
    void append(std::size_t photograph, const Coded& coded);
    void append_spikes(std::size_t photograph, const std::vector<Spike>& spikes);
    void write_checkpoint();

    const ExperimentSettings& settings_;
    const std::vector<models::Photograph>& photographs_;
    std::optional<Learned> learned_;
    std::vector<Measured> measured_;
    std::map<std::size_t, Coded> waiting_;
    sim::StreamingFile file_;
};

}  // namespace convolution
