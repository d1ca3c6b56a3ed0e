// A network of several populations that is shown frames, from its config to its file.
#pragma once
#include <string>
#include <vector>

#include "sim/circuit_run.hpp"

namespace sim {

/// How well a population codes, over the held-out frames.
struct CodeSummary {
    std::string population;
    double energy, optimal_energy;  // means; 1/2 |s - Phi a|^2 + ... of what it sees
    double relative_gap;            // median of E/E* - 1; NaN where it solves no program
    double unexplained;             // mean of |s - Phi a|^2 / |s|^2
};

struct ShownSummary {
    CircuitSummary circuit;  // over the presentations that were recorded
    std::string stimulus;
    std::size_t batches, batch_size, held_out;
    std::vector<CodeSummary> codes;
};

/// Learns from batches of presentations, then shows held-out frames and records them. The file is there when it
/// is complete. throws IoError, NumericsError; Interrupted (sim/stop.hpp)
ShownSummary run_shown(CircuitSettings settings, const CircuitRunOptions& options);

}  // namespace sim
