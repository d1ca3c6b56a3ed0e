// What was recorded in each test of a trained network (lab/stimulation.hpp), before anything is made of it.
// Responses are codes a >= 0, means over the phases of a grating where there are several.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/tuning.hpp"
#include "sim/named_array.hpp"
#include "sim/time.hpp"

namespace analysis {

/// Every neuron's responses to all gratings.
struct GratingRecording {
    GratingAxes axes;
    std::vector<float> network;  // of the running network, shape (N, n_orientations, n_frequencies, n_phases)
    std::vector<float> linear;   // [phi_i . s]_+ of the receptive fields alone, the same shape
    std::vector<float> complex{};  // of a population of complex cells, the same shape; empty if there is none
};

/// Every neuron's responses to the same gratings while they drift, phase by phase of one cycle, in the shapes of
/// `GratingRecording`.
struct DriftRecording {
    std::vector<float> network;
    std::vector<float> complex{};  // of a population of complex cells; empty if there is none
};

/// The grating that drives a neuron best: indices into the axes.
struct BestGrating {
    std::size_t orientation = 0, frequency = 0;
};

/// Of each neuron, by mean response over phases; the first of all gratings for a neuron that is silent.
std::vector<BestGrating> best_gratings(const std::vector<float>& responses, const GratingAxes& axes);

/// Every neuron's best grating, full field, at several contrasts.
struct ContrastRecording {
    std::vector<double> contrast;  // norm of a frame, shape (n_contrasts), ascending
    std::vector<float> responses;  // shape (N, n_contrasts)
};

/// Every neuron's best grating, full field, alone and under one of the same kind at right angles.
struct MaskRecording {
    std::vector<float> alone, masked;  // shape (N)
};

/// Some neurons' best gratings within discs of several diameters round the centres of their fields.
struct SizeRecording {
    std::vector<std::uint64_t> neuron;  // shape (n_cells)
    std::vector<double> diameter;       // [px], shape (n_diameters), ascending
    std::vector<float> responses;       // shape (n_cells, n_diameters)
};

/// Spike-triggered averages under noise of unit norm, shape (N, height, width): of independent normal pixels,
/// and of a few pixels on grey.
struct NoiseRecording {
    std::size_t n_frames = 0;           // of each kind
    std::size_t height = 0, width = 0;  // of a frame [px]
    std::vector<float> white, sparse;
};

/// Held-out frames of the stimulus learned from, each once, and then the first few again and again.
struct NaturalRecording {
    sim::Time T = 0.0;  // how long each is shown [ms]; presentation p lasts from p T to (p + 1) T
    std::size_t n_frames = 0, n_repeated = 0, n_repeats = 0;
    std::vector<float> codes;             // of the frames shown once, shape (n_frames, N)
    std::vector<double> timestamps;       // of all spikes, ascending [ms]
    std::vector<std::uint64_t> node_ids;  // of the neurons that fired them

    /// Start of the first repeat of a frame [ms].
    sim::Time start_of_repeats(std::size_t frame) const {
        return T * static_cast<double>(n_frames + frame * n_repeats);
    }
};

/// Grey frames: what the neurons do when nothing is shown.
struct BlankRecording {
    sim::Time duration = 0.0;             // of all frames together [ms]
    std::vector<std::uint64_t> n_spikes;  // of each neuron, shape (N)
    std::vector<float> responses{};       // their means, shape (N); empty in files of older programs
    std::vector<float> complex{};         // of complex cells
};

/// Everything recorded of one network. What was not tested is empty.
struct Recordings {
    std::string response_units = "1";  // of all responses: 1 of codes, Hz of rates
    GratingRecording gratings;
    DriftRecording drift;
    ContrastRecording contrast;
    MaskRecording mask;
    SizeRecording size;
    NoiseRecording noise;
    NaturalRecording natural;
    BlankRecording blank;
    std::map<std::string, std::vector<sim::NamedArray>> protocols;  // by name
};

}  // namespace analysis
