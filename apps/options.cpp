#include "apps/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Validators.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/error.hpp"

namespace apps {

sim::ExperimentSettings read_experiment(const sim::Params& config, const std::string& name) {
    sim::ExperimentSettings settings(config);
    try {
        const sim::ExperimentSettings tested(
            sim::Params::parse(settings.resolved, "(the resolved config)", settings.analysis.set));
    } catch (const sim::ConfigError& error) {
        throw sim::ConfigError(fmt::format("{}: analysis.set: {}", name, error.what()));
    }
    return settings;
}

void add_set(CLI::App& command, std::vector<std::string>& overrides) {
    command.add_option("--set", overrides, "Override a key of the config: --set population.lambda=0.05")
        ->type_name("KEY=VALUE")
        ->take_all()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_from(CLI::App& command, std::vector<std::string>& senses) {
    command
        .add_option("--from", senses,
                    "Sense to show, the others are absent [as in the config's analysis.set]")
        ->type_name("SENSE")
        ->take_all()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

sim::TrainedNetwork load_with_senses(const std::string& run, const std::vector<std::string>& from,
                                     sim::Params::Overrides overrides) {
    sim::TrainedNetwork trained = sim::load_trained_network(run, overrides);
    if (from.empty()) return trained;
    std::vector<std::string> known;
    for (const sim::Sense& sense : trained.settings.network.senses) known.push_back(sense.name);
    for (const std::string& name : from)
        if (std::ranges::find(known, name) == known.end())
            throw sim::ConfigError(fmt::format("--from: must be one of the run's senses ({}), got \"{}\"",
                                               fmt::join(known, ", "), name));
    for (const std::string& name : known)
        overrides.push_back(
            fmt::format("senses.{}.present={}", name, std::ranges::find(from, name) != from.end()));
    return sim::load_trained_network(run, overrides);
}

void write_json(const std::string& path, const nlohmann::ordered_json& json) {
    sim::io::write_text_file(path, json.dump(2) + "\n", sim::io::Existing::replace);
}

void add_threads(CLI::App& command, std::size_t& threads) {
    command.add_option("--threads", threads, "Threads to use; 0: all cores. Results do not depend on it")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
}

std::unique_ptr<tbb::global_control> limit_threads(std::size_t threads) {
    if (threads == 0) return nullptr;
    return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
}

}  // namespace apps
