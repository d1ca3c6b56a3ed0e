// Channels of the LGN: bands of spatial frequency in which a population sees frames, each under a gain control of its own.
// A neuron sees one of them through its window. To the network what it sees is one input: the planes of all channels, one
// below the other.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "sim/params.hpp"
#include "sim/reception.hpp"

namespace sim {

/// Passes (f / f0)^exponent exp(-(f / f0)^4) of a frame, at most 1, and then x / sqrt(s0^2 + G * x^2) times a gain.
struct Channel {
    double f0;  // [cycles/px]
    GainControl control;
    double gain;
    double share;   // of the neurons that see it, relative to the others'
    double radius;  // by which R of these neurons is multiplied
};

class Channels {
  public:
    /// None: what is seen is the frame itself.
    Channels() = default;
    /// Reads the block populations.NAME.channels. throws ConfigError
    Channels(const Params& block, const WhichNeurons& neurons);

    std::size_t size() const { return all_.size(); }
    /// Channel that each neuron sees, from 0, shape (N): drawn, in their shares.
    const std::vector<std::uint32_t>& of_neurons() const { return of_neurons_; }
    const Channel& of_neuron(std::size_t i) const { return all_[of_neurons_[i]]; }

    /// What there is to see of frames of height x width, shape (M, B): their planes, shape (size() M, B). Frames are
    /// taken as mirrored at their borders.
    Eigen::MatrixXf see(const Eigen::MatrixXf& frames, std::size_t height, std::size_t width) const;

  private:
    std::vector<Channel> all_;
    double exponent_ = 0.0;
    std::vector<std::uint32_t> of_neurons_;
};

}  // namespace sim
