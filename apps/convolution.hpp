// `striate run` of a convolutional experiment.
#pragma once
#include <string>

#include "sim/params.hpp"

namespace apps {

struct ConvolutionOptions {
    std::string output;
    bool force, resume, quiet, json;
};

void run_convolution(const sim::Params& config, const ConvolutionOptions& options);

}  // namespace apps
