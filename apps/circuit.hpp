// `striate run` and `striate validate` of a circuit.
#pragma once
#include <atomic>
#include <string>

#include "sim/circuit.hpp"

namespace apps {

struct CircuitOptions {
    std::string output;
    bool force, quiet, json;
    const std::atomic<bool>* stop;
};

void run_circuit(const sim::Params& config, const CircuitOptions& options);

}  // namespace apps
