// A sheet of neurons that code and may learn: its network, its rule, its homeostasis. What it sees comes from
// outside, as frames: pictures, or what another sheet does.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/homeostasis.hpp"
#include "sim/network.hpp"
#include "sim/plasticity.hpp"
#include "sim/registry.hpp"
#include "sim/state.hpp"
#include "sim/teaching.hpp"

namespace sim {

/// Measures of one batch of learning; the names are those of the datasets in /learning.
struct BatchRecord {
    std::uint64_t batch;
    double energy, reconstruction_error, active_fraction, spikes_per_presentation;
    std::uint64_t dead_neurons;
    double neighbourhood_width;
    std::vector<double> sense_errors;  // as reconstruction_error, of each sense that is present

    void state(State& s) {
        s(batch, energy, reconstruction_error, active_fraction, spikes_per_presentation, dead_neurons,
          neighbourhood_width, sense_errors);
    }
};

/// What a sheet has learned so far, and what its rule remembers.
struct SheetState {
    std::vector<float> fields;
    std::vector<float> Q;  // weights, where they are learned; else empty
    std::vector<double> lambda, activity, plasticity;

    void state(State& s) { s(fields, Q, lambda, activity, plasticity); }
};

/// How well some codes do, a number of each; the names are those of the datasets in /presentations.
struct CodeMeasures {
    std::vector<double> energy;
    std::vector<double> psnr;  // [dB]; NaN where what is seen is of one grey (sim/quality.hpp)
    std::vector<double> sparseness;
    std::vector<double> energy_bound, kkt;  // see Certificate; NaN where no program is solved

    void append(const CodeMeasures& more);
    /// Of the last n.
    CodeMeasures last(std::size_t n) const;
    /// E / bound - 1, which no E / E* - 1 exceeds, of frames whose bound is above 0.
    std::vector<double> gap_at_most() const;
    void state(State& s) { s(energy, psnr, sparseness, energy_bound, kkt); }
};

class CodingSheet {
  public:
    /// plasticity: none where nothing is learned. n_batches: of the run, for schedules.
    /// throws ConfigError where neurons and rule do not go together
    CodingSheet(const NetworkSettings& settings, const std::optional<ComponentChoice>& plasticity,
                const HomeostasisSettings& homeostasis, const TeachingSettings& teaching,
                std::size_t n_batches);

    Network network;
    TeachingSettings teaching;

    /// Whether what it sees is a still frame and all that drives it, so that its codes have to explain that.
    bool is_driven_by_stills_alone = false;

    /// Makes fields and weights as they are before the first batch, from noise.
    void randomise();
    /// The same, from frames as they are seen, (M, N), one a neuron; at unit norm where the objective asks for that.
    /// throws ConfigError where one is blank
    void begin_as(Eigen::MatrixXf frames);
    bool learns() const { return plasticity_ != nullptr; }
    /// Whether its thresholds move though it learns nothing else.
    bool adapts() const { return !learns() && homeostasis_.is_on(); }
    bool learns_weights() const { return plasticity_ && !plasticity_->learns_weights_of().empty(); }

    /// Energy of each code. posed: of the frames; codes: (N, B). first: number of the first of these frames, for
    /// messages. throws NumericsError
    std::vector<double> energies(std::size_t first, const Problems& posed, const Eigen::MatrixXf& residual,
                                 const Eigen::MatrixXf& codes) const;
    /// The same, and how codes rebuild frames (M, B). throws NumericsError
    CodeMeasures measure(std::size_t first, const Eigen::MatrixXf& frames, const Problems& posed,
                         const Eigen::MatrixXf& residual, const Eigen::MatrixXf& codes) const;

    /// Learns from a batch, and says how it went.
    /// hidden: spikes of the hidden neurons, (H, B); spikes: mean number of a frame. Q is to be refreshed then.
    /// throws NumericsError where codes cost more than none would: learning runs away
    BatchRecord learn(std::size_t batch, const Eigen::MatrixXf& frames, const Problems& posed,
                      const Eigen::MatrixXf& codes, const Eigen::MatrixXf& hidden, double spikes);

    /// Moves its thresholds after a batch of codes (N, B).
    void adapt(const Eigen::MatrixXf& codes);

    /// Of each field, see NetworkSettings::n_fields().
    const std::vector<double>& activity() const { return homeostasis_.activity(); }
    SheetState state() const;
    void restore(const SheetState& from);

  private:
    std::vector<double> sense_errors(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& residual) const;
    bool must_pay() const;
    void check_pays(std::size_t batch, double energy, const Eigen::MatrixXf& frames) const;

    std::unique_ptr<Plasticity> plasticity_;
    Homeostasis homeostasis_;
};

}  // namespace sim
