#include "apps/status_line.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "apps/streams.hpp"

namespace apps {
namespace {

/// Asked each time: windows are resized. The last column stays free, for a terminal may go on to the next
/// line at it.
std::size_t columns_of_terminal() {
    winsize size{};
    const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col - 1U : std::numeric_limits<std::size_t>::max();
}

/// Not the further bytes of a character in UTF-8.
bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

}  // namespace

std::string cut(const std::string& line, std::size_t columns) {
    if (static_cast<std::size_t>(std::ranges::count_if(line, begins_character)) <= columns) return line;
    std::size_t n = 0, end = 0;
    while (end < line.size() && (n += begins_character(line[end]) ? 1U : 0U) < columns) ++end;
    return columns == 0 ? "" : line.substr(0, end) + "…";
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
    if (!is_terminal_)
        say(line + '\n');
    else if (is_last)
        say(fmt::format("\r\033[K{}\n", line));
    else
        say(fmt::format("\r\033[K{}", cut(line, columns_of_terminal())));
}

}  // namespace apps
