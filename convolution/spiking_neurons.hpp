// The state of the neurons of a convolutional spiking LCA, and their courses between two spikes.
//
// With s the time since an anchor, what follows from two numbers of a neuron that stay the same between the
// spikes that reach it are its current and the integral of it:
//
//     u = b + Y e^{-s/tau}           I = P + b s - tau Y e^{-s/tau}
//     a spike of j:                  Y_i -= (q/tau) e^{s/tau} Q_ij         P_i -= q Q_ij
//
// ON and OFF integrate the same current, so that a third number says how far apart they are:
//
//     v+ = I - lambda s              v- = -I - lambda s - spent
//     when either fires, spent grows by theta; when ON fires, P falls by it
//
// Neurons are numbered place by place (correlations.hpp).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "convolution/correlations.hpp"
#include "convolution/problem.hpp"
#include "models/populations/slca.hpp"
#include "sim/aligned.hpp"
#include "sim/elementary.hpp"
#include "sim/time.hpp"

namespace convolution {

/// Which way a neuron fires.
enum class Side { on, off };

class Neurons {
  public:
    /// u = b and v = 0.  q [ms]; throws NumericsError if b is not finite
    Neurons(const Task& task, const Correlations& Q, std::vector<float> b, sim::Time tau, double q,
            double self_inhibition);

    /// A moment ahead, with what the closed forms need of it.
    struct Moment {
        sim::Time s = 0.0;
        double tau_decay = 0.0;  // tau e^{-s/tau}
    };
    Moment moment(sim::Time s) const { return {s, tau_ * sim::exp(-s / tau_)}; }

    sim::Time s() const { return s_; }
    void move_to(sim::Time s);
    /// Now becomes s = 0: all neurons are rewritten.
    void move_anchor();

    /// The spike of a neuron reaches the K neurons of one place.
    /// w        Q, shape (K); null: nothing reaches them, they are only looked at
    /// returns  s before which none of them fires, at most the horizon
    sim::Time receive(std::size_t place, const float* w, Side side, const Moment& horizon);

    struct Prediction {
        sim::Time s;  // the horizon, if none fires before
        std::size_t k = 0;
        Side side = Side::on;
    };
    /// Which neuron of a place fires first, exactly, if no spike reaches it.
    Prediction predict(std::size_t place, const Moment& horizon);

    /// Neuron i fires: what a spike does to the neuron itself. `before` is its state before its spike reached
    /// its place, itself included.
    struct State {
        double P, Y;
    };
    State state(std::size_t i) const { return {P_[i], Y_[i]}; }
    void reset(std::size_t i, Side side, const State& before);

    /// Spikes of each neuron so far, ON less OFF.
    const std::vector<std::int32_t>& counts() const { return counts_; }

    static std::size_t bytes_per_neuron();

  private:
    double v(std::size_t i, Side side) const;
    models::slca::Course course(std::size_t i, Side side) const;
    /// Whether neuron k of the place last looked at might fire before the horizon.
    bool may_fire(std::size_t k) const { return std::signbit(slack_[k]); }
    /// Adds a spike to a place, see receive(). returns whether any neuron may fire before the horizon
    bool add(std::size_t place, const float* w, Side side, const Moment& horizon);

    sim::Time tau_;
    double q_, lambda_, self_inhibition_;
    std::size_t K_;
    std::span<const float> diagonal_;
    std::vector<float> b_;
    sim::AlignedVector<double> P_, Y_;
    sim::AlignedVector<double> spent_;  // infinite where codes are not negative: OFF never fires
    std::vector<std::int32_t> counts_;
    sim::AlignedVector<double> theta_;  // shape (K)
    sim::AlignedVector<double> slack_;  // of the place last looked at, shape (K): below 0 if it may fire
    std::vector<float> nothing_;        // shape (K)
    sim::Time s_ = 0.0;                 // now
    double decay_ = 1.0;                // e^{-s/tau}
};

}  // namespace convolution
