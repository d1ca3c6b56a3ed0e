// From what was recorded of a network to what it says: measures of every neuron and of the network as a
// whole, and the distance to macaque V1. Data flows one way: recordings -> measures -> comparison.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/complex_cells.hpp"
#include "analysis/gabor.hpp"
#include "analysis/map.hpp"
#include "analysis/property.hpp"
#include "analysis/recordings.hpp"
#include "analysis/tuning.hpp"

namespace analysis {

/// The network tested, as far as its analysis needs it.
struct Subject {
    std::string run;         // path of the run
    std::string population;  // of the run
    std::uint64_t seed;      // of its config; for bootstraps
    std::size_t rows, cols;  // of the sheet
    Boundary boundary;
    std::size_t height, width;  // of a frame [px]
    bool is_retinotopic;        // whether neurons have places in the frame
    std::vector<float> Phi;     // receptive fields, shape (N, height, width); empty if there are none
    ComplexSettings complex = {};
    bool has_sheet = true;  // else no neuron is another's neighbour: kernels that all places share

    std::size_t size() const { return rows * cols; }
};

/// Responses to the gratings and what they say.
struct GratingResponses {
    std::vector<float> responses;  // shape (N, n_orientations, n_frequencies, n_phases)
    Tuning tuning;
};

/// One number of the network as a whole.
struct Measure {
    std::string name, units, description;
    double value;  // NaN where it has none
};

/// Everything an analysis file holds.
struct Analysis {
    std::string run;         // path of the run analysed
    std::string population;  // of that run; "" in files of older programs
    GratingAxes gratings;
    std::string response_units = "1";      // 1 of codes, Hz of firing rates
    GratingResponses network;              // of the running network
    GratingResponses linear;               // of the receptive fields alone; empty if there are none
    GratingResponses complex;              // of complex cells above the network; empty if there are none
    std::vector<std::uint8_t> is_complex;  // which cells are compared, shape (N): 1 the complex one, 0 the
                                           // network's; empty if there are none
    DriftRecording drift;
    ContrastRecording contrast;
    MaskRecording mask;
    SizeRecording size;
    NoiseRecording noise;
    NaturalRecording natural;
    BlankRecording blank;
    std::map<std::string, std::vector<sim::NamedArray>> protocols;  // sim/protocol.hpp, by name
    MapMeasures map;
    std::vector<Property> properties;  // of every neuron
    std::vector<Measure> summary;      // of the network as a whole
    std::vector<Comparison> comparisons;
    ShapeComparison shapes;

    /// Tuning of the cells compared: the network's, or a sample of these and complex cells.
    Tuning compared() const;
    /// Whether neurons have places on a sheet.
    bool has_map() const { return map.map.rows > 0; }
    /// NaNs if there is no property of this name.
    std::vector<double> property(const std::string& name) const;
    /// NaN if there is no measure of this name.
    double measure(const std::string& name) const;
};

/// Makes everything of recordings that can be made of them. Takes Gabor fits of the fields (`fit_gabors`) so
/// that who needs them before the tests are over need not fit twice.
Analysis analyse(const Subject& subject, Recordings recordings, std::span<const Gabor> gabors);

}  // namespace analysis
