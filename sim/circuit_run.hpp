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
    bool force = false;            // overwrite it
    std::function<void(const CircuitProgress&)> on_progress = nullptr;
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
    double build_s, simulation_s;  // wall time

    /// What can be wrong though nothing failed: populations of which no neuron fired.
    std::vector<std::string> warnings() const;
};

/// Runs a circuit. The file is written under another name and gets its own when it is complete.
/// throws IoError, NumericsError; Interrupted (sim/stop.hpp). No file is left then.
CircuitSummary run(CircuitSettings settings, const CircuitRunOptions& options);

}  // namespace sim
