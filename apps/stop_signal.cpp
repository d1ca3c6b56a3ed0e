#include "apps/stop_signal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "apps/commands.hpp"
#include "sim/error.hpp"
#include "sim/io/output.hpp"
#include "sim/stop.hpp"

namespace apps {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 900ms;

int g_pipe_of_handler = -1;  // wakes the watcher: a handler may not do more than write

extern "C" void on_signal(int) {
    const int kept = errno;
    std::signal(SIGINT, SIG_DFL);  // a second one ends the process at once
    std::signal(SIGTERM, SIG_DFL);
    sim::request_stop();
    [[maybe_unused]] const auto written = ::write(g_pipe_of_handler, "", 1);
    errno = kept;
}

/// Waits for a signal, and then for somebody to hear it.
void watch(int pipe, const std::string& message) {
    char byte = 0;
    while (::read(pipe, &byte, 1) < 0 && errno == EINTR) {
    }
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
        if (sim::stop::is_heard) return;
        std::this_thread::sleep_for(20ms);
    }
    if (sim::stop::is_heard) return;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, message.data(), message.size());
    sim::io::abandon_outputs();
    ::_exit(interrupted);
}

void handle(int signal) {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;  // reading and writing go on
    ::sigaction(signal, &action, nullptr);
}

}  // namespace

void listen_for_stop(const std::string& program) {
    if (g_pipe_of_handler >= 0) return;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        throw sim::Error(std::string("a pipe cannot be made: ") + std::strerror(errno));
    g_pipe_of_handler = pipe[1];
    std::thread(watch, pipe[0], program + ": interrupted\n").detach();
    handle(SIGINT);
    handle(SIGTERM);
}

}  // namespace apps
