// A network that is shown frames. All who show it something - the run that learns, `encode`, the laboratory - do it
// here: pose() makes currents of frames, show() presents them in lanes and reads what every population makes of them.
#pragma once
#include <Eigen/Core>
#include <map>
#include <memory>
#include <vector>

#include "sim/batch_rule.hpp"
#include "sim/frames.hpp"
#include "sim/lanes.hpp"
#include "sim/run_settings.hpp"

namespace sim {

/// Frames as every population sees them, and what it makes of them; by number of population.
struct Batch {
    Frames frames;
    std::vector<Eigen::MatrixXf> drives;  // injected, (neurons, B n_frames); empty where nothing is
    std::vector<Eigen::MatrixXf> seen;    // of populations that code: (M, B)
    std::vector<Problems> posed;          // what they see, as problems
    std::vector<Eigen::MatrixXf> codes;   // (N, B), or (N, B n_frames) where each frame is read
    /// Of populations that code and are ends of projections that learn, OFF twins too; else empty.
    std::vector<Eigen::MatrixXd> activity;
};

class ShownNetwork {
  public:
    /// Makes all synapses. settings: of a run that shows frames, with the fields that it begins with
    explicit ShownNetwork(RunSettings settings);

    RunSettings settings;

    /// Lanes of the whole network. The network must outlive them.
    Lanes lanes(const Presentation& presentation, std::size_t n_lanes) const;

    /// What frames inject into each population, and the problems they pose.
    Batch pose(Frames frames) const;
    /// Presents them, at most as many as there are lanes; writes codes, and what populations see of others.
    /// first: number of the first presentation: same number, same chance. throws NumericsError
    void show(Lanes& lanes, Batch& batch, std::uint64_t first) const;

    /// After the fields of a population have changed: its Q, and the synapses that bring what it sees.
    void follow_fields(std::uint32_t population);

    /// Whether weights of projections follow rates of cells, which lanes have to tell then.
    bool learns_from_spikes() const;
    /// Learns weights of projections from a batch that `lanes` were just shown. Lanes follow.
    void learn_projections(const Batch& batch, const Lanes& lanes);
    /// Weights that were learned, for a checkpoint and back.
    void state(State& s);
    /// Gives a projection the weights that a run has learned, in the order of its synapses.
    void set_weights(std::size_t projection, std::span<const double> weights);

    const std::vector<std::shared_ptr<Synapses>>& synapses() const { return synapses_; }  // of projections
    std::uint64_t n_synapses() const;

  private:
    std::vector<LanePopulation> lane_populations() const;
    void build(Simulation& lane) const;
    bool is_end_of_plastic(std::uint32_t population) const;

    std::vector<std::shared_ptr<Synapses>> synapses_;
    std::map<std::size_t, std::unique_ptr<BatchRule>> rules_;            // by projection
    std::map<std::uint32_t, std::shared_ptr<Synapses>> through_fields_;  // by target
};

}  // namespace sim
