// Options that several subcommands share.
#pragma once
#include <tbb/global_control.h>

#include <CLI/App.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sim/experiment.hpp"

namespace apps {

/// Everything a config says, also of the test that `striate analyze` will make of its network.
/// name: of the config, for messages.
sim::ExperimentSettings read_experiment(const sim::Params& config, const std::string& name);

/// --set key=value, as often as wanted.
void add_set(CLI::App& command, std::vector<std::string>& overrides);

/// --threads N; 0: all cores.
void add_threads(CLI::App& command, std::size_t& threads);

/// Caps the threads of everything that runs while the result lives; nothing for 0.
std::unique_ptr<tbb::global_control> limit_threads(std::size_t threads);

}  // namespace apps
