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
/// meanwhile. A movie shows several frames, one after the other and equally long.
struct Presentation {
    Time T, T0;
    Background background{};
    std::size_t n_frames = 1;
    /// A code of each frame, read while it is shown, instead of one over (T0, T].
    bool reads_each_frame = false;

    /// The frame that is shown at time t < T.
    std::size_t frame_at(Time t) const {
        return std::min(static_cast<std::size_t>(t / T * static_cast<double>(n_frames)), n_frames - 1);
    }
    /// Of frame n_frames, the end: T itself, whatever rounding says.
    Time onset(std::size_t frame) const {
        return frame == n_frames ? T : T * static_cast<double>(frame) / static_cast<double>(n_frames);
    }
    /// The same of a still.
    Presentation still() const {
        Presentation one = *this;
        one.n_frames = 1;
        return one;
    }
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
    /// The background of `presentation` is that of no population.
    Lanes(const Build& build, std::vector<LanePopulation> populations, const Presentation& presentation,
          std::size_t n_lanes);

    std::size_t n_lanes() const { return lanes_.size(); }

    /// Shows n frames or movies, at most n_lanes(). drives[p]: injected into the first neurons of population p while
    /// a frame is shown, shape (neurons, n n_frames), frame by frame; empty where nothing is. returns codes[p],
    /// shape (n_code, n), or (n_code, n n_frames) where each frame is read. `first` numbers the first of these
    /// presentations: same number, same chance. norms: of the frames, (n n_frames), which drive backgrounds; empty:
    /// as if there was ever so much to see. Bits do not depend on the number of threads. throws NumericsError
    std::vector<Eigen::MatrixXd> show(std::span<const Eigen::MatrixXf> drives, std::size_t n,
                                      std::uint64_t first, std::span<const float> norms = {});

    /// Spikes of one frame of the last batch, by time; t from the start of the presentation.
    std::span<const Spike> spikes(std::size_t lane) const { return lanes_[lane].simulation.spikes(); }
    /// Number of spikes of a population in one frame of the last batch.
    std::uint32_t n_spikes(std::uint32_t population, std::size_t lane) const;
    /// Its mean over the first n frames.
    double mean_spikes(std::uint32_t population, std::size_t n) const;
    /// Spikes of neurons first .. first + n_neurons - 1 of a population in each of n frames of the last batch.
    Eigen::MatrixXf counts(std::uint32_t population, std::size_t first, std::size_t n_neurons,
                           std::size_t n) const;

    /// Rates [Hz] at which the first n_neurons of a population fired in n presentations of the last batch, while codes
    /// were read: over (T0, T], or frame by frame; shape (n_neurons, n) or (n_neurons, n n_frames).
    Eigen::MatrixXf rates(std::uint32_t population, std::size_t n_neurons, std::size_t n) const;

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
    /// Drives of all presentations; codes of one, a column for each that is read.
    using Drives = std::span<const Eigen::MatrixXf>;
    using Codes = std::vector<Eigen::Ref<Eigen::MatrixXd>>;
    void present(std::size_t k, Drives drives, std::uint64_t number, std::span<const float> norms,
                 Codes codes);
    void show_frame(std::size_t k, Drives drives, std::size_t frame, std::uint64_t number);
    void begin_readout(Lane& lane) const;
    void read(Lane& lane, Codes& codes, Eigen::Index column) const;
    std::vector<Simulation::Outside> from_elsewhere(Lane& lane, std::uint64_t number,
                                                    std::span<const float> norms) const;

    std::vector<LanePopulation> populations_;
    Presentation shown_;
    std::vector<Lane> lanes_;
};

}  // namespace sim
