// Solvers of one convolutional problem side by side, on a piece of a photograph with 144 log-Gabor kernels.
#pragma once
#include "bench/suite.hpp"

namespace bench {

/// An iteration of ADMM. Takes seconds.
Section admm_section();

/// Spikes on shared kernels, coordinate descent and ADMM to the same energy, against lambda and size of the image. Takes
/// minutes.
Section convolution_section();

/// What becomes of a code under settings of the falling threshold.
Section convolution_settings_section();

}  // namespace bench
