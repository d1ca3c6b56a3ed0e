#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "lab/nir_file.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

struct ExportOptions : CommonOptions {
    std::string run, output, population;
    bool nir = false;
};

void export_run(const ExportOptions& options) {
    if (!options.nir) throw sim::ConfigError("export: must say to what: --nir");
    const std::string output =
        options.output.empty() ? beside(options.run, options.population, "nir") : options.output;
    const sim::io::Output place(output, existing(options.force));
    place.must_not_be(std::vector<std::filesystem::path>{options.run});
    const sim::TrainedNetwork trained =
        sim::load_trained_network(options.run, options.overrides, options.population);
    lab::write_nir(trained, options.run, place);
    if (options.json)
        print_text(json_text(nlohmann::ordered_json{
            {"nir", output}, {"run", options.run}, {"population", trained.population().name}}));
    else
        print("nir             {}\n", output);
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* command = app.add_subcommand("export", "Write a trained network in a format of others");
    command->add_option("run", options->run, "A finished run, HDF5")->required();
    command->add_flag("--nir", options->nir, "To the Neuromorphic Intermediate Representation, for chips");
    command->add_option("-o,--output", options->output,
                        "File to write [RUN.nir, or RUN.NAME.nir of --population NAME]");
    add_population(*command, options->population);
    add_common(*command, *options, {Common::set, Common::force, Common::json});
    command->footer(
        "The network is that which `striate encode` shows frames: with the config's analysis.set, and --set "
        "on top.\n"
        "Example: striate export sheet.h5 --nir");
    command->callback([options, &action] { action = [options] { export_run(*options); }; });
}

}  // namespace apps
