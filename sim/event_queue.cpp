#include "sim/event_queue.hpp"

namespace sim {

void EventQueue::place(std::size_t at, const Entry& entry) {
    heap_[at] = entry;
    place_[entry.neuron] = static_cast<std::uint32_t>(at);
}

void EventQueue::rise(std::size_t at) {
    const Entry entry = heap_[at];
    while (at > 0 && before(entry, heap_[(at - 1) / 2])) {
        place(at, heap_[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(at, entry);
}

void EventQueue::sink(std::size_t at) {
    const Entry entry = heap_[at];
    for (std::size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
        if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
        if (!before(heap_[child], entry)) break;
        place(at, heap_[child]);
        at = child;
    }
    place(at, entry);
}

void EventQueue::set(std::uint32_t neuron, Time t) {
    if (!contains(neuron)) {
        heap_.push_back({t, neuron});
        rise(heap_.size() - 1);
        return;
    }
    const std::size_t at = place_[neuron];
    const bool sooner = t < heap_[at].t;
    heap_[at].t = t;
    sooner ? rise(at) : sink(at);
}

void EventQueue::remove(std::uint32_t neuron) {
    if (!contains(neuron)) return;
    const std::size_t at = place_[neuron];
    place_[neuron] = kAbsent;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    place(at, last);
    rise(at);
    sink(place_[last.neuron]);
}

void EventQueue::clear() {
    for (const Entry& entry : heap_) place_[entry.neuron] = kAbsent;
    heap_.clear();
}

}  // namespace sim
