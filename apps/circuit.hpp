// `striate run` and `striate validate` of a circuit.
#pragma once
#include <string>

#include "sim/circuit.hpp"

namespace apps {

struct CircuitOptions {
    std::string output;
    bool force, resume, quiet, json;
};

void run_circuit(const sim::Params& config, const CircuitOptions& options);

}  // namespace apps
