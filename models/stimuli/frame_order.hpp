// Which of n stored frames is shown when: shared by stimuli that show what a file holds.
#pragma once
#include <cstdint>

#include "sim/params.hpp"
#include "sim/stimulus.hpp"

namespace models {

/// The order of stored frames. Stimuli with the same settings, seed and number of frames go through theirs in
/// step, so that paired ones show pairs.
class FrameOrder {
  public:
    /// Reads the key `order`.
    explicit FrameOrder(const sim::Params& p);

    /// Which of the frames 0 .. n-1 is number `index` of a set.
    std::uint64_t operator()(std::uint64_t seed, sim::FrameSet set, std::uint64_t index,
                             std::uint64_t n) const;
    /// Number of indices, from 0, that show every frame once; 0 if none does.
    std::uint64_t period(std::uint64_t n) const;

  private:
    enum class Kind { sequential, random, shuffled } kind_;
};

}  // namespace models
