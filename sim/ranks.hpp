// The processes of one run, as `mpirun` started them: which of them this is, what its share of some work is, and how what
// each has made comes together. Every rank runs the same program on the same config, so that all come to the same calls of
// this file in the same order; what each then has is the same to the bit. ranks.cpp alone knows MPI. Without it, or
// without mpirun, there is one rank, and all of this is nothing: callers do not ask.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/parallel.hpp"

namespace sim::ranks {

/// Of a program, from its first line to its last: joins the ranks that were started with it, and takes leave of them.
class Joined {
  public:
    Joined();
    ~Joined();
    Joined(const Joined&) = delete;
};

/// While one lives, this process works alone: it is the only rank.
class Alone {
  public:
    Alone();
    ~Alone();
    Alone(const Alone&) = delete;
};

std::size_t n();     // ranks
std::size_t here();  // number of this one, from 0
/// The one that writes files.
inline bool is_first() { return here() == 0; }
/// Of all that were started together, also of one that works alone: the one that speaks.
bool speaks();
/// How many were started together, and which this is.
std::size_t n_started();
std::size_t started_as();
/// How many of them this machine bears.
std::size_t n_on_machine();

/// Consecutive items.
struct Range {
    std::size_t first, last;
};
/// Of n items those of a rank; shares of ranks follow each other, and differ by one item at most.
Range share(std::size_t n_items, std::size_t rank);
inline Range share(std::size_t n_items) { return share(n_items, here()); }
/// Whose share an item is in.
std::size_t owner(std::size_t item, std::size_t n_items);

// Exchanges. All ranks call them, none from within parallel_for.

/// Does this rank's part of some work. throws, on all ranks, what it threw on the first that failed. A stop that one rank
/// was asked for is from then on asked of all (sim/stop.hpp).
void together(const std::function<void()>& work);

/// What every rank has, by rank.
std::vector<std::vector<std::byte>> gather(std::vector<std::byte> own);
/// What the first rank has.
std::vector<std::byte> of_first(std::vector<std::byte> own);
template <class T>
T of_first(const T& own) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (n() == 1) return own;
    const auto* bytes = reinterpret_cast<const std::byte*>(&own);
    const auto first = of_first(std::vector<std::byte>(bytes, bytes + sizeof own));
    return *reinterpret_cast<const T*>(first.data());
}
/// The sum over ranks, and the least.
std::uint64_t sum(std::uint64_t own);
double least(double own);

/// Brings `all` together in its place: part k of it, up to ends[k] (elements), is what rank k has made.
void gather_parts(std::byte* all, std::span<const std::size_t> ends, std::size_t size_of_element);
/// The same of n_items of equal size, dealt by share().
template <class T>
void gather_shares(std::span<T> all, std::size_t n_items) {
    if (n() == 1) return;
    std::vector<std::size_t> ends;
    for (std::size_t k = 0; k < n(); ++k) ends.push_back(share(n_items, k).last * (all.size() / n_items));
    gather_parts(reinterpret_cast<std::byte*>(all.data()), ends, sizeof(T));
}

/// The same of the columns of a matrix.
template <class Matrix>
void gather_columns(Matrix& matrix) {
    if (matrix.cols() > 0)
        gather_shares(std::span(matrix.data(), static_cast<std::size_t>(matrix.size())),
                      static_cast<std::size_t>(matrix.cols()));
}
template <class Matrix>
void gather_parts(Matrix& matrix, std::span<const std::size_t> ends) {
    gather_parts(reinterpret_cast<std::byte*>(matrix.data()), ends, sizeof *matrix.data());
}

/// Part k of what is given, up to ends_given[k], goes to rank k; part k of what is taken, up to ends_taken[k], is what rank
/// k gives to this one.
void trade(const float* given, std::span<const std::size_t> ends_given, float* taken,
           std::span<const std::size_t> ends_taken);

/// make(k) fills column k of a matrix, for all k, dealt to ranks and on all cores of each.
template <class Matrix, class Make>
void fill_columns(Matrix& matrix, const Make& make) {
    using Column = decltype(matrix.cols());
    together([&] {
        const Range own = share(static_cast<std::size_t>(matrix.cols()));
        parallel_for(static_cast<Column>(own.first), static_cast<Column>(own.last), make);
    });
    gather_columns(matrix);
}

/// What this rank has exchanged so far.
struct Traffic {
    std::uint64_t messages = 0;  // calls of MPI
    std::uint64_t bytes = 0;     // that came from others
    double seconds = 0.0;        // wall time in them, waiting for others included
    double work_s = 0.0;         // processor time of all else
    Traffic operator-(const Traffic& earlier) const {
        return {messages - earlier.messages, bytes - earlier.bytes, seconds - earlier.seconds,
                work_s - earlier.work_s};
    }
};
Traffic traffic();
/// The greatest over ranks.
double greatest(double own);

/// For who ends with an error that others may not know of. The first rank says it and ends all ranks with that code; another
/// one leaves it to the first for ten seconds, since most errors are errors of all, and then does so itself.
/// Returns where there is one rank.
void end_all(int code, const std::function<void()>& say);

}  // namespace sim::ranks
