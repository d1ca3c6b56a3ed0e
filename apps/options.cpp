#include "apps/options.hpp"

#include <fmt/format.h>

#include <CLI/Validators.hpp>

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
