// The tests of the laboratory: each shows a trained network something and records what its neurons do.
// Noise of a test is its own; the same network and settings give the same bits.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/recordings.hpp"
#include "sim/trained_network.hpp"

namespace lab {

/// A place in a frame [px].
struct Place {
    double row, col;
};

/// The gratings of the config (analysis.gratings), full field.
analysis::GratingRecording show_gratings(const sim::TrainedNetwork& trained);

/// The same gratings drifting (analysis.gratings.temporal_frequency), as physiologists show them: a cycle to get used to
/// it, from rest, and one in which what the neurons do is read phase by phase. Frames change every 10 ms or sooner, as on
/// a screen.
analysis::DriftRecording show_drift(const sim::TrainedNetwork& trained, const analysis::GratingAxes& axes);

/// Every neuron's best grating at several contrasts; at 1 it is the frame of the test of gratings.
/// contrast  norms of a frame, ascending
analysis::ContrastRecording show_contrasts(const sim::TrainedNetwork& trained,
                                           const analysis::GratingRecording& gratings,
                                           const std::vector<double>& contrast);

/// Every neuron's best grating alone and with one of the same frequency, phase and contrast across it.
analysis::MaskRecording show_masks(const sim::TrainedNetwork& trained,
                                   const analysis::GratingRecording& gratings);

/// Some neurons' best gratings through apertures round their fields: eight diameters, from 2 px to twice the
/// frame's diagonal, which covers it from everywhere. Phases are counted from the field's centre.
/// centre: of every neuron's field, shape (N). neurons: those tested.
analysis::SizeRecording show_sizes(const sim::TrainedNetwork& trained,
                                   const analysis::GratingRecording& gratings, std::span<const Place> centre,
                                   std::vector<std::uint64_t> neurons);

/// n_frames of independent normal pixels and as many of eight white or black pixels on grey, of unit norm.
analysis::NoiseRecording show_noise(const sim::TrainedNetwork& trained, std::size_t n_frames);

/// n_frames held-out frames, and ten times a few of them.
analysis::NaturalRecording show_natural(const sim::TrainedNetwork& trained, std::size_t n_frames);

/// A hundred grey frames: only the noise of frames and the background reach the neurons.
analysis::BlankRecording show_blank(const sim::TrainedNetwork& trained);

}  // namespace lab
