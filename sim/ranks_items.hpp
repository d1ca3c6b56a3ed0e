// Items that can be saved (sim/state.hpp), dealt to ranks by share(): they come together.
#pragma once
#include <utility>
#include <vector>

#include "sim/ranks.hpp"
#include "sim/state.hpp"

namespace sim::ranks {

/// items[k] becomes, on every rank, what it is on the one in whose share it is.
template <class Item>
void gather_items(std::vector<Item>& items) {
    if (n() == 1) return;
    State own;
    for (auto [k, last] = share(items.size()); k < last; ++k) own(items[k]);
    const auto by_rank = gather(own.saved());
    for (std::size_t rank = 0; rank < by_rank.size(); ++rank) {
        if (rank == here()) continue;
        State of_rank(by_rank[rank]);
        for (auto [k, last] = share(items.size(), rank); k < last; ++k) of_rank(items[k]);
    }
}

}  // namespace sim::ranks
