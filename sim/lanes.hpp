// Presentations side by side: frame k of a batch is shown to a network of its own (lane k), all with the same
// weights.
#pragma once
#include <Eigen/Core>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/background.hpp"
#include "sim/simulation.hpp"

namespace sim {

/// How long a stimulus is shown, when codes are read - over (T0, T] - and what else reaches the neurons
/// meanwhile.
struct Presentation {
    Time T, T0;
    Background background{};
};

/// What a lane has to know of each population.
struct LanePopulation {
    std::string name;       // for messages
    std::size_t n_code;     // neurons whose code is read; 0 where none is
    Background background;  // spikes from elsewhere that reach these neurons, or all where no code is read
};

class Lanes {
  public:
    /// Adds the populations of a network to a simulation and joins them. What lanes share must outlive them.
    using Build = std::function<void(Simulation&)>;
    Lanes(const Build& build, std::vector<LanePopulation> populations, Time T, Time T0, std::size_t n_lanes);

    std::size_t n_lanes() const { return lanes_.size(); }

    /// Shows n frames, at most n_lanes(). drives[p]: injected into the first neurons of population p all the
    /// while, shape (neurons, n); empty where nothing is. returns codes[p], shape (n_code, n). `first` numbers
    /// the first of these presentations: same number, same chance. Bits do not depend on the number of threads.
    /// throws NumericsError
    std::vector<Eigen::MatrixXd> show(std::span<const Eigen::MatrixXf> drives, std::size_t n,
                                      std::uint64_t first);

    /// Spikes of one frame of the last batch, by time; t from the start of the presentation.
    std::span<const Spike> spikes(std::size_t lane) const { return lanes_[lane].simulation.spikes(); }
    /// Mean number of spikes of a population in the first n frames of the last batch.
    double mean_spikes(std::uint32_t population, std::size_t n) const;
    /// Spikes of neurons first .. first + n_neurons - 1 of a population in each of n frames of the last batch.
    Eigen::MatrixXf counts(std::uint32_t population, std::size_t first, std::size_t n_neurons,
                           std::size_t n) const;

    /// Samples a variable of some neurons at times in a presentation from now on. returns its number
    std::size_t record(std::uint32_t population, std::size_t variable, std::span<const std::uint32_t> neurons,
                       std::span<const Time> times);
    /// Those of one frame of the last batch, row by row: (times, neurons).
    std::span<const float> samples(std::size_t lane, std::size_t record) const {
        return lanes_[lane].samples[record];
    }

    /// What the lanes carry over to the next batch, one after the other (empty if nothing), and back.
    std::vector<double> carried() const;
    void restore(std::span<const double> carried);

  private:
    struct Lane {
        Simulation simulation;
        std::vector<std::vector<float>> samples;  // by record
    };
    /// A spike from elsewhere that reaches a population.
    struct Arrival {
        Background::Arrival one;
        std::uint32_t population;
    };
    void present(Lane& lane, std::span<const Eigen::MatrixXf> drives, Eigen::Index k, std::uint64_t number,
                 std::vector<Eigen::MatrixXd>& codes);
    std::vector<Arrival> arrivals(Lane& lane, std::uint64_t number) const;
    static std::span<const Arrival> run_until(Lane& lane, Time t, std::span<const Arrival> arrivals);

    std::vector<LanePopulation> populations_;
    Time T_, T0_;
    std::vector<Lane> lanes_;
};

}  // namespace sim
