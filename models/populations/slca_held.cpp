// The spiking LCA (slca.cpp) whose v is held, from below by a floor or after a spike for t_ref. v is then no
// longer a sum of what spikes did: every neuron that a spike reaches is settled first.
#include <limits>

#include "models/populations/slca_state.hpp"
#include "sim/elementary.hpp"
#include "sim/simd.hpp"

namespace models::slca {
namespace {

/// Stretch of time [tau] for which neurons that might fire are kept in the queue; the rest only gather
/// current.
constexpr double kHorizon = 0.25;
/// Neurons looked at together: one answer for a block, a closer look only where it is yes.
constexpr std::size_t kBlock = 32;
/// In place of the number of spikes at which a time was predicted: never exact, only a bound.
constexpr std::uint64_t kOnlyABound = std::numeric_limits<std::uint64_t>::max();

/// What the kernels below need of a moment.
struct Moment {
    double q, q_over_tau;  // q; (q/tau) e^{s/tau}
    double s, decay, tau;
    Time ahead;                 // from here to the horizon
    double half_ahead_squared;  // ahead^2 / 2 tau
};

/// Whether a neuron could reach its threshold within the horizon: a cheap test that errs on the side of yes.
/// On its way from u to b the current stays below min(max(u, b), u + (b - u) dt/tau), so that v rises by at
/// most (u - lambda) dt + [b - u]_+ dt^2 / 2 tau.
inline bool may_fire(const Moment& now, double c, double theta, double P, double Y) {
    const double excess = Y * now.decay;  // u - b
    const double v = P + c * now.s - now.tau * excess;
    const double rise = (c + excess) * now.ahead + (excess < 0.0 ? -excess : 0.0) * now.half_ahead_squared;
    return v + (rise > 0.0 ? rise : 0.0) >= theta * (1.0 - kAtThreshold);
}

/// Whether any of a stretch of neurons may fire.
bool any_may_fire(std::size_t size, const Moment& now, const double* c, const double* theta, const double* P,
                  const double* Y) {
    std::int64_t any = 0;  // as wide as the doubles it is computed from
    for (std::size_t k = 0; k < size; ++k) any |= may_fire(now, c[k], theta[k], P[k], Y[k]) ? 1 : 0;
    return any != 0;
}

/// P -= q w, Y -= (q/tau) e^{s/tau} w for a stretch of neurons, and whether any of those excited (w < 0) may
/// now fire.
bool subtract_weights(const float* w, std::size_t size, const Moment& now, const double* c,
                      const double* theta, double* P, double* Y) {
    std::int64_t any = 0;
    for (std::size_t k = 0; k < size; ++k) {
        const double weight = static_cast<double>(w[k]);
        P[k] -= now.q * weight;
        Y[k] -= now.q_over_tau * weight;
        any |= (weight < 0.0 ? 1 : 0) & (may_fire(now, c[k], theta[k], P[k], Y[k]) ? 1 : 0);
    }
    return any != 0;
}

class HeldPopulation final : public StateBetweenSpikes {
  public:
    HeldPopulation(const Settings& settings, const sim::Program& program)
        : StateBetweenSpikes(settings, program), queue_(program.Q.size()) {
        const std::size_t n = program.Q.size();
        settled_.assign(n, 0.0);
        refractory_until_.assign(n, 0.0);
        predicted_at_.assign(n, 0);
        bounded_at_.assign(n, 0);
    }

    void drive(std::span<const double> b) override;
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    Time looked_until() const override { return anchor_ + horizon_; }
    void advance(Time t) override;
    using SpikingCode::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override {
        sim::check_arrivals("slca", synapses, t);
        advance(t);
        for (const sim::Synapse& one : synapses) jump(one.target, one.weight);
        for (const sim::Synapse& one : synapses) schedule(one.target);
    }
    void set_currents(std::span<const double> b, Time t) override {
        advance(t);
        change_drive_now(b, t);
        new_horizon();
    }
    double value(std::size_t variable, std::uint32_t i, Time t) const override {
        return variable == 0 ? u_at(i, t) : settled_v(i, t - anchor_);
    }
    void state(sim::State& s) override {
        StateBetweenSpikes::state(s);
        s(horizon_, steps_, queue_, bounded_at_, predicted_at_, settled_, refractory_until_);
    }

  private:
    Moment moment() const {
        const Time ahead = std::max(horizon_ - s_, 0.0);
        return {settings_.q, settings_.q / settings_.tau / decay_, s_, decay_, settings_.tau,
                ahead,       0.5 * ahead * ahead / settings_.tau};
    }
    void move_to(Time t);
    void move_anchor();
    double settled_v(std::size_t i, Time s) const;
    void settle(std::size_t i);
    void settle_all();
    Time predict(std::size_t i) const;
    void schedule(std::size_t i);
    void schedule_bound(std::size_t i);
    void new_horizon();
    void subtract_column(std::size_t j);

    Time horizon_ = 0.0;  // s up to which the queue is complete
    StepCounter steps_;

    sim::EventQueue queue_;  // s at which a neuron may fire: exact when predicted, later a lower bound
    std::vector<std::uint64_t> bounded_at_;    // n_spikes_ when the neuron's bound was computed
    std::vector<std::uint64_t> predicted_at_;  // n_spikes_ when the neuron's entry was computed

    std::vector<double> settled_;           // s up to which floor and refractory time are in P
    std::vector<double> refractory_until_;  // s
};

void HeldPopulation::drive(std::span<const double> b) {
    start_from(b);
    steps_.restart();
    std::fill(settled_.begin(), settled_.end(), 0.0);
    std::fill(refractory_until_.begin(), refractory_until_.end(), 0.0);
    new_horizon();
}

void HeldPopulation::move_to(Time t) {
    const Time s = t - anchor_;
    StateBetweenSpikes::move_to(s, sim::exp(-s / settings_.tau));
}

void HeldPopulation::move_anchor() {
    for (double& s : settled_) s -= s_;
    for (double& s : refractory_until_) s -= s_;
    StateBetweenSpikes::move_anchor();
}

/// v at s, with what floor and refractory time have done to it since the neuron was last settled.
double HeldPopulation::settled_v(std::size_t i, Time s) const {
    const Time since = std::max(s - settled_[i], 0.0);
    const double decay_then = sim::exp(-settled_[i] / settings_.tau);
    Course then{b_[i] + Y_[i] * decay_then, P_[i] + c_[i] * settled_[i] - settings_.tau * Y_[i] * decay_then,
                b_[i], program_.lambda[i], settings_.tau};
    const Time held = std::clamp(refractory_until_[i] - settled_[i], 0.0, since);
    then.u = then.u_at(held);
    return held_v(then, since - held, settings_.v_floor);
}

/// Puts that into P_i.
void HeldPopulation::settle(std::size_t i) {
    if (s_ <= settled_[i]) return;
    set_v(i, settled_v(i, s_));
    settled_[i] = s_;
}

void HeldPopulation::settle_all() {
    for (std::size_t i = 0; i < b_.size(); ++i) settle(i);
}

/// s at which neuron i fires if no spike reaches it; it is settled.
Time HeldPopulation::predict(std::size_t i) const {
    Course from = course(i);
    const Time held = std::max(refractory_until_[i] - s_, 0.0);
    if (held > 0.0) from.u = from.u_at(held);
    return s_ + held + time_to_threshold(from, theta_[i], settings_.v_floor);
}

/// Enters neuron i with its exact time, if that lies within the horizon.
void HeldPopulation::schedule(std::size_t i) {
    const auto neuron = static_cast<std::uint32_t>(i);
    const Time when = predict(i);
    if (when < horizon_) {
        queue_.set(neuron, when);
        predicted_at_[i] = n_spikes_;
    } else {
        queue_.remove(neuron);
    }
}

/// Enters neuron i at a time before which it cannot fire (see may_fire): one square root instead of Newton's
/// steps.
void HeldPopulation::schedule_bound(std::size_t i) {
    const Time held = std::max(refractory_until_[i] - s_, 0.0);
    const double excess = Y_[i] * decay_;
    const double slope = c_[i] + std::max(excess, 0.0);  // at most, however long it takes
    const double rise = theta_[i] * (1.0 - kAtThreshold) - v(i);
    Time wait = rise <= 0.0 ? 0.0 : slope > 0.0 ? rise / slope : kNever;
    if (held == 0.0 && excess < 0.0 && wait > 0.0 && wait < kNever) {
        const double slope_now = c_[i] + excess, bend = -excess / settings_.tau;
        const double root = std::sqrt(slope_now * slope_now + 2.0 * bend * rise);
        wait = std::max(wait, slope_now > 0.0 ? 2.0 * rise / (slope_now + root) : (root - slope_now) / bend);
    }
    const auto neuron = static_cast<std::uint32_t>(i);
    if (s_ + held + wait < horizon_) {
        queue_.set(neuron, s_ + held + wait);
        bounded_at_[i] = n_spikes_;
        predicted_at_[i] = kOnlyABound;
    } else {
        queue_.remove(neuron);
    }
}

/// Looks at every neuron once and queues those that may fire within the next stretch of time.
void HeldPopulation::new_horizon() {
    settle_all();
    if (s_ > kAnchorLife * settings_.tau) move_anchor();
    horizon_ = s_ + kHorizon * settings_.tau;
    queue_.clear();
    const Moment now = moment();
    for (std::size_t from = 0; from < b_.size(); from += kBlock) {
        const std::size_t size = std::min(kBlock, b_.size() - from);
        if (sim::simd<any_may_fire>(size, now, &c_[from], &theta_[from], &P_[from], &Y_[from]))
            for (std::size_t i = from; i < from + size; ++i)
                if (may_fire(now, c_[i], theta_[i], P_[i], Y_[i])) schedule_bound(i);
    }
}

// Invariant: every neuron that would fire before the horizon is in the queue, at its exact time or at one
// before it. Inhibition only delays, so it leaves a valid lower bound, which is refined when it comes up;
// excitation is looked at when it arrives.
std::optional<sim::Spike> HeldPopulation::next_spike(Time t_end) {
    const Time end = std::min(horizon_, t_end - anchor_);
    while (!queue_.empty() && queue_.top().t < end) {
        const auto [s, neuron] = queue_.top();
        if (predicted_at_[neuron] == n_spikes_) return sim::Spike{anchor_ + s, 0, neuron};
        settle(neuron);
        if (bounded_at_[neuron] == n_spikes_)
            schedule(neuron);
        else
            schedule_bound(neuron);
    }
    return std::nullopt;
}

void HeldPopulation::fire(const sim::Spike& spike) {
    const std::size_t j = spike.neuron;
    count_spike(j, spike.t);
    move_to(spike.t);
    const double Y_j = Y_[j];
    subtract_column(j);
    Y_[j] = Y_j;  // a neuron does not inhibit its own current
    set_v(j, 0.0);
    settled_[j] = s_;
    refractory_until_[j] = s_ + settings_.t_ref;
    schedule(j);
}

// Adding one column to P and Y is the work of a spike. The same pass asks of each block of neurons whether
// any could now reach its threshold within the horizon; only those that were excited need a new bound.
void HeldPopulation::subtract_column(std::size_t j) {
    const Moment now = moment();
    for (const auto& run : program_.Q.runs(j)) {
        for (std::size_t k = 0; k < run.size; ++k) settle(run.first + k);
        const float* w = program_.Q.weights(run).data();
        for (std::size_t from = 0; from < run.size; from += kBlock) {
            const std::size_t size = std::min<std::size_t>(kBlock, run.size - from);
            const std::size_t i = run.first + from;
            if (sim::simd<subtract_weights>(w + from, size, now, &c_[i], &theta_[i], &P_[i], &Y_[i]))
                for (std::size_t k = 0; k < size; ++k)
                    if (w[from + k] < 0.0F && may_fire(now, c_[i + k], theta_[i + k], P_[i + k], Y_[i + k]))
                        schedule_bound(i + k);
        }
    }
}

void HeldPopulation::advance(Time t) {
    const bool is_at_horizon = t >= looked_until();
    move_to(t);
    settle_all();
    if (!is_at_horizon) return;
    steps_.count("slca", "tau", t);
    new_horizon();
}

}  // namespace

std::unique_ptr<sim::CodingPopulation> held_population(const Settings& settings,
                                                       const sim::Program& program) {
    return std::make_unique<HeldPopulation>(settings, program);
}

}  // namespace models::slca
