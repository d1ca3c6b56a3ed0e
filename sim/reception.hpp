// How frames reach the network: with the noise of retina and LGN, and scaled.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "sim/stimulus.hpp"

namespace sim {

struct Reception {
    std::uint64_t seed;  // of the run
    double scale;        // pixels are multiplied by it
    double noise;        // norm of the white noise in a frame, before it is scaled

    /// Turns a frame as drawn into one as received; `number` picks the noise: same number, same noise.
    void receive(std::uint64_t number, std::span<float> pixels) const;
};

/// A stimulus as the network receives it.
std::unique_ptr<Stimulus> as_received(std::unique_ptr<Stimulus> drawn, const Reception& reception);

}  // namespace sim
