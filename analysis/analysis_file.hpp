// The analysis file of docs/file_format.md.
#pragma once
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/map.hpp"
#include "analysis/tuning.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {

/// Responses to the gratings and what they say.
struct GratingResponses {
    std::vector<float> responses;  // shape (N, n_orientations, n_frequencies, n_phases)
    Tuning tuning;
};

/// Everything an analysis file holds.
struct Analysis {
    GratingAxes gratings;
    GratingResponses network;  // of the running network
    GratingResponses linear;   // of the receptive fields alone
    MapMeasures map;
    std::vector<Comparison> comparisons;  // of the running network with macaque V1
    std::string run;                      // path of the run analysed
};

/// Format version written, and the newest read.
inline constexpr auto file_format = sim::io::kFormatVersion;

/// Writes all of it, the root attributes too, into a new file.
void write(sim::io::File& file, const Analysis& analysis);

/// The analysis at `path`.
///
/// throws IoError if it cannot be read, is not an analysis, or is of a newer format than this program knows
Analysis read(const std::string& path);

}  // namespace analysis
