#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "convolution/experiment.hpp"

namespace apps {
namespace {

/// What a config is of, and what it says with all defaults in.
struct Valid {
    const char* kind;
    std::string resolved;
};

/// name: of the config, for messages.
Valid valid(const sim::Params& config, const std::string& name) {
    if (convolution::is_convolutional(config))
        return {"convolution", convolution::ExperimentSettings(config).resolved};
    return {"network", read_settings(config, name).resolved};
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
    struct Options : CommonOptions {
        std::string config;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("validate", "Check a config, print it with all defaults in");
    command->add_option("config", options->config, "The network or experiment, YAML")->required();
    add_common(*command, *options, {Common::set, Common::json});
    command->footer("Example: striate validate configs/v1_sheet.yaml --set populations.v1.kind=lca");
    command->callback([options, &action] {
        action = [options] {
            const sim::Params config = sim::Params::load(options->config, options->overrides);
            const Valid found = valid(config, options->config);
            if (options->json)
                print_text(json_text(nlohmann::ordered_json{
                    {"config", options->config}, {"kind", found.kind}, {"resolved", found.resolved}}));
            else
                print_text(found.resolved);
        };
    });
}

}  // namespace apps
