// The heap under the event queue: whatever is taken out of its middle, what is left comes out in order.
#include "sim/event_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "sim/rng.hpp"

namespace {

using Times = std::vector<double>;

/// Neuron k at times[k].
sim::EventQueue filled(const Times& times) {
    sim::EventQueue queue(times.size());
    for (std::size_t k = 0; k < times.size(); ++k) queue.set(static_cast<std::uint32_t>(k), times[k]);
    return queue;
}

/// All that is left, in the order in which it comes.
Times drained(sim::EventQueue& queue) {
    Times times;
    while (!queue.empty()) {
        times.push_back(queue.top().t);
        queue.remove(queue.top().neuron);
    }
    return times;
}

Times without(Times times, std::size_t k) {
    times.erase(times.begin() + static_cast<std::ptrdiff_t>(k));
    std::ranges::sort(times);
    return times;
}

}  // namespace

TEST_CASE("what takes the place of a removed entry rises past later ones above it") {
    // A heap as it stands, level by level: the left half is late, the right half soon. When 103 goes, the last
    // entry, 7, takes its place below 101 and 100, and has to come before both.
    const Times levels{0, 100, 1, 101, 102, 2, 3, 103, 104, 105, 106, 50, 51, 52, 7};
    sim::EventQueue queue = filled(levels);
    queue.remove(7);
    CHECK(drained(queue) == Times{0, 1, 2, 3, 7, 50, 51, 52, 100, 101, 102, 104, 105, 106});
}

TEST_CASE("whichever entry is removed, the others come out in order") {
    sim::Stream random(5, sim::Purpose::test, 0);
    for (int round = 0; round < 100; ++round) {
        Times times;
        for (std::size_t n = 1 + random.below(40); times.size() < n;)
            times.push_back(static_cast<double>(random.below(1000)));
        for (std::size_t k = 0; k < times.size(); ++k) {
            sim::EventQueue queue = filled(times);
            queue.remove(static_cast<std::uint32_t>(k));
            REQUIRE(drained(queue) == without(times, k));
        }
    }
}

TEST_CASE("a neuron that is appended comes in turn, of equal times the first in number") {
    sim::EventQueue queue(0);
    for (int k = 0; k < 3; ++k) queue.append();
    CHECK(queue.empty());
    queue.set(2, 1.0);
    queue.set(1, 1.0);
    queue.set(0, 2.0);
    CHECK(queue.top().neuron == 1);
    queue.set(1, 3.0);
    CHECK(queue.top().neuron == 2);
}
