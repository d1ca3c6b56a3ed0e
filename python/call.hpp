// How a call of the package works: the interpreter is free meanwhile, signals are looked for, one call goes on at a time.
#pragma once
#include <pybind11/pybind11.h>

#include <functional>
#include <optional>

namespace python {

/// Does the work on a thread of its own, while the caller's waits without holding the interpreter. A signal handler of Python
/// that raises - Ctrl-C - asks the work to stop, and its exception is raised when it has.
/// threads: that the work may use; 0: all cores
/// throws what the work throws; Error where a callback calls the library
void call(std::size_t threads, const std::function<void()>& work);

template <class Result>
Result call(std::size_t threads, const std::function<Result()>& work) {
    std::optional<Result> result;
    call(threads, std::function<void()>([&] { result.emplace(work()); }));
    return std::move(*result);
}

/// Calls a function of the user's, from within the work, holding the interpreter. Whether the work shall go on: not after it
/// returned False, or raised; what it raised is raised when the work has stopped.
bool call_back(const std::function<pybind11::object()>& function);

/// The exceptions of the package, and the words of their messages.
void register_errors(pybind11::module_& module);

}  // namespace python
