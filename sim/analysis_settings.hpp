// What `striate analyze` does with a trained network: the block `analysis`.
#pragma once
#include <string>
#include <vector>

#include "sim/params.hpp"
#include "sim/registry.hpp"

namespace sim {

struct AnalysisSettings {
    explicit AnalysisSettings(const Params& root);

    std::vector<std::string> set;    // overrides under which the network is tested
    std::vector<std::string> tests;  // "gratings" is always among them
    ComponentChoice gratings;
    double amplitude;               // of gratings: their contrast, where frames have no unit norm
    double temporal_frequency;      // of gratings [1/ms]; above 0: they are shown drifting, too
    std::size_t repeats;            // of each frame of the tests but natural and noise
    std::vector<double> contrasts;  // [norm of a frame], ascending
    std::size_t cells;              // neurons whose size tuning is measured
    std::size_t noise_frames;       // of each kind of noise
    std::size_t natural_frames;     // held-out frames
    struct {
        double fraction;         // of the cells that are compared
        std::string population;  // of the network that they are; "": a layer that pools energy
        double width, sharpness, exponent, exponent_spread;
    } complex;
};

}  // namespace sim
