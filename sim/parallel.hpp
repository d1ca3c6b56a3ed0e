// Work side by side on the cores: the only place that knows TBB's loops.
#pragma once
#if defined(__SANITIZE_THREAD__)
#include <array>
#include <atomic>
#include <exception>
#include <thread>
#else
#include <tbb/parallel_for.h>
#endif

#include "sim/stop.hpp"

namespace sim {

/// work(i) for i = first .. last - 1, in any order and at the same time: results must not depend on it. An
/// exception of one of them is thrown on. throws Interrupted if a stop is asked for: not all work is done
/// then
template <class Index, class Work>
void parallel_for(Index first, Index last, const Work& work_item) {
    const auto work = [&work_item](Index i) {
        check_stop();
        work_item(i);
    };
#if defined(__SANITIZE_THREAD__)
    // The sanitizer cannot see how TBB's threads wait for each other, and would call every result a race.
    std::atomic<Index> next{first};
    std::array<std::exception_ptr, 2> failed;
    const auto take = [&](std::exception_ptr& failure) {
        try {
            for (Index i = next++; i < last; i = next++) work(i);
        } catch (...) {
            failure = std::current_exception();
        }
    };
    std::thread other([&] { take(failed[1]); });
    take(failed[0]);
    other.join();
    for (const auto& failure : failed)
        if (failure) std::rethrow_exception(failure);
#else
    tbb::parallel_for(first, last, work);
#endif
}

}  // namespace sim
