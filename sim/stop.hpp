// The user asks the process to stop (Ctrl-C, SIGTERM): one flag for all of it, set by the signal handler of
// the program (apps/stop_signal.cpp) and looked at wherever work goes on for long.
#pragma once
#include <atomic>

namespace sim {
namespace stop {

inline std::atomic<bool> is_requested = false;
inline std::atomic<bool> is_heard = false;  // somebody is ending what was under way
// Of several ranks (sim/ranks.hpp) all stop at one place: what one of them is asked for waits until they have spoken.
inline std::atomic<bool> is_of_all = false, is_asked_here = false;

}  // namespace stop

/// Asks for a stop; a signal handler may call it.
inline void request_stop() noexcept {
    if (stop::is_of_all)
        stop::is_asked_here = stop::is_heard = true;
    else
        stop::is_requested.store(true, std::memory_order_relaxed);
}
/// The request is forgotten, for tests and for a process that goes on to something else.
inline void withdraw_stop() noexcept { stop::is_requested = stop::is_heard = stop::is_asked_here = false; }

/// Whether to stop. Who asks has to end soon if so.
inline bool hears_stop() noexcept {
    if (!stop::is_requested.load(std::memory_order_relaxed)) return false;
    stop::is_heard.store(true, std::memory_order_relaxed);
    return true;
}

[[noreturn]] void throw_interrupted();

/// To be called in every loop that may last: costs a look at a flag that nobody writes to.
/// throws Interrupted if a stop was asked for
inline void check_stop() {
    if (hears_stop()) [[unlikely]]
        throw_interrupted();
}

}  // namespace sim
