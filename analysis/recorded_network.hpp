// What a report tells of the file of a circuit or of a network that is shown frames (docs/file_format.md); also
// of one that is still being written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/time.hpp"

namespace analysis {

/// A stretch of time [ms], counted as spikes are.
struct Window {
    sim::Time start = 0.0, stop = 0.0;
    sim::Time length() const { return stop - start; }
};

struct RecordedPopulation {
    std::string name, kind;
    std::size_t size = 0;
    std::size_t rows = 0, cols = 0;  // of its sheet; 0: it has none
    std::string sees_of;             // population that it sees; "" where there is none
    bool has_fields = false;
    bool has_spikes = false;               // whether they were recorded
    std::uint64_t n_spikes = 0;            // all recorded
    std::vector<sim::Time> time;           // of each spike in the window, ascending
    std::vector<std::size_t> neuron;       // that fired it
    std::vector<double> per_presentation;  // spikes in each recorded presentation
    std::vector<double> rate;              // mean over neurons, in bins [Hz]
};

/// A variable of some neurons, in the part of the window that was recorded.
struct RecordedState {
    std::string name, population, variable, unit;
    std::vector<std::uint64_t> neuron;  // columns
    sim::Time first = 0.0, step = 0.0;  // times of the rows
    std::vector<float> data;            // shape (n_times, n_neurons)

    std::size_t n_times() const { return neuron.empty() ? 0 : data.size() / neuron.size(); }
};

/// Synapses of a projection to one population at the end of the run.
struct RecordedWeights {
    std::string projection, from, to, unit;
    std::vector<double> weight, delay;          // of each synapse; delay [ms]
    std::vector<std::uint32_t> source, target;  // neurons in their populations
};

struct RecordedNetwork {
    std::string path;
    bool is_shown = false;           // presentations, or one stretch
    sim::Time duration = 0.0;        // of all presentations recorded, or of the stretch
    sim::Time T = 0.0;               // of a presentation
    std::uint64_t presentation = 0;  // the one that is the window
    Window window;                   // of the spikes and states that are read
    std::vector<double> number;      // of the recorded presentations
    sim::Time rate_bin = 0.0;
    std::vector<RecordedPopulation> populations;  // in the order of the config
    std::vector<RecordedState> states;
    std::vector<RecordedWeights> weights;
    std::string config;
    std::vector<std::pair<std::string, std::string>> provenance;
};

/// Whether a run is of one population, that codes the frames it is shown. throws IoError
bool is_of_one_sheet(const std::string& path);

/// Spikes in a raster; more cannot be told apart.
inline constexpr std::size_t kMostSpikesDrawn = 12000;

/// Of a network the window is the last recorded presentation with spikes, of a circuit its last second or, where
/// these have more than n_most_spikes, less. throws IoError if it cannot be read, is of another kind or of a newer format
RecordedNetwork read_network(const std::string& path, std::size_t n_most_spikes = kMostSpikesDrawn);

}  // namespace analysis
