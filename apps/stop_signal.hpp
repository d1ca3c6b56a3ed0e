// Ctrl-C and SIGTERM, for every command.
#pragma once
#include <string>

namespace apps {

/// From now on the first SIGINT or SIGTERM asks what is under way to stop (sim/stop.hpp), and a second one
/// ends the process at once. Work that does not hear the first within a second is ended without being asked,
/// as by a kill, which every file survives: with exit code `interrupted`. Called again it does nothing.
void listen_for_stop(const std::string& program);

}  // namespace apps
