// Frames that a caller holds in memory, as a stimulus.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "sim/reception.hpp"
#include "sim/stimulus.hpp"

namespace sim {

/// A stimulus of these frames alone, both sets the same, as the network receives them: through its gain control, noise
/// and scale, as if a stimulus of the config had drawn them.
/// pixels: (n, reception.height, reception.width), row by row
std::unique_ptr<Stimulus> given_frames(std::vector<float> pixels, const Reception& reception);

}  // namespace sim
