// A circuit from its config to its file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/circuit.hpp"

namespace sim {

struct CircuitProgress {
    Time t, duration;
    std::uint64_t spikes;  // so far
    double elapsed_s;
};

struct CircuitRunOptions {
    std::filesystem::path output;  // HDF5
    bool force = false;            // overwrite it, and forget an unfinished run
    bool resume = false;           // go on with an unfinished run; where there is none, from the start
    std::function<void(const CircuitProgress&)> on_progress = nullptr;
    std::function<void(const std::string&)> on_message = nullptr;
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

    /// What can be wrong though nothing failed: populations of which no neuron fired.
    std::vector<std::string> warnings() const;
};

/// Runs a circuit from start (or its last checkpoint) to end. Same settings, same bits in the file, however
/// often it is resumed. A run that is brief writes no checkpoint unless it is interrupted.
/// throws IoError, NumericsError; ConfigError if a run is to be resumed that is of another config or of other
/// data; Interrupted (sim/stop.hpp) after writing a checkpoint
CircuitSummary run(CircuitSettings settings, const CircuitRunOptions& options);

}  // namespace sim
