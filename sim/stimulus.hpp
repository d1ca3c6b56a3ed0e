// What the network is shown: a numbered sequence of frames, each a pure function of (seed, set, index).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/registry.hpp"
#include "sim/time.hpp"

namespace sim {

/// Frames learned from, and frames kept apart to measure energy on.
enum class FrameSet { training, held_out };

/// Number of the presentation of a frame, which picks the background that goes with it (sim/background.hpp).
constexpr std::uint64_t presentation_number(FrameSet set, std::uint64_t index) {
    return (std::uint64_t{set == FrameSet::training ? 0U : 1U} << 61) + index;
}

class Stimulus {
  public:
    struct Context {
        std::uint64_t seed;
        std::size_t height, width;  // of a frame [px]
        /// Where senses are linked, the first of them: what the others show goes with it, frame by frame.
        const Stimulus* leader = nullptr;
        /// Whether frames have zero mean and unit norm (sim/reception.hpp).
        bool has_unit_norm = true;
    };

    virtual ~Stimulus() = default;

    /// Writes frame `index` of `set`.
    /// pixels  shape (height, width), row by row from the top
    /// shown   one value for each of columns(): what was shown
    /// Same arguments, same bits, from any thread.
    virtual void frame(FrameSet set, std::uint64_t index, std::span<float> pixels,
                       std::span<double> shown) const = 0;

    /// Whether what is shown moves while a presentation lasts: it is a movie then, whose first frame is frame().
    virtual bool moves() const { return false; }
    /// The frame of such a movie at time t of its presentation.
    virtual void frame_at(FrameSet set, std::uint64_t index, Time /*t*/, std::span<float> pixels,
                          std::span<double> shown) const {
        frame(set, index, pixels, shown);
    }

    /// Names of the values that tell what a frame showed ("photograph", "row", "column"); may be empty.
    virtual std::vector<std::string> columns() const = 0;

    /// Class of what a frame shows (a digit, a kind of clothes), from 0; -1 where frames have none.
    virtual int label(FrameSet /*set*/, std::uint64_t /*index*/) const { return -1; }

    /// Number of different frames in a set: so many indices from 0 show each once; 0 if there is no end to
    /// them.
    virtual std::uint64_t n_frames(FrameSet /*set*/) const { return 0; }

    /// One line for people: "natural patches of 24 x 24 px from 11 photographs in /usr/share/backgrounds".
    virtual std::string summary() const = 0;

    /// Files that had to be passed over, each with the reason.
    virtual std::vector<std::string> warnings() const { return {}; }
};

template <class Component>
using RegisterStimulus = Register<Stimulus, Component>;

}  // namespace sim
