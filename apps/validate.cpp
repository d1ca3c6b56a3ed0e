#include <memory>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "convolution/experiment.hpp"
#include "sim/circuit.hpp"
#include "sim/experiment.hpp"

namespace apps {
namespace {

/// The config with all defaults in. name: of the config, for messages.
std::string resolved(const sim::Params& config, const std::string& name) {
    if (sim::is_circuit(config)) return sim::CircuitSettings(config).resolved;
    if (convolution::is_convolutional(config)) return convolution::ExperimentSettings(config).resolved;
    return read_experiment(config, name).resolved;
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
    struct Options : CommonOptions {
        std::string config;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("validate", "Check a config, print it with all defaults in");
    command->add_option("config", options->config, "The experiment or circuit, YAML")->required();
    add_common(*command, *options, {Common::set});
    command->footer("Example: striate validate configs/v1_sheet.yaml --set population.kind=lca");
    command->callback([options, &action] {
        action = [options] {
            const sim::Params config = sim::Params::load(options->config, options->overrides);
            print_text(resolved(config, options->config));
        };
    });
}

}  // namespace apps
