#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "analysis/nwb_file.hpp"
#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "lab/nir_file.hpp"
#include "sim/error.hpp"
#include "sim/provenance.hpp"
#include "sonata/save.hpp"

namespace apps {
namespace {

namespace fs = std::filesystem;

struct ExportOptions : CommonOptions {
    std::string run, output, population, analysis, sonata;
    bool nir = false, nwb = false;
};

/// The place of the output, whose ending is that of its format.
sim::io::Output place_of(const ExportOptions& options, const std::string& ending) {
    sim::io::Output place(
        options.output.empty() ? beside(options.run, options.population, ending) : options.output,
        existing(options.force));
    std::vector<fs::path> read{options.run};
    if (!options.analysis.empty()) read.emplace_back(options.analysis);
    place.must_not_be(read);
    return place;
}

void tell(const ExportOptions& options, const std::string& format, const std::string& written,
          const std::string& population) {
    if (options.json)
        print_text(json_text(
            nlohmann::ordered_json{{format, written}, {"run", options.run}, {"population", population}}));
    else
        print("{:<15} {}\n", format, written);
}

void export_nir(const ExportOptions& options) {
    const sim::io::Output place = place_of(options, "nir");
    const sim::TrainedNetwork trained =
        sim::load_trained_network(options.run, options.overrides, options.population);
    lab::write_nir(trained, options.run, place);
    tell(options, "nir", place.path().string(), trained.population().name);
}

/// The analysis that was asked for, or that stands beside the run; "" if there is none.
std::string analysis_of(const ExportOptions& options) {
    if (!options.analysis.empty()) return options.analysis;
    const std::string usual = beside(options.run, options.population, "analysis.h5");
    return fs::is_regular_file(usual) ? usual : "";
}

void export_nwb(const ExportOptions& options) {
    const sim::io::Output place = place_of(options, "nwb");
    if (!options.overrides.empty())
        throw sim::ConfigError("export: --set: must be left out with --nwb, which says what was recorded");
    analysis::write_nwb({options.run, options.population, analysis_of(options), sim::timestamp()}, place);
    tell(options, "nwb", place.path().string(), options.population);
}

void export_sonata(const ExportOptions& options) {
    if (!options.output.empty() || !options.population.empty() || !options.overrides.empty() || options.force)
        throw sim::ConfigError(
            "export: --output, --population, --set and --force must be left out with --sonata, which writes "
            "the "
            "whole circuit into a new folder");
    sonata::save(options.run, options.sonata);
    tell(options, "sonata", options.sonata, "");
}

void export_run(const ExportOptions& options) {
    const bool sonata = !options.sonata.empty();
    if (int{options.nir} + int{options.nwb} + int{sonata} != 1)
        throw sim::ConfigError("export: must say to what: --nir, --nwb or --sonata");
    if (!options.nwb && !options.analysis.empty())
        throw sim::ConfigError("export: --analysis: must be left out without --nwb");
    if (options.nir) return export_nir(options);
    options.nwb ? export_nwb(options) : export_sonata(options);
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* command = app.add_subcommand("export", "Write a run in a format of others");
    command->add_option("run", options->run, "A finished run, HDF5")->required();
    command->add_flag("--nir", options->nir, "To the Neuromorphic Intermediate Representation, for chips");
    command->add_flag("--nwb", options->nwb,
                      "To Neurodata Without Borders: spikes as units, with fields and tuning");
    command
        ->add_option("--sonata", options->sonata,
                     "To SONATA: a circuit's nodes, edges, parameters and inputs, into a new folder")
        ->type_name("DIR");
    command
        ->add_option("--analysis", options->analysis,
                     "Of --nwb: analysis of the population [RUN.analysis.h5, if it is there]")
        ->type_name("FILE");
    command->add_option("-o,--output", options->output,
                        "File to write [RUN.nir, RUN.nwb, or RUN.NAME.nir of --population NAME]");
    add_population(*command, options->population);
    add_common(*command, *options, {Common::set, Common::force, Common::json});
    command->footer(
        "NIR: the network is that which `striate encode` shows frames, with the config's analysis.set, and "
        "--set on top.\n"
        "NWB: all populations whose spikes are there, or one, with its fields and tuning.\n"
        "Examples: striate export sheet.h5 --nir\n"
        "          striate export sheet.h5 --nwb --population v1\n"
        "          striate export circuit.h5 --sonata circuit");
    command->callback([options, &action] { action = [options] { export_run(*options); }; });
}

}  // namespace apps
