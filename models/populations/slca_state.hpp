// The state of a spiking LCA between spikes, two numbers a neuron (slca.cpp), and what follows from it alone:
// how a presentation starts, how its code is read, what carries over.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/populations/slca.hpp"
#include "models/populations/step_counter.hpp"
#include "sim/aligned.hpp"

namespace models::slca {

/// Drive, readout and counts: what all forms share, wherever they keep u and v.
class SpikingCode : public sim::CodingPopulation {
  public:
    void begin_readout() final;
    void read_code(std::span<double> a) const final;
    /// Far beyond what any q that makes sense leads to: drives are too large, or q too small.
    double most_spikes_per_ms() const final { return 1e5 * static_cast<double>(program_.Q.size()); }
    /// u, then v, shape (2 n); before the first presentation the sheet is at rest, all zero.
    std::vector<double> carried() const final;
    std::size_t size() const final { return b_.size(); }
    std::vector<sim::Variable> variables() const final { return {{"u", "1"}, {"v", "ms"}}; }

  protected:
    SpikingCode(const Settings& settings, const sim::Program& program);

    void number(std::uint64_t presentation) final { presentation_ = presentation; }
    virtual Time now() const = 0;
    /// Writes what all neurons have now, shape (n).
    virtual void write_u(std::span<double> u) const = 0;
    virtual void write_v(std::span<double> v) const = 0;

    /// A presentation starts, from rest or from what was carried over: sets b, c, theta, and writes u - b and
    /// v. throws NumericsError if b is not finite
    void start_from(std::span<const double> b, std::span<double> excess, std::span<double> v);
    /// Neuron j fires at time t, a spike that stands for n. throws NumericsError where a network runs away
    void count_spike(std::size_t j, Time t, std::uint32_t n = 1);
    /// The drive becomes b at time t > 0: sets b and c, and takes the difference from the excess u - b, shape
    /// (b.size()).
    void change_drive(std::span<const double> b, std::span<double> excess, Time t);
    void state(sim::State& s) override { s(b_, c_, theta_, n_spikes_, v_readout_, count_, readout_start_); }

    Settings settings_;
    const sim::Program& program_;

    sim::AlignedVector<double> b_, c_;  // drive; b - lambda
    sim::AlignedVector<double> theta_;  // q d
    std::uint64_t n_spikes_ = 1;        // of the presentation, and one

  private:
    std::span<const double> b() const final { return {b_.data(), b_.size()}; }

    std::uint64_t presentation_ = 0;
    std::vector<double> v_readout_;     // v when the readout began
    std::vector<std::uint32_t> count_;  // spikes since then
    Time readout_start_ = 0.0;
};

/// State as P and Y, see slca.cpp.
class StateBetweenSpikes : public SpikingCode {
  public:
    void restore(std::span<const double> carried) final;
    void state(sim::State& s) override {
        SpikingCode::state(s);
        s(Y_, P_, anchor_, s_, decay_, growth_);
    }

  protected:
    StateBetweenSpikes(const Settings& settings, const sim::Program& program);

    double u(std::size_t i) const { return b_[i] + Y_[i] * decay_; }
    double v(std::size_t i) const { return P_[i] + c_[i] * s_ - settings_.tau * Y_[i] * decay_; }
    Course course(std::size_t i) const { return {u(i), v(i), b_[i], program_.lambda[i], settings_.tau}; }
    void set_v(std::size_t i, double value) { P_[i] = value - c_[i] * s_ + settings_.tau * Y_[i] * decay_; }

    /// u of neuron i jumps now, v does not.
    void jump(std::size_t i, double by) {
        Y_[i] += by * growth_;
        P_[i] += by * settings_.tau;
    }

    Time now() const final { return anchor_ + s_; }
    void write_u(std::span<double> to) const final;
    void write_v(std::span<double> to) const final;
    void start_from(std::span<const double> b);
    /// change_drive() at the time moved to.
    void change_drive_now(std::span<const double> b, Time t);
    /// u and v if no spike arrives; v as if nothing held it.
    double u_at(std::size_t i, Time t) const {
        return b_[i] + Y_[i] * sim::exp((anchor_ - t) / settings_.tau);
    }
    double v_at(std::size_t i, Time t) const {
        return P_[i] + c_[i] * (t - anchor_) -
               settings_.tau * Y_[i] * sim::exp((anchor_ - t) / settings_.tau);
    }
    /// Now is s, where e^{-s/tau} = decay.
    void move_to(double s, double decay);
    void move_anchor();

    sim::AlignedVector<double> Y_, P_;

    Time anchor_ = 0.0;                  // s = t - anchor
    Time s_ = 0.0;                       // now
    double decay_ = 1.0, growth_ = 1.0;  // e^{-s/tau}, e^{s/tau}
};

}  // namespace models::slca
