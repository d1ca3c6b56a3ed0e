// A run of one stretch, from its config to its file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/ranks.hpp"
#include "sim/run_settings.hpp"

namespace sim {

/// Told of a stretch every so often.
struct CircuitProgress {
    Time t, duration;
    std::uint64_t spikes;  // so far
    double elapsed_s;
};

/// Told after every batch that was learned from, and as held-out frames are shown.
struct BatchProgress {
    std::size_t done, first, all;  // presentations: so far, before this process began, of the whole run
    std::size_t batches_done, batches;
    struct Learned {
        std::string population;
        BatchRecord last;
        const CodingSheet* sheet;  // as it is now
    };
    std::vector<Learned> learned;
    double elapsed_s;  // of this process
};

struct RunOptions {
    std::filesystem::path output;  // HDF5
    bool force = false;            // overwrite it, and forget an unfinished run
    bool resume = false;           // go on with an unfinished run
    std::function<void(const CircuitProgress&)> on_progress = nullptr;
    std::function<void(const BatchProgress&)> on_batch = nullptr;
    std::function<void(const std::string&)> on_message = nullptr;  // things worth knowing, one line each
};

struct CircuitSummary {
    struct Population {
        std::string name, kind;
        std::size_t size;
        std::uint64_t spikes;
        double rate;  // mean over neurons and time [Hz]
        double cv;    // of intervals: mean over neurons with three spikes or more; NaN if there are none
    };
    std::vector<Population> populations;
    Time duration;
    std::uint64_t synapses;
    std::uint64_t events;          // spikes and their arrivals at synapses
    double build_s, simulation_s;  // wall time; of the simulation, also before it was resumed
    ranks::Traffic traffic{};   // of this process, while it simulated; the work is that of the busiest rank
    std::size_t n_windows = 0;  // of parts, in this process

    /// What can be wrong though nothing failed: populations of which no neuron fired.
    std::vector<std::string> warnings() const;
};

/// Runs a network for one stretch, from start (or its last checkpoint) to end. Same settings, same bits in the file, however
/// often it is resumed. A run that is brief writes no checkpoint unless it is interrupted.
/// throws IoError, NumericsError; ConfigError if a run is to be resumed that is of another config or of other
/// data; Interrupted (sim/stop.hpp) after writing a checkpoint
CircuitSummary run(RunSettings settings, const RunOptions& options);

}  // namespace sim
