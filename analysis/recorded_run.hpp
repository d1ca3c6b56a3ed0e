// What a report tells of a run file (docs/file_format.md); also of one that is still being written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/io/hdf5.hpp"
#include "sim/time.hpp"

namespace analysis {

/// The fields after some number of batches.
struct Snapshot {
    std::uint64_t batch;
    std::vector<float> Phi;  // shape (N, height, width); of kernels that all places share their shape
};

/// Kernels that all places share: neuron i has kernel i % n.
struct RecordedKernels {
    std::size_t n = 0, height = 0, width = 0;  // [px]; n 0: each neuron has a field of its own
    std::size_t stride = 1;                    // px between places
};

/// The course of learning, one value per batch; vectors are empty where the file has none.
struct LearningCurves {
    std::vector<double> batch, energy, reconstruction_error, active_fraction, spikes_per_presentation,
        dead_neurons, neighbourhood_width;
    struct HeldOut {
        std::vector<double> batch, energy, optimal_energy, relative_gap;
    } held_out;
    /// reconstruction_error of each sense that was present, by its name.
    std::vector<std::pair<std::string, std::vector<double>>> sense_errors;
};

/// One recorded presentation.
struct Presentation {
    std::uint64_t number;
    bool held_out;
    sim::Time duration;               // [ms]
    double energy;                    // of its code; NaN where the file does not say
    std::vector<float> code;          // shape (N); empty of cells, which do not code
    std::vector<sim::Time> time;      // of each spike since its beginning [ms], ascending
    std::vector<std::size_t> neuron;  // that fired it
};

/// One of several senses whose frames and fields are stacked (linked dictionaries).
struct RecordedSense {
    std::string name;
    std::size_t height, width;  // of its frames [px]
    std::size_t first_pixel;    // in the stacked frame

    std::size_t size() const { return height * width; }
};

struct RecordedRun {
    std::string path, population, kind;
    std::string sees_of;  // population whose neurons are the pixels of its frames; "" where it sees frames
    RecordedKernels kernels;
    std::size_t rows = 0, cols = 0;  // of the sheet; neuron id = row * cols + col; of shared kernels of their
                                     // places, those of one place side by side in a row
    std::size_t height = 0, width = 0;  // of a frame [px]
    std::vector<float>
        Phi;  // shape (N, height, width); empty if none was written yet, or it would be too large
    bool has_channels =
        false;  // each neuron sees one of several planes of the frame, and its field is in that
    std::vector<double> lambda;  // threshold of each neuron, shape (N); empty where there is none for each
    std::vector<double>
        activity;  // running part of presentations in which each was active, shape (N), or empty
    std::vector<std::uint32_t> channel;          // that each neuron sees, shape (N); empty: there are none
    std::vector<double> centre_row, centre_col;  // of each neuron's window in the frame [px], shape (N)
    std::vector<RecordedSense> senses;  // as they are stacked; empty: one sense, or the run is not finished
    std::size_t block = 0;              // neurons taught to stand for a class; 0 where none were
    LearningCurves learning;
    std::vector<Snapshot> snapshots;           // a few, ascending by batch, the first and the last among them
    std::optional<Presentation> presentation;  // see `read_run`
    std::string config;                        // as resolved, YAML
    std::vector<std::pair<std::string, std::string>> provenance;  // attribute, value

    std::size_t size() const { return rows * cols; }
    const float* field(std::size_t neuron) const { return Phi.data() + neuron * height * width; }
    std::string provenance_of(const std::string& attribute) const;  // "" if there is none
};

/// A population with a dictionary of the run at `path`, of one sheet or of a network; "": the first. Of the
/// presentations only the last held-out
/// one with spikes is read (else the last with spikes, else none), of the snapshots at most `n_snapshots`:
/// the first, the last and those between, denser early on, when most happens. throws IoError if it cannot be
/// read, is not a run, is of a newer format than this program knows, or its fields are not of as many neurons
/// as its config says
RecordedRun read_run(const std::string& path, const std::string& population = "",
                     std::size_t n_snapshots = 6);

/// Attributes of /provenance that a page tells.
std::vector<std::pair<std::string, std::string>> read_provenance(const sim::io::File& file);
std::string read_config(const sim::io::File& file);  // "" if there is none

}  // namespace analysis
