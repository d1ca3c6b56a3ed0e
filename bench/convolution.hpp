// Solvers of one convolutional problem side by side, on a piece of a photograph with 144 log-Gabor kernels.
#pragma once
#include "bench/suite.hpp"

namespace bench {

/// An iteration of ADMM. Takes seconds.
Section admm_section();

/// Spikes, coordinate descent to the same energy, ADMM to the same energy, against
/// lambda and size of the image. Takes minutes.
Section convolution_section();

/// What became of every setting of the spiking network that was tried: why its defaults are what they are.
Section convolution_settings_section();

}  // namespace bench
