// Standard output and standard error. Whoever reads them may be gone, or the disk behind them full: no work
// ends because of that. What was lost is remembered, for the exit code (run_action.cpp).
#pragma once
#include <fmt/format.h>

#include <string>
#include <utility>

namespace apps {

/// The first thing a program does. Descriptors 0 to 2 that are closed are opened on /dev/null: else the next
/// file opened would be given one of them, and be written into. A write to a closed pipe, or beyond a limit
/// of file sizes, fails and ends nothing.
void open_standard_streams();

/// Writes to standard output; of several ranks the first alone does. Never throws for what cannot be written.
void print_text(const std::string& text);
template <class... T>
void print(fmt::format_string<T...> format, T&&... values) {
    print_text(fmt::format(format, std::forward<T>(values)...));
}

/// Writes to standard error, at once; of several ranks the first alone does.
void say(const std::string& text);
/// The same whichever rank this is, of an error that others do not know of.
void say_of_any_rank(const std::string& text);

/// After all has been printed: what was lost, and why, "standard output: cannot be written: No space left on
/// device"; "" for nothing.
std::string lost_output();

}  // namespace apps
