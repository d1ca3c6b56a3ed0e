#include "apps/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "sim/ranks.hpp"

namespace apps {
namespace {

constexpr std::array kStandard{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

std::array<bool, kStandard.size()> g_was_closed{};
std::array<int, kStandard.size()> g_failure{};  // errno of the first write that failed; 0: none did

void note_failure(int descriptor, int why) {
    int& failure = g_failure[static_cast<std::size_t>(descriptor)];
    if (failure == 0) failure = why;
}

void write(std::FILE* stream, int descriptor, const std::string& text) {
    if (text.empty()) return;
    if (g_was_closed[static_cast<std::size_t>(descriptor)]) note_failure(descriptor, EBADF);
    if (std::fwrite(text.data(), 1, text.size(), stream) != text.size()) note_failure(descriptor, errno);
}

void flush(std::FILE* stream, int descriptor) {
    if (std::fflush(stream) != 0) note_failure(descriptor, errno);
}

}  // namespace

void open_standard_streams() {
    for (const int descriptor : kStandard) {
        if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        g_was_closed[static_cast<std::size_t>(descriptor)] = true;
        static_cast<void>(::open("/dev/null", O_RDWR));  // the lowest that is free, which is this one
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void print_text(const std::string& text) {
    if (sim::ranks::speaks()) write(stdout, STDOUT_FILENO, text);
}

void say(const std::string& text) {
    if (sim::ranks::speaks()) say_of_any_rank(text);
}

void say_of_any_rank(const std::string& text) {
    write(stderr, STDERR_FILENO, text);
    flush(stderr, STDERR_FILENO);
}

std::string lost_output() {
    flush(stdout, STDOUT_FILENO);
    flush(stderr, STDERR_FILENO);
    for (const auto& [descriptor, name] :
         {std::pair{STDOUT_FILENO, "standard output"}, {STDERR_FILENO, "standard error"}})
        if (const int why = g_failure[static_cast<std::size_t>(descriptor)]; why != 0)
            return fmt::format("{}: cannot be written: {}", name, std::strerror(why));
    return "";
}

}  // namespace apps
