#include "apps/status_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace apps {

void say(const std::string& text) {  // fmt::print would throw where stderr is closed
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
}

std::string duration(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

StatusLine::StatusLine() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

bool StatusLine::is_due(bool is_last) {
    using namespace std::chrono_literals;
    const auto now = std::chrono::steady_clock::now();
    if (!is_last && now - shown_ < (is_terminal_ ? 100ms : 5000ms)) return false;
    shown_ = now;
    return true;
}

void StatusLine::show(const std::string& line, bool is_last) const {
    say(fmt::format("{}{}{}", is_terminal_ ? "\r\033[K" : "", line, is_terminal_ && !is_last ? "" : "\n"));
}

}  // namespace apps
