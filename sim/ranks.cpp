#include "sim/ranks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <new>
#include <thread>

#include "sim/error.hpp"
#include "sim/stop.hpp"
#include "sim/wall_time.hpp"

#ifdef STRIATE_MPI
#include <mpi.h>
#endif

namespace sim::ranks {
namespace {

std::size_t g_n = 1, g_here = 0;                // now
std::size_t g_n_started = 1, g_started_as = 0;  // of all
std::size_t g_n_on_machine = 1;
Traffic g_traffic;
double g_processor_s = 0.0;  // in exchanges

/// Processor time of this process, on all its threads.
double processor_s() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

// ---- what knows MPI

#ifdef STRIATE_MPI
namespace {

/// Whether a launcher has started this process as one of several: MPI is slow to begin, and a program that runs alone
/// has no need of it.
bool was_launched() { return std::getenv("PMIX_RANK") != nullptr || std::getenv("PMI_RANK") != nullptr; }

/// Counts one exchange. received: bytes that came from others
class Counted {
  public:
    explicit Counted(std::uint64_t received) {
        ++g_traffic.messages;
        g_traffic.bytes += received;
    }
    ~Counted() {
        g_traffic.seconds += seconds_since(start_);
        g_processor_s += processor_s() - processor_start_;
    }
    Counted(const Counted&) = delete;

  private:
    Clock::time_point start_ = Clock::now();
    double processor_start_ = processor_s();
};

/// So many bytes.
class Element {
  public:
    explicit Element(std::size_t size) {
        MPI_Type_contiguous(static_cast<int>(size), MPI_BYTE, &type_);
        MPI_Type_commit(&type_);
    }
    ~Element() { MPI_Type_free(&type_); }
    Element(const Element&) = delete;
    MPI_Datatype type() const { return type_; }

  private:
    MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// Parts of an array, as MPI wants them. It counts in ints.
struct Parts {
    explicit Parts(std::span<const std::size_t> ends) {
        for (std::size_t k = 0, begin = 0; k < g_n; begin = ends[k++]) {
            counts.push_back(static_cast<int>(ends[k] - begin));
            begins.push_back(static_cast<int>(begin));
        }
    }
    std::vector<int> counts, begins;
};

void all_to_all(const float* given, std::span<const std::size_t> ends_given, float* taken,
                std::span<const std::size_t> ends_taken) {
    const Counted counted(ends_taken.back() * sizeof(float));
    const Parts from(ends_given), to(ends_taken);
    MPI_Alltoallv(given, from.counts.data(), from.begins.data(), MPI_FLOAT, taken, to.counts.data(),
                  to.begins.data(), MPI_FLOAT, MPI_COMM_WORLD);
}

void broadcast(void* data, std::size_t size, std::size_t from) {
    const Counted counted(g_here == from ? 0 : size);
    constexpr std::size_t kAtOnce = 1U << 30U;
    for (std::size_t at = 0; at < size; at += kAtOnce)
        MPI_Bcast(static_cast<std::byte*>(data) + at, static_cast<int>(std::min(kAtOnce, size - at)),
                  MPI_BYTE, static_cast<int>(from), MPI_COMM_WORLD);
}

void all_gather(std::byte* all, std::span<const std::size_t> ends, std::size_t size_of_element) {
    if (ends.back() > std::numeric_limits<int>::max()) {  // more than MPI counts
        for (std::size_t k = 0, begin = 0; k < g_n; begin = ends[k++])
            broadcast(all + begin * size_of_element, (ends[k] - begin) * size_of_element, k);
        return;
    }
    const Parts parts(ends);
    const auto own = static_cast<std::size_t>(parts.counts[g_here]);
    const Counted counted((ends.back() - own) * size_of_element);
    const Element element(size_of_element);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, parts.counts.data(), parts.begins.data(),
                   element.type(), MPI_COMM_WORLD);
}

/// The greatest over ranks, of each number.
void all_reduce(std::span<std::int64_t> values) {
    const Counted counted(values.size_bytes());
    MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_INT64_T, MPI_MAX,
                  MPI_COMM_WORLD);
}

}  // namespace

Joined::Joined() {
    if (!was_launched()) return;
    int given = 0, here = 0, n = 1, n_on_machine = 1;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, &here);
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, here, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &n_on_machine);
    MPI_Comm_free(&machine);
    g_n_on_machine = static_cast<std::size_t>(n_on_machine);
    g_here = g_started_as = static_cast<std::size_t>(here);
    g_n = g_n_started = static_cast<std::size_t>(n);
    stop::is_of_all = n > 1;
}

Joined::~Joined() {
    int has_begun = 0;
    MPI_Initialized(&has_begun);
    if (has_begun != 0) MPI_Finalize();
}

void end_all(int code, const std::function<void()>& say) {
    if (g_n == 1) return;
    constexpr std::chrono::seconds kFirstHasTime(10);
    if (g_here != 0) std::this_thread::sleep_for(kFirstHasTime);
    say();
    MPI_Abort(MPI_COMM_WORLD, code);
}
#else
namespace {

void all_gather(std::byte*, std::span<const std::size_t>, std::size_t) {}
void all_to_all(const float*, std::span<const std::size_t>, float*, std::span<const std::size_t>) {}
void broadcast(void*, std::size_t, std::size_t) {}
void all_reduce(std::span<std::int64_t>) {}

}  // namespace

Joined::Joined() = default;
Joined::~Joined() = default;
void end_all(int, const std::function<void()>&) {}
#endif

// ---- what does not

Alone::Alone() {
    g_n = 1;
    g_here = 0;
    stop::is_of_all = false;
}
Alone::~Alone() {
    g_n = g_n_started;
    g_here = g_started_as;
    stop::is_of_all = g_n > 1;
}

std::size_t n() { return g_n; }
std::size_t here() { return g_here; }
bool speaks() { return g_started_as == 0; }
std::size_t n_started() { return g_n_started; }
std::size_t started_as() { return g_started_as; }
std::size_t n_on_machine() { return g_n_on_machine; }
Traffic traffic() {
    Traffic now = g_traffic;
    now.work_s = processor_s() - g_processor_s;
    return now;
}
double greatest(double own) { return -least(-own); }

Range share(std::size_t n_items, std::size_t rank) {
    return {n_items * rank / g_n, n_items * (rank + 1) / g_n};
}

std::size_t owner(std::size_t item, std::size_t n_items) {
    std::size_t rank = item * g_n / n_items;
    while (item >= share(n_items, rank).last) ++rank;
    return rank;
}

void gather_parts(std::byte* all, std::span<const std::size_t> ends, std::size_t size_of_element) {
    if (g_n > 1) all_gather(all, ends, size_of_element);
}

void trade(const float* given, std::span<const std::size_t> ends_given, float* taken,
           std::span<const std::size_t> ends_taken) {
    if (g_n > 1) all_to_all(given, ends_given, taken, ends_taken);
}

std::vector<std::vector<std::byte>> gather(std::vector<std::byte> own) {
    if (g_n == 1) return {std::move(own)};
    constexpr std::size_t kElement = 64;  // bytes: MPI counts elements in 31 bits
    std::vector<std::uint64_t> sizes(g_n);
    sizes[g_here] = own.size();
    gather_shares(std::span(sizes), g_n);
    std::vector<std::size_t> begins{0};  // elements
    for (const std::uint64_t size : sizes) begins.push_back(begins.back() + (size + kElement - 1) / kElement);
    std::vector<std::byte> all(begins.back() * kElement);
    std::ranges::copy(own, all.data() + begins[g_here] * kElement);
    gather_parts(all.data(), std::span(begins).subspan(1), kElement);
    std::vector<std::vector<std::byte>> by_rank;
    for (std::size_t k = 0; k < g_n; ++k) {
        const std::byte* first = all.data() + begins[k] * kElement;
        by_rank.emplace_back(first, first + sizes[k]);
    }
    return by_rank;
}

std::vector<std::byte> of_first(std::vector<std::byte> own) {
    if (g_n == 1) return own;
    std::uint64_t size = own.size();
    broadcast(&size, sizeof size, 0);
    own.resize(size);
    broadcast(own.data(), own.size(), 0);
    return own;
}

std::uint64_t sum(std::uint64_t own) {
    if (g_n == 1) return own;
    std::vector<std::uint64_t> all(g_n);
    all[g_here] = own;
    gather_shares(std::span(all), g_n);
    std::uint64_t total = 0;
    for (const std::uint64_t one : all) total += one;
    return total;
}

double least(double own) {
    if (g_n == 1) return own;
    std::vector<double> all(g_n);
    all[g_here] = own;
    gather_shares(std::span(all), g_n);
    return *std::ranges::min_element(all);
}

namespace {

enum Kind : std::int64_t { none, numerics, interruption, reading, config, memory, other };

/// What a rank failed of.
struct Failure {
    std::int64_t kind = none;
    std::string text{};
};

Failure failure_of(const std::function<void()>& work) {
    try {
        work();
        return {};
    } catch (const NumericsError& error) {
        return {numerics, error.what()};
    } catch (const Interrupted& error) {
        return {interruption, error.what()};
    } catch (const IoError& error) {
        return {reading, error.what()};
    } catch (const ConfigError& error) {
        return {config, error.what()};
    } catch (const std::bad_alloc&) {
        return {memory, "there is not enough memory"};
    } catch (const std::exception& error) {
        return {other, error.what()};
    }
}

[[noreturn]] void fail(const Failure& failure, std::size_t rank) {
    const std::string text = "rank " + std::to_string(rank) + ": " + failure.text;
    switch (failure.kind) {
        case numerics:
            throw NumericsError(text);
        case interruption:
            throw Interrupted(failure.text);
        case reading:
            throw IoError(text);
        case config:
            throw ConfigError(text);
        default:
            throw Error(text);
    }
}

}  // namespace

void together(const std::function<void()>& work) {
    if (g_n == 1) return work();
    Failure failure = failure_of(work);
    const auto rank_if = [](bool has_failed) {
        return has_failed ? static_cast<std::int64_t>(g_n - g_here) : 0;
    };
    std::vector<std::int64_t> agreed{rank_if(failure.kind != none), stop::is_asked_here ? 1 : 0};
    all_reduce(agreed);
    if (agreed[1] != 0) stop::is_requested = true;
    if (agreed[0] == 0) return;
    const std::size_t failed = g_n - static_cast<std::size_t>(agreed[0]);  // the first of them
    broadcast(&failure.kind, sizeof failure.kind, failed);
    std::uint64_t size = failure.text.size();
    broadcast(&size, sizeof size, failed);
    failure.text.resize(size);
    broadcast(failure.text.data(), size, failed);
    fail(failure, failed);
}

}  // namespace sim::ranks
