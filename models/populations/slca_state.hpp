// The state of a spiking LCA between spikes, two numbers a neuron (slca.cpp), and what follows from it alone:
// how a presentation starts, how its code is read, what carries over.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/populations/slca.hpp"
#include "sim/aligned.hpp"

namespace models::slca {

class StateBetweenSpikes : public sim::CodingPopulation {
  public:
    void begin_readout() final;
    void read_code(std::span<double> a) const final;
    /// u, then v, shape (2 n); before the first presentation the sheet is at rest, all zero.
    std::vector<double> carried() const final;
    void restore(std::span<const double> carried) final;

  protected:
    StateBetweenSpikes(const Settings& settings, const sim::Program& program);

    double u(std::size_t i) const { return b_[i] + Y_[i] * decay_; }
    double v(std::size_t i) const { return P_[i] + c_[i] * s_ - settings_.tau * Y_[i] * decay_; }
    Course course(std::size_t i) const { return {u(i), v(i), b_[i], program_.lambda[i], settings_.tau}; }
    void set_v(std::size_t i, double value) { P_[i] = value - c_[i] * s_ + settings_.tau * Y_[i] * decay_; }

    /// A presentation starts, from rest or from what was carried over. throws NumericsError if b is not
    /// finite
    void start(std::span<const double> b);
    /// Now is s, where e^{-s/tau} = decay.
    void move_to(double s, double decay);
    void move_anchor();
    /// Neuron j fires at time t. throws NumericsError where a network runs away
    void count_spike(std::size_t j, Time t);

    Settings settings_;
    const sim::Program& program_;

    sim::AlignedVector<double> b_, c_;  // drive; b - lambda
    sim::AlignedVector<double> theta_;  // q d
    sim::AlignedVector<double> Y_, P_;  // see slca.cpp

    Time anchor_ = 0.0;                  // s = t - anchor
    Time s_ = 0.0;                       // now
    double decay_ = 1.0, growth_ = 1.0;  // e^{-s/tau}, e^{s/tau}
    std::uint64_t n_spikes_ = 1;         // of the presentation, and one

  private:
    std::vector<double> v_readout_;     // v when the readout began
    std::vector<std::uint32_t> count_;  // spikes since then
    Time readout_start_ = 0.0;
};

}  // namespace models::slca
