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

std::string resolved_of(const ValidateOptions& options) {
    if (options.is_sonata)
        return sim::read_settings(sonata::load(options.config, options.overrides), options.config).resolved;
    const std::string found =
        sim::find_config(options.config, [](const std::string& text) { say(text + "\n"); });
    return sim::read_settings(sim::Params::load(found, options.overrides), found).resolved;
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
            const std::string resolved = resolved_of(*options);
            if (options->json)
                print_text(json_text(nlohmann::ordered_json{
                    {"config", options->config}, {"kind", "network"}, {"resolved", resolved}}));
            else
                print_text(resolved);
        };
    });
}

}  // namespace apps
