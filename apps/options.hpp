// Options that several subcommands share.
#pragma once
#include <tbb/global_control.h>

#include <CLI/App.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "sim/io/output.hpp"
#include "sim/stimulus.hpp"
#include "sim/trained_network.hpp"

namespace apps {

/// Options that mean the same in every command that has them.
struct CommonOptions {
    std::vector<std::string> overrides;  // --set KEY=VALUE, as often as wanted
    std::size_t threads = 0;             // --threads N; 0: all cores
    bool force = false, quiet = false, json = false;
};
enum class Common { set, threads, force, quiet, json };
void add_common(CLI::App& command, CommonOptions& options, std::initializer_list<Common> which);

/// An option whose value is a whole number from `least` to `most`; anything else is a wrong command line.
/// The value that it has is that without the option.
CLI::Option* add_count(CLI::App& command, const std::string& name, std::uint64_t& value,
                       const std::string& what, std::uint64_t least, std::uint64_t most);

/// --from NAME, as often as wanted: the senses that are shown.
void add_from(CLI::App& command, std::vector<std::string>& senses);
/// A trained network that is shown the senses of `from` alone, or, if there are none, those its settings
/// name. throws ConfigError for a name that is none of its senses
sim::TrainedNetwork load_with_senses(const std::string& run, const std::vector<std::string>& from,
                                     sim::Params::Overrides overrides, const std::string& population = "");

/// --population NAME: of a run of several, the one that is tested.
void add_population(CLI::App& command, std::string& population);
/// Beside a run: RUN.ENDING, or RUN.POPULATION.ENDING where one was asked for.
std::string beside(const std::string& run, const std::string& population, const std::string& ending);
/// "v2, behind v1", of a network of several; "" of a run of one sheet.
std::string words_of_population(const sim::TrainedNetwork& trained);

/// More frames than this are asked for by mistake.
inline constexpr std::uint64_t kMostFrames = 100'000'000;
/// How many frames of a set to show: what was asked for or, for 0, all there are. throws ConfigError, which
/// names the option, if more are asked for than there are; a stimulus without end has 0
std::size_t frames_to_show(const sim::Stimulus& stimulus, sim::FrameSet set, std::size_t asked,
                           const char* option);

/// What --force says of an output that is there.
inline sim::io::Existing existing(bool force) {
    return force ? sim::io::Existing::replace : sim::io::Existing::refuse;
}

/// Caps the threads of everything that runs while the result lives; nothing for 0.
std::unique_ptr<tbb::global_control> limit_threads(std::size_t threads);

}  // namespace apps
