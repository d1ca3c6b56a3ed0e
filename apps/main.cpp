// striate: one subcommand a file.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <vector>

#include "apps/commands.hpp"
#include "apps/run_action.hpp"
#include "sim/params.hpp"
#include "sim/provenance.hpp"

namespace {

constexpr const char* kProgram = "striate";

std::string no_such_subcommand(const CLI::App& app, const std::string& name) {
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        known.push_back(command->get_name());
    const std::string nearest = sim::nearest_name(name, known);
    return fmt::format("must be told one of {}; got \"{}\"{}", fmt::join(known, ", "), name,
                       nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Striate: spiking sparse coding on a sheet of primary visual cortex.\n"
        "Runs an experiment from YAML, writes HDF5, and says how close the result is to macaque V1."};
    app.set_version_flag("--version",
                         fmt::format("striate {} ({})", sim::striate_version(), sim::git_hash()));
    app.require_subcommand(1);
    app.footer(
        "Example: striate run configs/v1_sheet.yaml -o sheet.h5 && striate analyze sheet.h5 && striate "
        "report sheet.analysis.h5");
    apps::Action action;
    apps::add_run(app, action);
    apps::add_validate(app, action);
    apps::add_models(app, action);
    apps::add_schema(app, action);
    apps::add_analyze(app, action);
    apps::add_compare(app, action);
    apps::add_report(app, action);
    apps::add_heterogeneity(app, action);
    apps::add_sweep(app, action);
    apps::add_encode(app, action);
    apps::add_recall(app, action);
    apps::add_decode(app, action);
    apps::add_bench(app, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const auto rest = app.remaining(); app.get_subcommands().empty() && !rest.empty())
            return apps::fail(kProgram, apps::wrong_input, no_such_subcommand(app, rest.front()));
        return app.exit(error) == 0 ? apps::done : apps::wrong_input;
    }
    return apps::run_action(kProgram, action);
}
