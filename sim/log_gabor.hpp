// Banks of oriented kernels: log-Gabor filters as Ladret, Casanova & Perrinet (2024) make them.
#pragma once
#include <cstddef>
#include <vector>

#include "sim/kernels.hpp"

namespace sim {

struct LogGaborSettings {
    std::size_t size = 12;           // of a kernel, height and width [px]
    std::size_t orientations = 72;   // theta = pi i / orientations
    std::vector<double> bandwidths;  // B_theta of orientation [rad], each at every orientation
    double frequency = 0.4;          // f0 [cycles/px]
    double frequency_width = 0.4;    // B_f, of ln f
};

/// Kernels of two phases, 0 and pi/2, for each orientation of each bandwidth: kernel
/// (b n_orientations + o) 2 + phase. theta is the direction along which the luminance changes, from the x axis
/// (to the right) towards y (down). Zero mean; the largest absolute value is 1, so that norms differ.
///
/// source  Ladret, Casanova & Perrinet (2024), arXiv 2312.14685; the filter after Fischer et al. (2007),
///         Int J Comput Vision 75:231
Kernels log_gabor_bank(const LogGaborSettings& settings);

}  // namespace sim
