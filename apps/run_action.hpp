// How a program begins and ends: the command line is read, errors become messages and exit codes here.
#pragma once
#include <CLI/App.hpp>
#include <string>

#include "apps/commands.hpp"

namespace apps {

/// Writes "PROGRAM: what" to stderr. returns the code
int fail(const std::string& program, int code, const std::string& what);

/// Does what the command line asks for. returns the exit code
int run_action(const std::string& program, const Action& action);

/// Reads the command line into what `app` was given, then does what it asks for. returns the exit code
int run_program(CLI::App& app, int argc, const char* const* argv, const Action& action);

}  // namespace apps
