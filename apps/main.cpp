// striate: one subcommand a file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "apps/commands.hpp"
#include "apps/help.hpp"
#include "apps/run_action.hpp"
#include "apps/streams.hpp"
#include "sim/error.hpp"
#include "sim/provenance.hpp"
#include "sim/ranks.hpp"

namespace {

/// What works on several ranks; the rest would do all of it on each.
void check_ranks(const std::string& command) {
    const std::vector<std::string> all{"run", "encode", "analyze", "sweep"};
    if (sim::ranks::n() > 1 && std::ranges::find(all, command) == all.end())
        throw sim::ConfigError(fmt::format("{}: must run in one process, was started in {}: mpirun is for {}",
                                           command, sim::ranks::n(), fmt::join(all, ", ")));
}

}  // namespace

int main(int argc, char** argv) {
    apps::open_standard_streams();
    const sim::ranks::Joined joined;
    CLI::App app{
        "Striate: spiking sparse coding on a sheet of primary visual cortex.\n"
        "Runs an experiment from YAML, writes HDF5, and says how close the result is to macaque V1.",
        "striate"};
    app.set_version_flag("--version",
                         fmt::format("striate {} ({})", sim::striate_version(), sim::git_hash()));
    app.require_subcommand(1);
    app.footer(
        "`striate help COMMAND` says the rest.\n"
        "Example: striate run configs/v1_sheet.yaml -o sheet.h5\n"
        "         striate analyze sheet.h5\n"
        "         striate report sheet.analysis.h5");
    apps::Action action;
    apps::add_run(app, action);
    apps::add_validate(app, action);
    apps::add_models(app, action);
    apps::add_schema(app, action);
    apps::add_analyze(app, action);
    apps::add_compare(app, action);
    apps::add_report(app, action);
    apps::add_show(app, action);
    apps::add_heterogeneity(app, action);
    apps::add_sweep(app, action);
    apps::add_encode(app, action);
    apps::add_export(app, action);
    apps::add_recall(app, action);
    apps::add_decode(app, action);
    apps::add_cluster(app, action);
    apps::add_bench(app, action);
    apps::add_help(app, action);
    return apps::run_program(app, argc, argv, [&] {
        check_ranks(app.get_subcommands().front()->get_name());
        action();
    });
}
