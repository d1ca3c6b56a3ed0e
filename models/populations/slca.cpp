// The spiking Locally Competitive Algorithm, event by event and exact (Shapero et al. 2014; Tang, Lin &
// Davies 2017).
//
//     tau du_i/dt = b_i - u_i            u_i jumps by -(q/tau) Q_ij when neuron j != i fires
//         dv_i/dt = u_i - lambda_i       held from below at v_floor, if there is one
//     neuron i fires when v_i reaches q d_i, d_i = Q_ii; then v_i = 0, held there for t_ref, if there is one
//
// so that q x rate converges to argmin 1/2 a'Qa - (b - lambda)'a over a >= 0, whatever the diagonal of Q.
//
// Between spikes all is in closed form. With s the time since an anchor, both variables of a neuron follow
// from two numbers that stay constant between the spikes that reach it:
//
//     u = b + Y e^{-s/tau}        v = P + (b - lambda) s - tau Y e^{-s/tau}
//
// A spike of j at s adds -q Q_ij to P_i and -(q/tau) Q_ij e^{s/tau} to Y_i: one pass over a column of Q.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.hpp"
#include "sim/coding_population.hpp"
#include "sim/simd.hpp"

namespace models {
namespace {

using sim::Time;
constexpr double kNever = std::numeric_limits<double>::infinity();
/// A neuron this close to its threshold, relative to it, is at it: keeps exact ties of twins out of
/// rounding's hands.
constexpr double kAtThreshold = 1e-12;
/// Stretch of time [tau] for which neurons that might fire are kept in the queue; the rest only gather
/// current.
constexpr double kHorizon = 0.25;
/// The anchor of the closed forms moves on after this long [tau], well before e^{s/tau} loses digits.
constexpr double kAnchorLife = 16.0;
/// Neurons looked at together: one answer for a block, a closer look only where it is yes.
constexpr std::size_t kBlock = 32;
/// In place of the number of spikes at which a time was predicted: never exact, only a bound.
constexpr std::uint64_t kOnlyABound = std::numeric_limits<std::uint64_t>::max();
/// A presentation with more spikes than this is taken for a network that runs away.
constexpr std::uint64_t kMaxSpikes = 10'000'000;

/// What a neuron feels between two spikes that reach it.
struct Course {
    double u, v;       // now
    double b, lambda;  // drive and threshold of the current
    Time tau;

    double v_at(Time dt) const { return v + (b - lambda) * dt - (u - b) * tau * std::expm1(-dt / tau); }
    double u_at(Time dt) const { return b + (u - b) * std::exp(-dt / tau); }
    bool rises_later() const { return u < lambda && b > lambda; }
    /// When u crosses lambda; v has its extremum there. Only if u and b lie on different sides of lambda.
    Time turning_point() const { return tau * std::log((b - u) / (b - lambda)); }
};

/// v after dt, held from below at v_floor.
double held_v(const Course& course, Time dt, double v_floor) {
    if (course.rises_later()) {
        const Time turn = course.turning_point();
        if (turn < dt) {  // falls to its minimum, perhaps the floor, then rises
            const double lowest = std::max(course.v_at(turn), v_floor);
            return lowest + (course.v_at(dt) - course.v_at(turn));
        }
    }
    return std::max(course.v_at(dt), v_floor);
}

/// Root of v(dt) = theta where v rises monotonically from below theta and is convex or concave: Newton from
/// the side from which it cannot overshoot.
Time rising_root(const Course& course, double theta) {
    const double rise = theta - course.v;
    Time dt = 0.0;  // concave (u >= b): the slope only falls, so Newton's steps from the left stay left
    if (course.u <
        course.b) {  // convex: from the right. Two upper bounds, by the first slope and by the asymptote
        const double slope = course.u - course.lambda;
        dt = (rise + (course.b - course.u) * course.tau) / (course.b - course.lambda);
        if (slope > 0.0) dt = std::min(dt, rise / slope);
    }
    for (int iteration = 0; iteration < 60; ++iteration) {
        const double slope = course.u_at(dt) - course.lambda;
        const Time step = (theta - course.v_at(dt)) / slope;
        if (!(std::abs(step) > 1e-15 * (dt + course.tau))) break;
        dt = std::max(dt + step, 0.0);
    }
    return dt;
}

/// Time until v reaches theta if no spike arrives, kNever if it will not.
Time time_to_threshold(const Course& course, double theta, double v_floor) {
    if (theta - course.v <= kAtThreshold * theta) return 0.0;
    const bool rises_now = course.u > course.lambda;
    const bool rises_in_the_end = course.b > course.lambda;
    if (!rises_now && !rises_in_the_end) return kNever;
    if (rises_now && !rises_in_the_end) {  // rises to a maximum, never to return
        const double highest = course.b == course.lambda ? course.v + (course.u - course.b) * course.tau
                                                         : course.v_at(course.turning_point());
        if (highest < theta) return kNever;
        return rising_root(course, theta);
    }
    if (rises_now) return rising_root(course, theta);
    const Time turn = course.turning_point();
    const Course rising{course.lambda, std::max(course.v_at(turn), v_floor), course.b, course.lambda,
                        course.tau};
    return turn + rising_root(rising, theta);
}

enum class Decoder { count, membrane };

struct SlcaSettings {
    explicit SlcaSettings(const sim::Params& p)
        : tau(p.number("tau", "ms", 10.0, sim::Check::positive, "time constant of the current u")),
          q(tau *
            p.number("q", "tau", 0.1, sim::Check::positive, "what one spike stands for: activity x time")),
          t_ref(p.number("t_ref", "ms", 0.0, sim::Check::non_negative,
                         "time for which v stays at 0 after a spike")),
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the state the last one ended in")) {
        const bool floored = p.flag("floor", false, "v is held from below at v_floor");
        const double level =
            p.number("v_floor", "ms", 0.0, sim::Check::any, "the floor of v, if floor is true");
        v_floor = floored ? level : -kNever;
        if (floored && level > 0.0) p.fail("v_floor", "<= 0 (v starts from 0)");
        const std::string name =
            p.choice("decoder", {"count", "membrane"}, floored || t_ref > 0.0 ? "count" : "membrane",
                     "how the code is read: from spikes alone, or with what is left in v");
        decoder = name == "count" ? Decoder::count : Decoder::membrane;
        if (decoder == Decoder::membrane && (floored || t_ref > 0.0))
            p.fail("decoder",
                   "count where there is a floor or a t_ref (v is not the integral of u - lambda then)");
    }
    Time tau, q, t_ref;
    bool carry_over;
    double v_floor = -kNever;
    Decoder decoder = Decoder::membrane;
};

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
STRIATE_SIMD bool any_may_fire(std::size_t size, const Moment& now, const double* c, const double* theta,
                               const double* P, const double* Y) {
    std::int64_t any = 0;  // as wide as the doubles it is computed from
    for (std::size_t k = 0; k < size; ++k) any |= may_fire(now, c[k], theta[k], P[k], Y[k]) ? 1 : 0;
    return any != 0;
}

/// P -= q w, Y -= (q/tau) e^{s/tau} w for a stretch of neurons, and whether any of those excited (w < 0) may
/// now fire.
STRIATE_SIMD bool subtract_weights(const float* w, std::size_t size, const Moment& now, const double* c,
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

class SlcaPopulation final : public sim::CodingPopulation {
  public:
    SlcaPopulation(const SlcaSettings& settings, const sim::Program& program)
        : settings_(settings),
          program_(program),
          lazy_(settings.v_floor == -kNever && settings.t_ref == 0.0),
          queue_(program.Q.size()) {
        const std::size_t n = program.Q.size();
        for (auto* member : {&b_, &c_, &theta_, &Y_, &P_, &v_readout_}) member->assign(n, 0.0);
        count_.assign(n, 0);
        predicted_at_.assign(n, 0);
        bounded_at_.assign(n, 0);
        if (!lazy_) {
            settled_.assign(n, 0.0);
            refractory_until_.assign(n, 0.0);
        }
    }

    void drive(std::span<const double> b) override;
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    void advance(Time t) override;
    void begin_readout() override;
    void read_code(std::span<double> a) const override;
    std::vector<double> carried() const override;
    void restore(std::span<const double> carried) override;

  private:
    double u(std::size_t i) const { return b_[i] + Y_[i] * decay_; }
    double v(std::size_t i) const { return P_[i] + c_[i] * s_ - settings_.tau * Y_[i] * decay_; }
    Course course(std::size_t i) const { return {u(i), v(i), b_[i], program_.lambda[i], settings_.tau}; }
    void set_v(std::size_t i, double value) { P_[i] = value - c_[i] * s_ + settings_.tau * Y_[i] * decay_; }

    Moment moment() const {
        const Time ahead = std::max(horizon_ - s_, 0.0);
        return {settings_.q, settings_.q / settings_.tau / decay_, s_, decay_, settings_.tau,
                ahead,       0.5 * ahead * ahead / settings_.tau};
    }
    void move_to(Time t);
    void move_anchor();
    void settle(std::size_t i);
    void settle_all();
    Time predict(std::size_t i) const;
    void schedule(std::size_t i);
    void schedule_bound(std::size_t i);
    void new_horizon();
    void subtract_column(std::size_t j);

    SlcaSettings settings_;
    const sim::Program& program_;
    bool lazy_;  // no floor, no refractory time: the closed form holds without a look at each neuron

    std::vector<double> b_, c_;  // drive; b - lambda
    std::vector<double> theta_;  // q d
    std::vector<double> Y_, P_;  // see above
    std::vector<double> v_readout_;
    std::vector<std::uint32_t> count_;  // spikes since begin_readout

    Time anchor_ = 0.0;   // s = t - anchor
    Time s_ = 0.0;        // now
    double decay_ = 1.0;  // e^{-s/tau}
    Time horizon_ = 0.0;  // s up to which the queue is complete
    Time readout_start_ = 0.0;

    sim::EventQueue queue_;  // s at which a neuron may fire: exact when predicted, later a lower bound
    std::uint64_t n_spikes_ = 0;
    std::vector<std::uint64_t> bounded_at_;    // n_spikes_ when the neuron's bound was computed
    std::vector<std::uint64_t> predicted_at_;  // n_spikes_ when the neuron's entry was computed

    std::vector<double> settled_;           // s up to which floor and refractory time are in P (not lazy_)
    std::vector<double> refractory_until_;  // s (not lazy_)
};

void SlcaPopulation::drive(std::span<const double> b) {
    for (std::size_t i = 0; i < b.size(); ++i)
        if (!std::isfinite(b[i]))
            throw sim::NumericsError("slca", i, 0.0, fmt::format("the drive is {}", b[i]));
    const std::size_t n = b.size();
    const std::vector<double> before = carried();
    anchor_ = s_ = 0.0;
    decay_ = 1.0;
    n_spikes_ = 0;
    for (std::size_t i = 0; i < n; ++i) {
        b_[i] = b[i];
        c_[i] = b[i] - program_.lambda[i];
        theta_[i] = settings_.q * program_.Q.diagonal(i);
        Y_[i] = before.empty() ? 0.0 : before[i] - b[i];
        set_v(i, before.empty() ? 0.0 : before[n + i]);
    }
    if (!lazy_) {
        std::fill(settled_.begin(), settled_.end(), 0.0);
        std::fill(refractory_until_.begin(), refractory_until_.end(), 0.0);
    }
    new_horizon();
    begin_readout();
}

void SlcaPopulation::move_to(Time t) {
    s_ = t - anchor_;
    decay_ = std::exp(-s_ / settings_.tau);
}

void SlcaPopulation::move_anchor() {
    for (std::size_t i = 0; i < b_.size(); ++i) {
        const double v_now = v(i);
        Y_[i] *= decay_;
        P_[i] = v_now + settings_.tau * Y_[i];
    }
    if (!lazy_) {
        for (double& s : settled_) s -= s_;
        for (double& s : refractory_until_) s -= s_;
    }
    anchor_ += s_;
    s_ = 0.0;
    decay_ = 1.0;
}

/// Puts into P_i what floor and refractory time have done to v since the neuron was last settled.
void SlcaPopulation::settle(std::size_t i) {
    const Time since = s_ - settled_[i];
    if (since <= 0.0) return;
    const double decay_then = std::exp(-settled_[i] / settings_.tau);
    Course then{b_[i] + Y_[i] * decay_then, P_[i] + c_[i] * settled_[i] - settings_.tau * Y_[i] * decay_then,
                b_[i], program_.lambda[i], settings_.tau};
    const Time held = std::clamp(refractory_until_[i] - settled_[i], 0.0, since);
    then.u = then.u_at(held);
    set_v(i, held_v(then, since - held, settings_.v_floor));
    settled_[i] = s_;
}

void SlcaPopulation::settle_all() {
    if (lazy_) return;
    for (std::size_t i = 0; i < b_.size(); ++i) settle(i);
}

/// s at which neuron i fires if no spike reaches it; it is settled.
Time SlcaPopulation::predict(std::size_t i) const {
    Course from = course(i);
    const Time held = lazy_ ? 0.0 : std::max(refractory_until_[i] - s_, 0.0);
    if (held > 0.0) from.u = from.u_at(held);
    return s_ + held + time_to_threshold(from, theta_[i], settings_.v_floor);
}

/// Enters neuron i with its exact time, if that lies within the horizon.
void SlcaPopulation::schedule(std::size_t i) {
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
void SlcaPopulation::schedule_bound(std::size_t i) {
    const Time held = lazy_ ? 0.0 : std::max(refractory_until_[i] - s_, 0.0);
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
void SlcaPopulation::new_horizon() {
    settle_all();
    if (s_ > kAnchorLife * settings_.tau) move_anchor();
    horizon_ = s_ + kHorizon * settings_.tau;
    queue_.clear();
    const Moment now = moment();
    for (std::size_t from = 0; from < b_.size(); from += kBlock) {
        const std::size_t size = std::min(kBlock, b_.size() - from);
        if (any_may_fire(size, now, &c_[from], &theta_[from], &P_[from], &Y_[from]))
            for (std::size_t i = from; i < from + size; ++i)
                if (may_fire(now, c_[i], theta_[i], P_[i], Y_[i])) schedule_bound(i);
    }
}

// Invariant: every neuron that would fire before the horizon is in the queue, at its exact time or at one
// before it. Inhibition only delays, so it leaves a valid lower bound, which is refined when it comes up;
// excitation is looked at when it arrives.
std::optional<sim::Spike> SlcaPopulation::next_spike(Time t_end) {
    while (true) {
        if (queue_.empty() || queue_.top().t >= horizon_) {
            if (horizon_ >= t_end - anchor_) return std::nullopt;
            move_to(anchor_ + horizon_);
            new_horizon();
            continue;
        }
        const auto [s, neuron] = queue_.top();
        if (s >= t_end - anchor_) return std::nullopt;
        if (predicted_at_[neuron] == n_spikes_) return sim::Spike{anchor_ + s, 0, neuron};
        if (!lazy_) settle(neuron);
        if (bounded_at_[neuron] == n_spikes_)
            schedule(neuron);
        else
            schedule_bound(neuron);
    }
}

void SlcaPopulation::fire(const sim::Spike& spike) {
    const std::size_t j = spike.neuron;
    if (++n_spikes_ > kMaxSpikes)
        throw sim::NumericsError(
            "slca", j, spike.t,
            fmt::format(
                "more than {} spikes in one presentation: does the network run away, or is q too small?",
                kMaxSpikes));
    move_to(spike.t);
    ++count_[j];
    const double Y_j = Y_[j];
    subtract_column(j);
    Y_[j] = Y_j;  // a neuron does not inhibit its own current
    set_v(j, 0.0);
    if (!lazy_) {
        settled_[j] = s_;
        refractory_until_[j] = s_ + settings_.t_ref;
    }
    schedule(j);
}

// Adding one column to P and Y is the work of a spike. The same pass asks of each block of neurons whether
// any could now reach its threshold within the horizon; only those that were excited need a new bound.
void SlcaPopulation::subtract_column(std::size_t j) {
    const Moment now = moment();
    for (const auto& run : program_.Q.runs(j)) {
        if (!lazy_)
            for (std::size_t k = 0; k < run.size; ++k) settle(run.first + k);
        const float* w = program_.Q.weights(run).data();
        for (std::size_t from = 0; from < run.size; from += kBlock) {
            const std::size_t size = std::min<std::size_t>(kBlock, run.size - from);
            const std::size_t i = run.first + from;
            if (subtract_weights(w + from, size, now, &c_[i], &theta_[i], &P_[i], &Y_[i]))
                for (std::size_t k = 0; k < size; ++k)
                    if (w[from + k] < 0.0F && may_fire(now, c_[i + k], theta_[i + k], P_[i + k], Y_[i + k]))
                        schedule_bound(i + k);
        }
    }
}

void SlcaPopulation::advance(Time t) {
    move_to(t);
    settle_all();
}

void SlcaPopulation::begin_readout() {
    std::fill(count_.begin(), count_.end(), 0U);
    for (std::size_t i = 0; i < b_.size(); ++i) v_readout_[i] = v(i);
    readout_start_ = anchor_ + s_;
}

void SlcaPopulation::read_code(std::span<double> a) const {
    const Time duration = anchor_ + s_ - readout_start_;
    for (std::size_t i = 0; i < a.size(); ++i) {
        double integral = settings_.q * count_[i];
        if (settings_.decoder == Decoder::membrane)
            integral = std::max(integral + (v(i) - v_readout_[i]) / program_.Q.diagonal(i), 0.0);
        a[i] = integral / duration;
        if (!std::isfinite(a[i]))
            throw sim::NumericsError("slca", i, anchor_ + s_, fmt::format("its activity is {}", a[i]));
    }
}

/// u, then v, shape (2 n); before the first presentation the sheet is at rest, all zero.
std::vector<double> SlcaPopulation::carried() const {
    if (!settings_.carry_over) return {};
    const std::size_t n = b_.size();
    std::vector<double> state(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
        state[i] = u(i);
        state[n + i] = v(i);
    }
    return state;
}

void SlcaPopulation::restore(std::span<const double> state) {
    if (state.empty()) return;
    const std::size_t n = b_.size();
    anchor_ = s_ = 0.0;
    decay_ = 1.0;
    for (std::size_t i = 0; i < n; ++i) {  // u = b and v = P, to the bit
        b_[i] = state[i];
        P_[i] = state[n + i];
        c_[i] = Y_[i] = 0.0;
    }
}

class Slca final : public sim::Neurons {
  public:
    using Settings = SlcaSettings;
    Slca(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "slca"; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<SlcaPopulation>(settings_, program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<Slca> slca{"slca",
                                      "spiking LCA, event-driven and exact: q x rate solves the program"};

}  // namespace
}  // namespace models
