// A population of any registered kind on a convolutional problem. Its neurons share the kernels over the image and run in
// a simulation of their own, as those of a network do.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/convolutional_problem.hpp"
#include "sim/coding_population.hpp"
#include "sim/lanes.hpp"
#include "sim/program.hpp"
#include "sim/time.hpp"

namespace bench::convolution {

/// The program that the problem is: neurons place by place (sim/stencil.hpp), and behind them their OFF twins if codes
/// are of either sign. For images of rows x cols px. With weights O((K height width)^2), on all cores.
/// throws sim::ConfigError if a kernel does not fit or is zero everywhere, if the image's size does not fit periodic
/// borders, or if lambda is negative
sim::Program program_of(const Task& task, std::size_t rows, std::size_t cols, bool has_weights = true);
/// Its drive. throws sim::ConfigError if the image is not of that size
std::vector<double> drive_of(const Task& task, const Image& image, std::size_t rows, std::size_t cols);
/// The code, ON less OFF, from the activity of all neurons.
Code code_of(const Task& task, std::span<const double> activity);

class Population {
  public:
    /// T, T0: the code is read over (T0, T]. throws sim::ConfigError as program_of() does
    Population(const Task& task, std::size_t rows, std::size_t cols,
               std::shared_ptr<const sim::Neurons> neurons, sim::Time T, sim::Time T0);

    /// One presentation. Solution::updates counts its spikes. May be called from several threads at a time.
    /// throws sim::NumericsError if the image is not finite, or where the population breaks
    Solution solve(const Image& image) const;

  private:
    Task task_;
    std::size_t rows_, cols_;
    std::shared_ptr<const sim::Neurons> neurons_;
    sim::Time T_, T0_;
    sim::Program program_;
};

}  // namespace bench::convolution
