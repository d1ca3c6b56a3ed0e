// The subcommands of `striate`. Only this folder prints and picks exit codes.
#pragma once
#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

namespace apps {

/// What a subcommand does once the command line is parsed.
using Action = std::function<void()>;

/// Exit codes (README, "Exit codes").
enum ExitCode {
    done = 0,
    failed = 1,
    wrong_input = 2,
    unreadable_file = 3,
    numbers_broke = 4,
    interrupted = 130
};

// Each adds its subcommand to the command line and sets `action` when it is the one asked for.
void add_run(CLI::App& app, Action& action);
void add_validate(CLI::App& app, Action& action);
void add_models(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_analyze(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_show(CLI::App& app, Action& action);
void add_heterogeneity(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_encode(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_recall(CLI::App& app, Action& action);
void add_decode(CLI::App& app, Action& action);
void add_cluster(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);

}  // namespace apps
