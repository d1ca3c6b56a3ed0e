#include <doctest/doctest.h>

#include "decoding/paired.hpp"

namespace {

using decoding::Found;
using doctest::Approx;

/// 20 frames of class 0; the first `alone` of them are right in the first alone, the next `other` in the second alone.
decoding::Paired compared(std::size_t alone, std::size_t other) {
    const Found label(20, 0);
    Found first(20, 0), second(20, 0);
    for (std::size_t i = 0; i < alone; ++i) second[i] = 1;
    for (std::size_t i = alone; i < alone + other; ++i) first[i] = 2;
    first[19] = second[19] = 1;  // both wrong
    return decoding::paired(first, second, label);
}

}  // namespace

TEST_CASE(
    "paired: frames that one alone classifies rightly, and how likely as unequal numbers are by chance") {
    const auto ten = compared(1, 9);
    CHECK(ten.first_alone == 1);
    CHECK(ten.second_alone == 9);
    CHECK(ten.p ==
          Approx(2.0 * (1.0 + 10.0) / 1024.0));  // at most one head in ten throws, or at most one tail
    CHECK(compared(9, 1).p == Approx(ten.p));
    CHECK(compared(3, 3).p == 1.0);
    CHECK(compared(0, 1).p == 1.0);
    CHECK(compared(0, 0).p == 1.0);
    CHECK(compared(0, 6).p == Approx(2.0 / 64.0));
}
