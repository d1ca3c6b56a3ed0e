// Convolutional sparse coding by the alternating direction method of multipliers: the baseline beside spikes,
// and the solver of large images.
//
//     x <- argmin 1/2 |s - D x|^2 + rho/2 |x - y + u|^2      D x = sum_k d_k * x_k, solved at each frequency
//     z <- alpha x + (1 - alpha) y                           over-relaxation
//     y <- S(z + u)                                          shrinkage by lambda / rho: the code
//     u <- u + z - y
//
// Source: Boyd et al. (2011), Found Trends Mach Learn 3:1; at each frequency Wohlberg (2014), ICASSP.
#pragma once
#include <cstddef>
#include <vector>

#include "convolution/problem.hpp"
#include "sim/fourier.hpp"

namespace convolution {

using sim::Fourier, sim::Plane, sim::Spectrum;

struct AdmmSettings {
    /// rho and the ratio of residuals that are the usual choices of Wohlberg's solvers.
    explicit AdmmSettings(double lambda);

    std::size_t iterations = 100;
    double relaxation = 1.8;  // alpha, in (0, 2)
    double rho;               // at first
    bool adapts = true;       // whether rho follows the residuals, in the first 100 iterations
    double residual_ratio;    // that rho aims at: primal over dual, both relative
};

/// Solves one task on images of one size. The cores share the kernels; the same bits at any number of
/// threads.
class Admm {
  public:
    /// throws sim::ConfigError if a kernel does not fit into the image
    Admm(const Task& task, std::size_t rows, std::size_t cols, const AdmmSettings& settings);

    /// The code y after all iterations; exactly zero where it is not active. O(iterations x K n log n) for n
    /// pixels; K n floats of memory here and K n in the solver.
    Solution solve(const Image& image) const;

  private:
    class Run;

    Task task_;
    Grid grid_;
    std::size_t rows_, cols_;
    AdmmSettings settings_;
    Fourier fourier_;
    std::vector<Spectrum> kernels_;  // transform of each kernel
    std::vector<float> power_;       // sum_k |d_k|^2 at each frequency
};

}  // namespace convolution
