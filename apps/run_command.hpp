// `striate run`: what is asked for, and who does it.
#pragma once
#include <string>

#include "apps/options.hpp"
#include "sim/params.hpp"

namespace apps {

struct RunCommand : CommonOptions {
    std::string config, output;
    bool resume = false, is_sonata = false;
};

/// A network that is shown frames, or runs for one stretch.
void run_network(const sim::Params& config, const RunCommand& command);

}  // namespace apps
