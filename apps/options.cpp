#include "apps/options.hpp"

namespace apps {

void add_set(CLI::App& command, std::vector<std::string>& overrides) {
    command.add_option("--set", overrides, "Override a key of the config: --set population.lambda=0.05")
        ->type_name("KEY=VALUE")
        ->take_all()
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_threads(CLI::App& command, std::size_t& threads) {
    command.add_option("--threads", threads, "Threads to use; 0: all cores. Results do not depend on it")
        ->capture_default_str();
}

std::unique_ptr<tbb::global_control> limit_threads(std::size_t threads) {
    if (threads == 0) return nullptr;
    return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
}

}  // namespace apps
