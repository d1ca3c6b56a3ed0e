// A run that shows frames, from its config to its file: they are coded and learned from, batch by batch, and then
// held-out frames are shown and recorded.
#pragma once
#include <string>
#include <vector>

#include "sim/circuit_run.hpp"
#include "sim/ranks.hpp"

namespace sim {

/// Wall time spent in each part of the work [s].
struct PhaseTimes {
    double stimulus = 0.0, encode = 0.0, learn = 0.0, interaction = 0.0, record = 0.0;
};

/// How well a population codes what it sees.
struct CodeSummary {
    std::string population;
    double before, energy,
        optimal_energy;              // means over held-out frames; before learning, after, and the least
    double relative_gap;             // median of E/E* - 1; NaN where it solves no program
    double relative_gap_at_most;     // median of E/bound - 1, from the dual program; NaN where it solves none
    double kkt;                      // median of the residual of the optimality conditions; NaN as well
    double unexplained;              // mean of |s - Phi a|^2 / |s|^2
    double psnr, sparseness;         // medians; [dB], and the part of neurons that are silent
    double spikes_per_presentation;  // in the last batch it learned from, or over held-out frames
    double dead_neurons;             // after the last batch; NaN where nothing is learned
    std::size_t n_without_gap;       // held-out frames of which no gap is known
    std::size_t
        n_without_optimum;  // those of them where no least energy was found; the others have no energy
};

struct ShownSummary {
    CircuitSummary circuit;  // over the presentations that were recorded
    std::string stimulus;
    std::size_t batches, batch_size, held_out;
    Time T;                  // of a presentation
    std::size_t n_recorded;  // presentations
    std::size_t n_here;      // presentations of this process, tests among them
    std::vector<CodeSummary> codes;
    PhaseTimes phases;         // of this process
    ranks::Traffic traffic;    // of this process, while it learned; the work is that of the busiest rank
    double learning_s;         // wall time of the batches of this process
    std::size_t batches_here;  // learned by this process
    std::size_t n_blank;       // held-out frames whose pixels are all alike
    bool is_silent;            // no neuron that codes was active in any held-out frame
    std::vector<std::string> warnings;
};

/// Learns from batches of presentations, then shows held-out frames and records them. Same settings, same bits in
/// the file, at any number of threads and however often it was killed and resumed. The file is there when it is
/// complete. throws IoError, NumericsError; ConfigError if a run is to be resumed that is of another config or of
/// other data; Interrupted (sim/stop.hpp), from a checkpoint
ShownSummary learn(RunSettings settings, const RunOptions& options);

}  // namespace sim
