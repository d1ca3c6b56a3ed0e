#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "sim/installed_configs.hpp"
#include "sonata/load.hpp"

namespace apps {
namespace {

struct ValidateOptions : CommonOptions {
    std::string config;
    bool is_sonata = false;
};

sim::RunSettings settings_of(const ValidateOptions& options) {
    if (options.is_sonata)
        return sim::read_settings(sonata::load(options.config, options.overrides), options.config);
    const std::string found =
        sim::find_config(options.config, [](const std::string& text) { say(text + "\n"); });
    return sim::read_settings(sim::Params::load(found, options.overrides), found);
}

/// What sheets take in each process, at the least [bytes]. throws ConfigError where one has not so much
double memory_of(const sim::RunSettings& settings) {
    double bytes = 0.0;
    for (const sim::PopulationSettings& one : settings.populations) {
        if (!one.codes) continue;
        one.codes->network.check_memory();
        bytes += one.codes->network.least_memory();
    }
    return bytes;
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
    auto options = std::make_shared<ValidateOptions>();
    CLI::App* command = app.add_subcommand("validate", "Check a config, print it with all defaults in");
    command->add_option("config", options->config, "The network, YAML")->required();
    command->add_flag(
        "--sonata", options->is_sonata,
        "CONFIG is the JSON of a SONATA simulation or circuit; prints the config that it becomes");
    add_common(*command, *options, {Common::set, Common::json});
    command->footer("Example: striate validate configs/v1_sheet.yaml --set populations.v1.kind=lca");
    command->callback([options, &action] {
        action = [options] {
            const sim::RunSettings settings = settings_of(*options);
            const double bytes = memory_of(settings);
            if (options->json)
                print_text(json_text(nlohmann::ordered_json{{"config", options->config},
                                                            {"kind", "network"},
                                                            {"memory_bytes", bytes},
                                                            {"resolved", settings.resolved}}));
            else
                print_text(settings.resolved);
        };
    });
}

}  // namespace apps
