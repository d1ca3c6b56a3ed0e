// Presentations side by side: frame k of a batch is shown to a network of its own (lane k), all with the same
// weights. Lanes are dealt to ranks in turn (sim/ranks.hpp): all of them come to each call together, and know what all lanes
// did afterwards.
#pragma once
#include <Eigen/Core>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/background.hpp"
#include "sim/ranks.hpp"
#include "sim/simulation.hpp"
#include "sim/state.hpp"

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

    std::size_t n_lanes() const { return told_.size(); }

    /// Whether spikes and samples of all lanes are to be known on every rank, as they are from the start; else only how
    /// many spikes there were: they are most of what ranks tell each other.
    void tell_spikes(bool tells) { tells_spikes_ = tells; }

    /// Shows n frames or movies, at most n_lanes(). drives[p]: injected into the first neurons of population p while
    /// a frame is shown, shape (neurons, n n_frames), frame by frame; empty where nothing is. returns codes[p],
    /// shape (n_code, n), or (n_code, n n_frames) where each frame is read. `first` numbers the first of these
    /// presentations: same number, same chance. norms: of the frames, (n n_frames), which drive backgrounds; empty:
    /// as if there was ever so much to see. Bits do not depend on the number of threads or ranks. throws NumericsError
    std::vector<Eigen::MatrixXd> show(std::span<const Eigen::MatrixXf> drives, std::size_t n,
                                      std::uint64_t first, std::span<const float> norms = {});

    /// Spikes of one frame of the last batch, by time; t from the start of the presentation.
    std::span<const Spike> spikes(std::size_t lane) const;
    /// Number of spikes of a population in one frame of the last batch, and of all populations.
    std::uint32_t n_spikes(std::uint32_t population, std::size_t lane) const {
        return told_[lane].n_spikes[population];
    }
    std::uint64_t n_spikes(std::size_t lane) const;
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
    std::span<const float> samples(std::size_t lane, std::size_t record) const;

    /// What the lanes of this rank carry over to the next batch, one after the other (empty if nothing), and back.
    std::vector<double> carried() const;
    void restore(std::span<const double> carried);
    /// The same of all lanes.
    std::vector<double> carried_of_all() const;
    void restore_all(std::span<const double> carried);

  private:
    struct Lane {
        Simulation simulation;
        std::vector<std::vector<float>> samples;  // by record
    };
    /// What the rank of a lane tells the others of its last presentation.
    struct Told {
        std::vector<std::uint32_t> n_spikes;  // by population
        std::vector<Spike> spikes;            // of lanes of other ranks, as samples are
        std::vector<std::vector<float>> samples;
    };
    /// Whether a lane is of this rank, and where it stands among its lanes.
    static bool is_here(std::size_t lane) { return lane % ranks::n() == ranks::here(); }
    static std::size_t place_of(std::size_t lane) { return lane / ranks::n(); }
    static std::size_t n_here(std::size_t n_lanes) {
        return (n_lanes + ranks::n() - 1 - ranks::here()) / ranks::n();
    }
    std::vector<double> carried(const Lane& lane) const;
    Eigen::Index columns_of_lane() const {
        return static_cast<Eigen::Index>(shown_.reads_each_frame ? shown_.n_frames : 1);
    }
    void count_spikes(std::size_t lane);
    void tell(std::size_t n, std::vector<Eigen::MatrixXd>& codes);
    void say(std::size_t lane, const std::vector<Eigen::MatrixXd>& codes, State& s);
    void hear(std::size_t lane, std::vector<Eigen::MatrixXd>& codes, State& s);
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
    std::size_t n_records_ = 0;
    bool tells_spikes_ = true;
    std::vector<Lane> lanes_;  // of this rank
    std::vector<Told> told_;   // of all lanes
};

}  // namespace sim
