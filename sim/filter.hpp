// A fixed filter through which a population sees frames, as cells of retina and LGN do.
#pragma once
#include <cstdint>
#include <span>

#include "sim/registry.hpp"
#include "sim/sheet.hpp"

namespace sim {

class Filter {
  public:
    struct Context {
        std::size_t height, width;  // of a frame [px]
        const Sheet* sheet;         // of the population: its neurons' places cover the frame evenly
        std::uint64_t seed;         // of the run
    };
    virtual ~Filter() = default;

    /// The current of each neuron [current unit of its kind] while a frame is shown, shape (n). frame: shape
    /// (height, width), row by row. Same frame, same bits, from any thread.
    virtual void currents(std::span<const float> frame, std::span<float> I) const = 0;
};

template <class Component>
using RegisterFilter = Register<Filter, Component>;

}  // namespace sim
