// How frames reach the network: through the gain control of retina and LGN, with their noise, and scaled.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "sim/stimulus.hpp"

namespace sim {

/// Divisive: x / sqrt(s0^2 + G * x^2), with G a Gaussian of sum 1 within the frame. Source: Carandini & Heeger (2012).
struct GainControl {
    double width = 0.0;  // of G [px]; 0: none
    double s0 = 1.0;     // contrast at which the gain has fallen to 1 / sqrt 2
};

/// pixels: shape (height, width)
void control_gain(const GainControl& control, std::size_t height, std::size_t width, std::span<float> pixels);

struct Reception {
    std::uint64_t seed;         // of the run
    double scale;               // pixels are multiplied by it
    double noise;               // norm of the white noise in a frame, before it is scaled
    std::size_t height, width;  // of a frame [px]
    bool has_unit_norm =
        true;  // as drawn, with zero mean; else pixels are in standard deviations of whole images
    GainControl gain_control{};  // before the noise

    /// Turns a frame as drawn into one as received; `number` picks the noise: same number, same noise.
    void receive(std::uint64_t number, std::span<float> pixels) const;
};

/// A stimulus as the network receives it.
std::unique_ptr<Stimulus> as_received(std::unique_ptr<Stimulus> drawn, const Reception& reception);

}  // namespace sim
