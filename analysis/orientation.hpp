// Orientation of a kernel, or of a piece of an image, and how broad it is.
#pragma once
#include <cstddef>
#include <span>

#include "sim/fourier.hpp"

namespace analysis {

/// P: power at frequency f times |f|^2, that of the gradient; theta: direction of f.
struct Orientation {
    double theta;      // along which the luminance changes, half the phase of sum P e^{2 i theta}, in [0, pi)
    double bandwidth;  // sqrt(-ln R), R = |sum P e^{2 i theta}| / sum P [rad]: B of exp(cos(theta) / B^2)
    double power;      // sum P
};

/// The structure tensor of patches of one size, summed over their frequencies, which fine gratings ask for:
/// differences of neighbouring pixels would bend their direction. From x (to the right) towards y (down).
/// source  Bigun & Granlund (1987), ICCV; of the von Mises law, R = exp(-B^2) for narrow ones
class OrientationMeter {
  public:
    OrientationMeter(std::size_t height, std::size_t width);

    /// patch: shape (height, width). All NaN for a patch without contrast, but for the power.
    Orientation operator()(std::span<const float> patch);

  private:
    std::size_t height_, width_, rows_, cols_;
    sim::Fourier fourier_;
    sim::Plane padded_;
    sim::Spectrum spectrum_;
};

}  // namespace analysis
