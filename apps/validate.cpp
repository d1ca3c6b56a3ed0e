#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "sim/installed_configs.hpp"

namespace apps {
void add_validate(CLI::App& app, Action& action) {
    struct Options : CommonOptions {
        std::string config;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("validate", "Check a config, print it with all defaults in");
    command->add_option("config", options->config, "The network, YAML")->required();
    add_common(*command, *options, {Common::set, Common::json});
    command->footer("Example: striate validate configs/v1_sheet.yaml --set populations.v1.kind=lca");
    command->callback([options, &action] {
        action = [options] {
            const std::string found =
                sim::find_config(options->config, [](const std::string& text) { say(text + "\n"); });
            const sim::Params config = sim::Params::load(found, options->overrides);
            const std::string resolved = sim::read_settings(config, found).resolved;
            if (options->json)
                print_text(json_text(nlohmann::ordered_json{
                    {"config", options->config}, {"kind", "network"}, {"resolved", resolved}}));
            else
                print_text(resolved);
        };
    });
}

}  // namespace apps
