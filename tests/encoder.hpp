// One population that codes, in lanes.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/lanes.hpp"

namespace test {

class Encoder {
  public:
    /// program must outlive the encoder and may change between batches.
    Encoder(const sim::Neurons& neurons, const sim::Program& program, const sim::Presentation& presentation,
            std::size_t n_lanes)
        : n_neurons_(program.Q.size()),
          n_frames_(presentation.n_frames),
          lanes_([&](sim::Simulation& simulation) { simulation.add(neurons.population(program)); },
                 {{neurons.name(), program.Q.size() - neurons.n_hidden(), presentation.background}},
                 presentation, n_lanes) {}

    std::size_t n_lanes() const { return lanes_.n_lanes(); }

    /// Codes of up to n_lanes() frames. drive: (N, B), returns a: (N, B); of movies, drive: (N, B n_frames), and
    /// codes as Lanes::show() has them. `first` numbers the first of these presentations: same number, same
    /// background; norms as Lanes::show() has them. Bits do not depend on the number of threads. throws NumericsError
    Eigen::MatrixXd encode(const Eigen::MatrixXf& drive, std::uint64_t first,
                           std::span<const float> norms = {}) {
        return std::move(
            lanes_.show({&drive, 1}, static_cast<std::size_t>(drive.cols()) / n_frames_, first, norms)
                .front());
    }

    /// Spikes of one frame of the last batch, by time; t from the start of the presentation.
    std::span<const sim::Spike> spikes(std::size_t lane) const { return lanes_.spikes(lane); }
    double mean_spikes(std::size_t n_frames) const { return lanes_.mean_spikes(0, n_frames); }
    /// Spikes of the neurons from number `first` on in each frame of the last batch, (n - first, n_frames).
    Eigen::MatrixXf counts_from(std::size_t first, std::size_t n_frames) const {
        return lanes_.counts(0, first, n_neurons_ - first, n_frames);
    }

    /// What the lanes carry over to the next batch, one after the other (empty if nothing), and back.
    std::vector<double> carried() const { return lanes_.carried(); }
    void restore(std::span<const double> carried) { lanes_.restore(carried); }

  private:
    std::size_t n_neurons_, n_frames_;
    sim::Lanes lanes_;
};

}  // namespace test
