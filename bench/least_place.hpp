// The place with the least key, kept while keys change along rows: each row knows its own, so that a change
// costs a look at what changed, seldom at a row, and the search one look at each row.
#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace bench {

class LeastPlace {
  public:
    /// All keys infinite.
    LeastPlace(std::size_t rows, std::size_t cols)
        : cols_(cols), keys_(rows * cols, std::numeric_limits<double>::infinity()), first_(rows) {
        for (std::size_t row = 0; row < rows; ++row) first_[row] = row * cols;
    }

    double key(std::size_t place) const { return keys_[place]; }

    /// To be written to; changed() makes it count. All places of one row.
    std::span<double> keys(std::size_t place, std::size_t n) { return {&keys_[place], n}; }
    void changed(std::size_t place, std::size_t n) {
        const std::size_t row = place / cols_;
        std::size_t& least = first_[row];
        if (least >= place && least < place + n)
            least = least_of(row * cols_, cols_);
        else if (const std::size_t other = least_of(place, n); is_before(other, least))
            least = other;
    }

    /// The first of those with the least key.
    std::size_t find() const {
        std::size_t least = first_[0];
        for (const std::size_t place : first_)
            if (keys_[place] < keys_[least]) least = place;
        return least;
    }

  private:
    bool is_before(std::size_t a, std::size_t b) const {
        return keys_[a] < keys_[b] || (keys_[a] == keys_[b] && a < b);
    }
    std::size_t least_of(std::size_t place, std::size_t n) const {
        std::size_t least = place;
        for (std::size_t other = place + 1; other < place + n; ++other)
            if (keys_[other] < keys_[least]) least = other;
        return least;
    }

    std::size_t cols_;
    std::vector<double> keys_;
    std::vector<std::size_t> first_;  // of each row
};

}  // namespace bench
