// Options that several subcommands share.
#pragma once
#include <tbb/global_control.h>

#include <CLI/App.hpp>
#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/experiment.hpp"
#include "sim/io/output.hpp"
#include "sim/trained_network.hpp"

namespace apps {

/// Everything a config says, also of the test that `striate analyze` will make of its network.
/// name: of the config, for messages.
sim::ExperimentSettings read_experiment(const sim::Params& config, const std::string& name);

/// --set key=value, as often as wanted.
void add_set(CLI::App& command, std::vector<std::string>& overrides);

/// --from NAME, as often as wanted: the senses that are shown.
void add_from(CLI::App& command, std::vector<std::string>& senses);
/// A trained network that is shown the senses of `from` alone, or, if there are none, those its settings
/// name. throws ConfigError for a name that is none of its senses
sim::TrainedNetwork load_with_senses(const std::string& run, const std::vector<std::string>& from,
                                     sim::Params::Overrides overrides);

/// What --force says of an output that is there.
inline sim::io::Existing existing(bool force) {
    return force ? sim::io::Existing::replace : sim::io::Existing::refuse;
}

/// Writes JSON for programs. throws IoError
void write_json(const std::string& path, const nlohmann::ordered_json& json);

/// --threads N; 0: all cores.
void add_threads(CLI::App& command, std::size_t& threads);

/// Caps the threads of everything that runs while the result lives; nothing for 0.
std::unique_ptr<tbb::global_control> limit_threads(std::size_t threads);

}  // namespace apps
