#include "apps/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Error.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>

#include "sim/error.hpp"

namespace apps {

namespace {

/// An option that may be given several times, each with one value.
void add_repeated(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                  const char* value, const char* what) {
    command.add_option(name, values, what)
        ->type_name(value)
        ->take_all()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// throws CLI::ValidationError, which names the option
std::uint64_t whole_number(const std::string& name, const std::string& text, std::uint64_t least,
                           std::uint64_t most) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < least || number > most)
        throw CLI::ValidationError(
            name, fmt::format("must be a whole number from {} to {}, got \"{}\"", least, most, text));
    return number;
}

}  // namespace

void add_common(CLI::App& command, CommonOptions& options, std::initializer_list<Common> which) {
    for (const Common one : which) switch (one) {
            case Common::set:
                add_repeated(command, "--set", options.overrides, "KEY=VALUE",
                             "Override a key of the config: --set populations.v1.lambda=0.05");
                break;
            case Common::threads:
                add_count(command, "--threads", options.threads,
                          "Threads to use, 0 for all cores; results do not depend on it", 0, 1024);
                break;
            case Common::force:
                command.add_flag("--force", options.force, "Replace an output that is there");
                break;
            case Common::quiet:
                command.add_flag("--quiet", options.quiet,
                                 "Nothing on standard error but what ends the command");
                break;
            case Common::json:
                command.add_flag("--json", options.json, "Print the results as JSON, and nothing else");
                break;
        }
}

CLI::Option* add_count(CLI::App& command, const std::string& name, std::uint64_t& value,
                       const std::string& what, std::uint64_t least, std::uint64_t most) {
    return command
        .add_option_function<std::string>(
            name, [=, &value](const std::string& text) { value = whole_number(name, text, least, most); },
            what)
        ->type_name("N")
        ->default_str(fmt::format("{}", value));
}

void add_from(CLI::App& command, std::vector<std::string>& senses) {
    add_repeated(command, "--from", senses, "SENSE",
                 "Sense to show, the others are absent [as in the config's analysis.set]");
}

sim::TrainedNetwork load_with_senses(const std::string& run, const std::vector<std::string>& from,
                                     sim::Params::Overrides overrides, const std::string& population) {
    sim::TrainedNetwork trained = sim::load_trained_network(run, overrides, population);
    if (from.empty()) return trained;
    std::vector<std::string> known;
    for (const sim::Sense& sense : trained.settings().shows->senses) known.push_back(sense.name);
    for (const std::string& name : from)
        if (std::ranges::find(known, name) == known.end())
            throw sim::ConfigError(fmt::format("--from: must be one of the run's senses ({}), got \"{}\"",
                                               fmt::join(known, ", "), name));
    for (const std::string& name : known)
        overrides.push_back(
            fmt::format("senses.{}.present={}", name, std::ranges::find(from, name) != from.end()));
    return sim::load_trained_network(run, overrides, population);
}

void add_population(CLI::App& command, std::string& population) {
    command
        .add_option("--population", population,
                    "Of a run of several populations the one to test, where it stands among the others: any "
                    "that what "
                    "is shown reaches [the only one that codes]")
        ->type_name("NAME");
}

std::string beside(const std::string& run, const std::string& population, const std::string& ending) {
    return std::filesystem::path(run)
        .replace_extension((population.empty() ? "" : "." + population) + "." + ending)
        .string();
}

std::string words_of_population(const sim::TrainedNetwork& trained) {
    const auto& all = trained.settings().populations;
    if (all.size() == 1) return "";
    const sim::Sight& sight = trained.population().sight;
    return sight.of == sim::Sight::Of::population
               ? fmt::format("{}, behind {}", trained.population().name, all[sight.from].name)
               : trained.population().name;
}

std::size_t frames_to_show(const sim::Stimulus& stimulus, sim::FrameSet set, std::size_t asked,
                           const char* option) {
    const std::size_t all = stimulus.n_frames(set);
    if (all > 0 && asked > all)
        throw sim::ConfigError(
            fmt::format("{}: must be at most the {} frames that there are, got {}", option, all, asked));
    return asked == 0 ? all : asked;
}

std::unique_ptr<tbb::global_control> limit_threads(std::size_t threads) {
    if (threads == 0) return nullptr;
    return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
}

}  // namespace apps
