// Zeros of functions of which it is known where they are monotone: none is missed, however close two lie.
#pragma once
#include <algorithm>
#include <array>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace models {

/// A few times, ascending.
struct Times {
    std::array<double, 8> at{};
    std::size_t n = 0;
    void add(double t) {
        if (n < at.size()) at[n++] = t;
    }
};

/// Zero of f in [low, high], at the ends of which its signs differ. f(t) gives the pair (value, derivative). Where it lies
/// between two numbers, that on the side of `high`.
template <class F>
double bracketed_zero(const F& f, double low, double high) {
    std::uintmax_t n_calls = 200;
    const auto is_close = [](double x, double y) {
        return std::abs(y - x) <= std::numeric_limits<double>::epsilon() * std::abs(y);
    };
    return boost::math::tools::toms748_solve([&](double t) { return f(t).first; }, low, high, is_close,
                                             n_calls)
        .second;
}

/// How far a search goes where f has no more turning points.
struct Tail {
    double limit;    // of f
    double step;     // the first; doubled while nothing is found
    double horizon;  // f has its limit there for all that matters
};

/// Calls found(t) for the zeros of f in [0, tail.horizon], in order, until it returns false.
/// turns: f (or f times a positive function) is monotone between them.
template <class F, class Found>
void find_zeros(const F& f, const Times& turns, const Tail& tail, const Found& found) {
    double low = 0.0;
    bool is_below = f(0.0).first < 0.0;
    for (std::size_t k = 0; k < turns.n; ++k) {
        const double high = turns.at[k];
        const bool ends_below = f(high).first < 0.0;
        if (ends_below != is_below && !found(bracketed_zero(f, low, high))) return;
        low = high;
        is_below = ends_below;
    }
    if (tail.limit != 0.0 && (tail.limit < 0.0) == is_below) return;
    for (double step = tail.step; low < tail.horizon; step *= 2.0) {
        const double high = std::min(low + step, tail.horizon);
        if ((f(high).first < 0.0) != is_below) {
            found(bracketed_zero(f, low, high));
            return;
        }
        low = high;
    }
}

template <class F>
Times zeros(const F& f, const Times& turns, const Tail& tail) {
    Times result;
    find_zeros(f, turns, tail, [&](double t) {
        result.add(t);
        return true;
    });
    return result;
}

/// The first t at which f is no longer below 0; infinity if there is none. f(0) < 0
template <class F>
double first_crossing(const F& f, const Times& turns, const Tail& tail) {
    double first = std::numeric_limits<double>::infinity();
    find_zeros(f, turns, tail, [&](double t) {
        first = t;
        return false;
    });
    return first;
}

}  // namespace models
