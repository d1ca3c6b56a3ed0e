// Greedy coordinate descent on a convolutional problem: the classical opponent of the spiking network, on the
// same table of correlations. Source: Kavukcuoglu et al. (2010), NIPS 23:1090; Moreau, Oudre & Vayatis
// (2018), ICML, PMLR 80:3626.
#pragma once
#include <cstdint>
#include <limits>

#include "bench/convolutional_problem.hpp"
#include "sim/interaction.hpp"

namespace bench {

struct ConvolutionalDescentSettings {
    double tolerance = 1e-4;  // ends when no gradient that has room is further from its optimum than this
    double energy = -std::numeric_limits<double>::infinity();  // or when the energy is down to this
    std::uint64_t max_updates = std::numeric_limits<std::uint64_t>::max();
};

/// Each move takes one coordinate to its optimum given all others: the one that lowers the energy most.
class ConvolutionalDescent {
  public:
    /// throws sim::ConfigError as convolution::program_of() does
    ConvolutionalDescent(const convolution::Task& task, std::size_t rows, std::size_t cols,
                         const ConvolutionalDescentSettings& settings);

    /// Solution::updates counts moves. A move costs one pass over the neurons it reaches.
    convolution::Solution solve(const convolution::Image& image) const;

  private:
    convolution::Task task_;
    std::size_t rows_, cols_;
    sim::Interaction Q_;  // of neurons without twins: a coordinate has either sign
    ConvolutionalDescentSettings settings_;
};

}  // namespace bench
