// Presentations side by side: frame k of a batch is shown to a network of its own (lane k), all with the same
// weights.
#pragma once
#include <Eigen/Core>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/background.hpp"
#include "sim/coding_population.hpp"
#include "sim/simulation.hpp"

namespace sim {

/// How long a stimulus is shown, when the code is read - over (T0, T] - and what else reaches the neurons
/// meanwhile.
struct Presentation {
    Time T, T0;
    Background background{};
};

class Encoder {
  public:
    /// program must outlive the encoder and may change between batches.
    Encoder(const Neurons& neurons, const Program& program, const Presentation& presentation,
            std::size_t n_lanes);

    std::size_t n_lanes() const { return lanes_.size(); }

    /// Codes of up to n_lanes() frames. drive: (N, B), returns a: (N, B). `first` numbers the first of these
    /// presentations: same number, same background. Bits do not depend on the number of threads. throws
    /// NumericsError
    Eigen::MatrixXd encode(const Eigen::MatrixXf& drive, std::uint64_t first);

    /// Spikes of one frame of the last batch, by time; t from the start of the presentation.
    std::span<const Spike> spikes(std::size_t lane) const { return lanes_[lane].simulation.spikes(); }
    double mean_spikes(std::size_t n_frames) const;
    /// Spikes of the neurons from number `first` on in each frame of the last batch, (n - first, n_frames).
    Eigen::MatrixXf counts_from(std::size_t first, std::size_t n_frames) const;

    /// What the lanes carry over to the next batch, one after the other (empty if nothing), and back.
    std::vector<double> carried() const;
    void restore(std::span<const double> carried);

  private:
    struct Lane {
        Simulation simulation;
        CodingPopulation* population;  // of the simulation
    };
    using Arrivals = std::span<const Background::Arrival>;

    /// Runs a lane to time t; returns what arrives then or later.
    static Arrivals run_until(Lane& lane, Time t, Arrivals arrivals);

    std::string name_;  // of the kind of neuron
    std::size_t n_neurons_;
    Presentation presentation_;
    std::vector<Lane> lanes_;
};

}  // namespace sim
