// What the program says of its own commands.
#pragma once
#include <CLI/App.hpp>
#include <cstddef>
#include <string>

#include "apps/commands.hpp"

namespace apps {

/// Lines of a help broken between words or after commas, so that none is wider; what follows stands below the text that it
/// goes on with.
std::string fit(const std::string& help, std::size_t width = 80);

/// What the command line so far asks help for: of the program or of a command.
std::string help_of(const CLI::App& app);

/// "must be told one of run, ...; got "rum" (did you mean "run"?)"
std::string no_such_command(const CLI::App& app, const std::string& name);

/// `help` and `help COMMAND`, for people who try that first.
void add_help(CLI::App& app, Action& action);

}  // namespace apps
