// What was recorded in each test of the laboratory, as it stands in an analysis file and in one that is not finished.
#pragma once
#include <string>
#include <vector>

#include "analysis/recordings.hpp"
#include "sim/io/hdf5.hpp"

namespace analysis {

/// units: 1 of codes, Hz of firing rates
inline sim::io::Meaning network_responses(const std::string& units) {
    return {units, "response of the running network to each grating: code a, or firing rate"};
}
inline sim::io::Meaning complex_responses() {
    return {"1",
            "response of the complex cell of each neuron's number to each grating: code a, firing rate, or, "
            "of the layer "
            "that pools energy, in parts of its greatest"};
}
inline const sim::io::Meaning kLinearResponses{"1", "[phi_i . s]_+ of the receptive field alone"};

/// Of responses to gratings, one for each neuron, orientation, frequency and phase.
sim::io::Shape responses_shape(std::size_t n, const GratingAxes& axes);
void write_gratings(sim::io::File& file, const GratingAxes& axes);
GratingAxes read_gratings(const sim::io::File& file);
GratingRecording read_grating_recording(const sim::io::File& file);
// Of tests that were not made nothing is written, and nothing read. units: of responses
void write_drift(sim::io::File& file, const DriftRecording& recording, const GratingAxes& axes,
                 const std::string& units);
DriftRecording read_drift(const sim::io::File& file, const GratingAxes& axes);
void write_contrast(sim::io::File& file, const ContrastRecording& recording, const std::string& units);
ContrastRecording read_contrast(const sim::io::File& file);
void write_mask(sim::io::File& file, const MaskRecording& recording, const std::string& units);
MaskRecording read_mask(const sim::io::File& file);
void write_size(sim::io::File& file, const SizeRecording& recording, const std::string& units);
SizeRecording read_size(const sim::io::File& file);
void write_noise(sim::io::File& file, const NoiseRecording& recording);
NoiseRecording read_noise(const sim::io::File& file);
void write_natural(sim::io::File& file, const NaturalRecording& recording, const std::string& units);
NaturalRecording read_natural(const sim::io::File& file);
void write_blank(sim::io::File& file, const BlankRecording& recording);
BlankRecording read_blank(const sim::io::File& file);
void write_protocol(sim::io::File& file, const std::string& name, const std::vector<sim::NamedArray>& arrays);
std::vector<sim::NamedArray> read_protocol(const sim::io::File& file, const std::string& name);

/// Writes what was recorded in one test ("gratings", "drift", "contrast", "mask", "size", "noise", "natural", "blank", or a
/// protocol), and reads it.
void write_recording(sim::io::File& file, const std::string& test, const Recordings& of);
void read_recording(const sim::io::File& file, const std::string& test, Recordings& into);

}  // namespace analysis
