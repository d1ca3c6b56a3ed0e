// Time of this thread alone, and the floor that speeds are given beside.
#pragma once
#include <ctime>

namespace bench {

inline constexpr int kRounds = 9;  // the fastest counts: what disturbs a measurement only ever slows it

inline double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
double seconds(const Work& work) {
    const double start = thread_seconds();
    work();
    return thread_seconds() - start;
}

}  // namespace bench
