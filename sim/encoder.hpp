// One population that codes, in lanes: what the laboratory and the solvers' tests ask for.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/lanes.hpp"

namespace sim {

class Encoder {
  public:
    /// program must outlive the encoder and may change between batches.
    Encoder(const Neurons& neurons, const Program& program, const Presentation& presentation,
            std::size_t n_lanes);

    std::size_t n_lanes() const { return lanes_.n_lanes(); }

    /// Codes of up to n_lanes() frames. drive: (N, B), returns a: (N, B); of movies, drive: (N, B n_frames), and
    /// codes as Lanes::show() has them. `first` numbers the first of these presentations: same number, same
    /// background. Bits do not depend on the number of threads. throws NumericsError
    Eigen::MatrixXd encode(const Eigen::MatrixXf& drive, std::uint64_t first);

    /// Spikes of one frame of the last batch, by time; t from the start of the presentation.
    std::span<const Spike> spikes(std::size_t lane) const { return lanes_.spikes(lane); }
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
    Lanes lanes_;
};

}  // namespace sim
