#include "python/call.hpp"

#include <tbb/global_control.h>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "sim/error.hpp"
#include "sim/simd.hpp"
#include "sim/stop.hpp"

namespace python {
namespace {

namespace py = pybind11;
using namespace std::chrono_literals;
constexpr auto kLookEvery = 50ms;

std::timed_mutex g_one_call;        // held by the caller's thread
std::exception_ptr g_of_callback;   // what a callback raised; of the call that goes on
thread_local bool t_works = false;  // this thread does the work of a call

/// What a handler of a signal has raised meanwhile; nothing if none did. The interpreter is held.
std::exception_ptr raised_by_signal() {
    if (PyErr_CheckSignals() == 0) return nullptr;
    return std::make_exception_ptr(py::error_already_set());
}

/// The lock, while signals are looked for. throws what they raise
std::unique_lock<std::timed_mutex> wait_for_turn() {
    std::unique_lock lock(g_one_call, std::defer_lock);
    while (true) {
        {
            const py::gil_scoped_release free;
            if (lock.try_lock_for(kLookEvery)) return lock;
        }
        if (const auto raised = raised_by_signal()) std::rethrow_exception(raised);
    }
}

/// Waits for the work to end. returns what a signal raised
std::exception_ptr wait_for(std::future<void>& done) {
    std::exception_ptr raised;
    while (true) {
        {
            const py::gil_scoped_release free;
            if (done.wait_for(kLookEvery) == std::future_status::ready) return raised;
        }
        if (raised) continue;
        raised = raised_by_signal();
        if (raised) sim::request_stop();
    }
}

bool is_keyboard_interrupt(const std::exception_ptr& raised) {
    try {
        std::rethrow_exception(raised);
    } catch (const py::error_already_set& error) {
        return error.matches(PyExc_KeyboardInterrupt);
    }
}

/// What ended the call: a signal or a callback before what the work itself says of it.
void raise(const std::exception_ptr& signal, const std::exception_ptr& callback, std::future<void>& done) {
    if (callback && !signal) std::rethrow_exception(callback);
    try {
        done.get();
    } catch (const sim::Interrupted& error) {
        if (!signal || !is_keyboard_interrupt(signal)) throw;
        PyErr_SetString(PyExc_KeyboardInterrupt, error.what());
        throw py::error_already_set();
    }
    if (signal) std::rethrow_exception(signal);
}

}  // namespace

void call(std::size_t threads, const std::function<void()>& work) {
    if (t_works) throw sim::Error("a callback cannot call Striate: it is at work");
    const auto turn = wait_for_turn();
    sim::check_simd();
    sim::withdraw_stop();
    g_of_callback = nullptr;
    std::packaged_task<void()> task([&] {
        t_works = true;
        std::unique_ptr<tbb::global_control> limit;
        if (threads > 0)
            limit =
                std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
        work();
    });
    std::future<void> done = task.get_future();
    std::thread worker(std::move(task));
    const std::exception_ptr signal = wait_for(done);
    {
        const py::gil_scoped_release free;
        worker.join();
    }
    sim::withdraw_stop();
    raise(signal, std::exchange(g_of_callback, nullptr), done);
}

bool call_back(const std::function<pybind11::object()>& function) {
    if (g_of_callback) return false;  // it stops already
    const py::gil_scoped_acquire held;
    try {
        const py::object answer = function();
        if (answer.ptr() != Py_False) return true;
    } catch (...) {
        g_of_callback = std::current_exception();
    }
    sim::request_stop();
    return false;
}

}  // namespace python
