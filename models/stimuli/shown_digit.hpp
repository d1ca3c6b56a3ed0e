// Which digit a printed or spoken one is: that of the first sense, or, without one, the next in turn.
#pragma once
#include <cstdint>

#include "sim/params.hpp"
#include "sim/stimulus.hpp"

namespace models {

inline constexpr int kDigits = 10;

class ShownDigit {
  public:
    /// p  block of the stimulus that shows it, for messages
    /// throws  ConfigError if frames of the first sense have no labels
    ShownDigit(const sim::Params& p, const sim::Stimulus* leader);

    /// throws  ConfigError if the label of the first sense's frame is none of 0 .. 9
    int operator()(sim::FrameSet set, std::uint64_t index) const;
    /// Number of indices after which the digits repeat; 0 if they do not.
    std::uint64_t period(sim::FrameSet set) const;

  private:
    sim::Params params_;
    const sim::Stimulus* leader_;
};

}  // namespace models
