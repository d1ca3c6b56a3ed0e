// The spiking Locally Competitive Algorithm on a convolutional problem, event by event and exact.
//
//     tau du_i/dt  = b_i - u_i          u_i jumps by -+(q/tau) Q_ij when neuron j != i fires ON or OFF,
//                                       and by -+sigma (q/tau) Q_ii when it fires itself
//         dv+_i/dt =  u_i - lambda      neuron i fires ON when v+ reaches theta_i = (1 - sigma) q Q_ii;
//                                       then v+ = 0
//         dv-_i/dt = -u_i - lambda      and OFF when v- does, if codes may be negative; then v- = 0
//
// so that q x (rate of ON - rate of OFF) converges to the optimum, for every sigma in [0, 1): the mean of u
// is b_i - sum_{j != i} Q_ij a_j - sigma Q_ii a_i, and a neuron fires at the rate (u_i - lambda) / theta_i.
// sigma = 0 is the network of Tang, Lin & Davies (2017), which is slow here: see docs/convolutional_lca.md.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "convolution/correlations.hpp"
#include "convolution/problem.hpp"
#include "sim/time.hpp"

namespace convolution {

struct SpikingSettings {
    sim::Time tau = 10.0;            // time constant of the current u [ms]
    double q = 0.2;                  // what one spike stands for: activity x time [tau]
    double self_inhibition = 0.998;  // sigma, in [0, 1)
    sim::Time T = 50.0, T0 = 20.0;   // length of a presentation; the code is read over (T0, T] [ms]
};

struct Spike {
    sim::Time t;         // [ms]
    std::size_t neuron;  // as numbered in a code
    bool is_on;          // or OFF
};

/// What is known of the code at time t of a presentation.
struct Snapshot {
    sim::Time t;             // [ms]
    Code code;               // q x spikes / duration over (t T0/T, t]
    std::uint64_t n_spikes;  // since the presentation began
};

class Spiking {
  public:
    /// throws sim::ConfigError if a setting is out of its range, and as Correlations does
    Spiking(const Task& task, std::size_t rows, std::size_t cols, const SpikingSettings& settings);

    /// One presentation. Solution::updates counts its spikes. May be called from several threads at a time.
    /// throws sim::NumericsError if the image is not finite, or where the network runs away
    Solution solve(const Image& image) const;

    /// The course of one presentation: its snapshots at `times` (ascending, in (0, T]). Appends to `spikes`, if
    /// given, all spikes before the last of these, in the order they happen.
    std::vector<Snapshot> course(const Image& image, std::span<const sim::Time> times,
                                 std::vector<Spike>* spikes = nullptr) const;

    /// All spikes of one presentation, in the order they happen: by time, then by place and kernel.
    std::vector<Spike> spikes(const Image& image) const;

    /// Memory of one presentation, but for the table of correlations, which all share.
    static std::size_t bytes_per_neuron();

  private:
    Task task_;
    Correlations Q_;
    SpikingSettings settings_;
};

}  // namespace convolution
