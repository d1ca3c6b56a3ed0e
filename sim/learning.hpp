// A run: frames are shown, coded and learned from, batch by batch, and all of it goes to a file.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/experiment.hpp"
#include "sim/run_file.hpp"

namespace sim {

/// Wall time spent in each part of the work [s].
struct PhaseTimes {
    double stimulus = 0.0, encode = 0.0, learn = 0.0, interaction = 0.0, record = 0.0;
};

/// Told after every batch.
struct Progress {
    BatchRecord last;
    std::size_t batches, batch_size;
    std::size_t first_batch;  // of this process; > 0 after a resume
    double elapsed_s;         // of this process
};

struct RunOptions {
    std::filesystem::path output;
    bool force = false, resume = false;
    std::function<void(const std::string&)> on_message{};  // things worth knowing, one line each
    std::function<void(const Progress&)> on_progress{};
};

struct RunSummary {
    std::string stimulus;
    std::size_t n_neurons = 0, batches = 0, batch_size = 0;
    HeldOutRecord before{}, after{};
    BatchRecord last{};
    PhaseTimes phases;
    double learning_s = 0.0;                                   // wall time of the batches of this process
    std::size_t batches_here = 0;                              // batches learned by this process
    std::size_t held_out_blank = 0, held_out_without_gap = 0;  // held-out frames: all pixels alike; no relE
    bool is_silent = false;                                    // no neuron was active in any held-out frame
    std::vector<std::string> warnings;                         // what can be wrong though nothing failed
};

/// Runs an experiment from start (or its last checkpoint) to end. Same settings, same bits in the file, at
/// any number of threads and however often it was killed and resumed. throws Interrupted (sim/stop.hpp), from
/// a checkpoint; NumericsError
RunSummary run(const ExperimentSettings& settings, const RunOptions& options);

}  // namespace sim
