// striate: one subcommand a file; errors become exit codes here.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "apps/commands.hpp"
#include "sim/error.hpp"
#include "sim/params.hpp"
#include "sim/run_file.hpp"

namespace {

int fail(int code, const std::string& what) {
    std::fputs(fmt::format("striate: {}\n", what).c_str(), stderr);  // fmt::print throws where this cannot
    return code;
}

std::string no_such_subcommand(const CLI::App& app, const std::string& name) {
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        known.push_back(command->get_name());
    const std::string nearest = sim::nearest_name(name, known);
    return fmt::format("must be told one of {}; got \"{}\"{}", fmt::join(known, ", "), name,
                       nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest));
}

int run_action(const apps::Action& action) {
    try {
        action();
        if (std::fflush(stdout) != 0) throw sim::IoError("standard output: cannot be written");
        return apps::done;
    } catch (const sim::ConfigError& error) {
        return fail(apps::wrong_input, error.what());
    } catch (const sim::IoError& error) {
        return fail(apps::unreadable_file, error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        return fail(apps::unreadable_file,
                    fmt::format("{}: {}", error.path1().string(), error.code().message()));
    } catch (const sim::NumericsError& error) {
        return fail(apps::numbers_broke, error.what());
    } catch (const sim::Interrupted& error) {
        return fail(apps::interrupted, error.what());
    } catch (const std::bad_alloc&) {
        return fail(apps::failed, "there is not enough memory");
    } catch (const std::exception& error) {
        return fail(apps::failed, error.what());
    }
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
            return fail(apps::wrong_input, no_such_subcommand(app, rest.front()));
        return app.exit(error) == 0 ? apps::done : apps::wrong_input;
    }
    return run_action(action);
}
