// Fourier transforms of real images, by FFTW in single precision.
#pragma once
#include <complex>
#include <cstddef>
#include <memory>

#include "sim/aligned.hpp"

struct fftwf_plan_s;

namespace sim {

/// Coefficients of a real image at frequencies (0 .. rows - 1, 0 .. cols / 2); the rest mirrors them.
using Spectrum = AlignedVector<std::complex<float>>;
using Plane = AlignedVector<float>;

/// Transforms of one size, planned once. The plan is FFTW's estimate, never a measurement: it, and with it
/// the rounding, depends on the size alone. One object serves several threads.
class Fourier {
  public:
    /// throws Error if FFTW has no plan for the size
    Fourier(std::size_t rows, std::size_t cols);

    std::size_t n_pixels() const { return rows_ * cols_; }
    std::size_t n_frequencies() const { return rows_ * (cols_ / 2 + 1); }

    /// sum over pixels of image exp(-2 pi i f x)
    void forward(Plane& image, Spectrum& spectrum) const;
    /// Its inverse times n_pixels(). Destroys the spectrum.
    void backward(Spectrum& spectrum, Plane& image) const;

  private:
    struct Destroy {
        void operator()(fftwf_plan_s* plan) const;
    };
    using Plan = std::unique_ptr<fftwf_plan_s, Destroy>;

    std::size_t rows_, cols_;
    Plan forward_, backward_;
};

}  // namespace sim
