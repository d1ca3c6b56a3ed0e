// `striate run` of a network: of one that is shown frames, or that runs for one stretch.
#pragma once
#include <string>

#include "sim/run_settings.hpp"

namespace apps {

struct NetworkOptions {
    std::string config, output;
    bool force, resume, quiet, json;
};

void run_network(const sim::Params& config, const NetworkOptions& options);

}  // namespace apps
