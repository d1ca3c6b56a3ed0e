// How a program ends: errors become messages and exit codes here.
#pragma once
#include <string>

#include "apps/commands.hpp"

namespace apps {

/// Writes "PROGRAM: what" to stderr. returns the code
int fail(const std::string& program, int code, const std::string& what);

/// Does what the command line asks for. returns the exit code
int run_action(const std::string& program, const Action& action);

}  // namespace apps
