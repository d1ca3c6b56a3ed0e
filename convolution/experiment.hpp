// An experiment in convolutional sparse coding: kernels are made, fine-tuned by learning if asked for, and
// photographs are coded with them and measured.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "convolution/kernel_learning.hpp"
#include "convolution/problem.hpp"
#include "convolution/solver.hpp"
#include "models/stimuli/photographs.hpp"
#include "sim/kernel_settings.hpp"
#include "sim/params.hpp"

namespace convolution {

/// Whether a config is that of a convolutional experiment: it has `kernels`.
bool is_convolutional(const sim::Params& root);

/// Everything a config says, read and checked.
struct ExperimentSettings {
    /// throws ConfigError, also for a key that nothing reads
    explicit ExperimentSettings(const sim::Params& root);

    std::uint64_t seed;
    models::PhotographsSettings photographs;
    sim::KernelSettings kernels;
    double lambda;
    Border border;
    bool is_signed;
    std::size_t stride;
    SolverSettings solver;
    LearningSettings learning;
    bool records_codes, records_spikes;

    std::string resolved;                 // the config with all defaults in
    std::vector<sim::KeyInfo> keys;       // all that can be set
    std::shared_ptr<sim::Inputs> inputs;  // the files it names, and those read in the folders it names

    Task task(Kernels with) const { return {std::move(with), lambda, border, is_signed, stride}; }
    /// "homogeneous", "heterogeneous" (kernels of several bandwidths) or "random", then ", learned" if they
    /// are, or ", unit norm" if the bank was given it; that of the run which kernels are taken from.
    std::string scenario() const;
};

struct Progress {
    std::string what;  // "crop", "photograph"
    std::size_t done, of;
    std::size_t first;  // of this process: so many were done before
    double elapsed_s;
};

struct RunOptions {
    std::filesystem::path output;  // HDF5
    bool force = false;            // overwrite it
    bool resume = false;           // go on from OUTPUT.partial
    std::function<void(const Progress&)> on_progress = nullptr;
    std::function<void(const std::string&)> on_warning = nullptr;  // of photographs that are left out
};

/// Medians over photographs; NaN where none has a value.
struct Summary {
    std::string scenario;
    std::size_t n_kernels, presentations;
    double unexplained;  // energy of the last crops' codes, in parts of that of no code
    std::size_t photographs;
    double energy, psnr, sparseness;      // of a pixel; [dB]
    double spikes;                        // of a pixel; 0 of ADMM
    double learning_s, coding_s;          // wall time
    std::vector<std::string> warnings{};  // what can be wrong though nothing failed
};

/// Runs an experiment. The file (docs/file_format.md) is there only when it is complete; until then
/// OUTPUT.partial keeps what is done.
/// throws IoError; ConfigError if OUTPUT.partial is of another config; Interrupted
/// (sim/stop.hpp), from where it can go on; NumericsError
Summary run(const ExperimentSettings& settings, const RunOptions& options);

}  // namespace convolution
