#include <filesystem>
#include <memory>

#include "apps/commands.hpp"
#include "apps/run_command.hpp"
#include "apps/streams.hpp"
#include "sim/installed_configs.hpp"
#include "sonata/load.hpp"

namespace apps {
namespace {

void run(RunCommand command) {
    const auto threads = limit_threads(command.threads);
    if (command.output.empty())
        command.output = std::filesystem::path(command.config).stem().string() + ".h5";
    if (command.is_sonata) return run_network(sonata::load(command.config, command.overrides), command);
    command.config = sim::find_config(command.config, [&](const std::string& text) {
        if (!command.quiet) say(text + "\n");
    });
    run_network(sim::Params::load(command.config, command.overrides), command);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
    auto options = std::make_shared<RunCommand>();
    CLI::App* command = app.add_subcommand("run", "Run a network, write its HDF5 file");
    command
        ->add_option(
            "config", options->config,
            "The network, YAML; one that is not here may be one that came with the program: v1_sheet.yaml")
        ->required();
    command->add_option("-o,--output", options->output, "HDF5 file to write [CONFIG's name with .h5, here]");
    command->add_flag("--sonata", options->is_sonata, "CONFIG is the JSON of a SONATA simulation or circuit");
    add_common(*command, *options,
               {Common::set, Common::threads, Common::force, Common::quiet, Common::json});
    CLI::Option* resume = command->add_flag(
        "--resume", options->resume, "Go on with a run that was stopped or killed, from OUTPUT.partial");
    command->get_option("--force")
        ->description("Replace an output that is there, finished or not")
        ->excludes(resume);
    command->footer(
        "Examples:\n  striate run configs/v1_sheet.yaml -o sheet.h5\n"
        "  striate run configs/v1_sheet.yaml --set stimulus.kind=dead_leaves\n"
        "  striate run configs/v1_sheet.yaml -o sheet.h5 --resume\n"
        "  striate run configs/brunel.yaml --set duration='2 s'\n"
        "  striate run --sonata simulation_config.json -o out.h5");
    command->callback([options, &action] { action = [options] { run(*options); }; });
}

}  // namespace apps
