// The spiking Locally Competitive Algorithm, event by event and exact (Shapero et al. 2014; Tang, Lin &
// Davies 2017).
//
//     tau du_i/dt = b_i - u_i            u_i jumps by -(q/tau) Q_ij when neuron j != i fires
//         dv_i/dt = u_i - lambda_i       held from below at v_floor, if there is one (slca_held.cpp)
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
//
// This is the kernel of a local Q. That of a dense one, slca_dense.cpp, is faster there and does the same.
//
// Who fires next? Few neurons are ever near their threshold. Up to a horizon each neuron has a slack: by how
// much excitation could still lift its v before then without a spike. Inhibition only helps, so a spike takes
// from the slack of those it excites, in the same pass, and only where none is left is a neuron looked at.
#include <array>

#include "models/populations/slca_state.hpp"
#include "sim/elementary.hpp"
#include "sim/simd.hpp"

namespace models {
namespace slca {
namespace {

/// Stretch of time [q, as a time] for which neurons that might fire are kept in the queue.
constexpr double kHorizon = 2.5;
/// A neuron in the queue keeps this part of its way to the threshold as slack.
constexpr double kMargin = 0.15;
/// Slack is kept in single precision: rounded down by more than a horizon's spikes can round it up.
constexpr double kSlackRounding = 1e-5;
/// Spikes after which a new horizon begins in any case, see kSlackRounding.
constexpr std::uint64_t kSpikesOfHorizon = 100;
/// Prediction of spikes: a step [tau] after which the next one is below rounding; the least rate of rise,
/// relative to its parts, at which steps are taken.
constexpr double kCloseEnough = 1e-4, kLeastSlope = 1e-6;

/// What a column of Q is multiplied by.
struct Kick {
    double P, Y;  // q; (q/tau) e^{s/tau}
    float slack;  // what a spike can still do to v before the horizon
};

/// Where slack has run out: the sign bits of all slack[k], by lane k mod kLanes, and those of the last, which
/// do not fill the lanes.
constexpr std::size_t kLanes = 16;
struct Signs {
    std::array<std::int32_t, kLanes> lanes;
    std::int32_t rest;
};
/// Hands out the signs if any is set.
inline bool any_of(const std::array<std::int32_t, kLanes>& lanes, std::int32_t rest, Signs& result) {
    std::int32_t all = rest;
    for (const std::int32_t lane : lanes) all |= lane;
    if (all < 0) result = {lanes, rest};
    return all < 0;
}

/// P -= q w, Y -= (q/tau) e^{s/tau} w, and the slack of those excited (w < 0) falls.
inline void subtract_weight(float w, const Kick& kick, double& P, double& Y, float& slack,
                            std::int32_t& sign) {
    const double weight = static_cast<double>(w);
    P = sim::fused(-kick.P, weight, P);
    Y = sim::fused(-kick.Y, weight, Y);
    slack += kick.slack * (w < 0.0F ? w : 0.0F);
    sign |= std::bit_cast<std::int32_t>(slack);
}

/// Whether any slack ran out; only then `result` is set.
bool subtract_weights(const float* w, std::size_t size, const Kick kick, double* P, double* Y, float* slack,
                      Signs& result) {
    std::array<std::int32_t, kLanes> lanes{};  // in registers; `result` might be anywhere
    std::size_t k = 0;
    for (; k + kLanes <= size; k += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            subtract_weight(w[k + lane], kick, P[k + lane], Y[k + lane], slack[k + lane], lanes[lane]);
    constexpr std::size_t kFew = 4;  // runs of a neighbourhood are short: what is left of one counts
    std::array<std::int32_t, kFew> few{};
    for (; k + kFew <= size; k += kFew)
        for (std::size_t lane = 0; lane < kFew; ++lane)
            subtract_weight(w[k + lane], kick, P[k + lane], Y[k + lane], slack[k + lane], few[lane]);
    std::int32_t rest = few[0] | few[1] | few[2] | few[3];
    for (; k < size; ++k) subtract_weight(w[k], kick, P[k], Y[k], slack[k], rest);
    return any_of(lanes, rest, result);
}

/// From now (s) to the horizon.
struct Ahead {
    double s;
    double tau_decay;  // tau e^{-s/tau}
    Time time;         // to the horizon
    double gain;       // what Y = 1 still adds to v until then
};

inline double positive_part(double x) { return x > 0.0 ? x : 0.0; }

/// By how much v stays below its threshold until the horizon, at least, if no spike arrives. v rises by what
/// its two parts can add: where it is convex (Y < 0) its largest value is at one of the ends, so this is it.
inline float slack_of(const Ahead& ahead, double c, double theta, double P, double Y) {
    const double v = sim::fused(-ahead.tau_decay, Y, sim::fused(c, ahead.s, P));
    const double rise = positive_part(sim::fused(positive_part(c), ahead.time, Y * ahead.gain));
    return static_cast<float>((theta * (1.0 - kSlackRounding) - v - rise) * (1.0 - kSlackRounding));
}

bool look_ahead(std::size_t size, const Ahead ahead, const double* c, const double* theta, const double* P,
                const double* Y, float* slack, Signs& result) {
    for (std::size_t k = 0; k < size; ++k) slack[k] = slack_of(ahead, c[k], theta[k], P[k], Y[k]);
    std::array<std::int32_t, kLanes> lanes{};
    std::size_t k = 0;
    for (; k + kLanes <= size; k += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] |= std::bit_cast<std::int32_t>(slack[k + lane]);
    std::int32_t rest = 0;
    for (; k < size; ++k) rest |= std::bit_cast<std::int32_t>(slack[k]);
    return any_of(lanes, rest, result);
}

class LocalPopulation final : public StateBetweenSpikes {
  public:
    LocalPopulation(const Settings& settings, const sim::Program& program)
        : StateBetweenSpikes(settings, program), per_tau_(1.0 / settings.tau), queue_(program.Q.size()) {
        slack_.assign(program.Q.size(), 0.0F);
        predicted_at_.assign(program.Q.size(), 0);
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
        for (const sim::Synapse& one : synapses) let_in(one.target, one.weight);
    }
    void set_currents(std::span<const double> b, Time t) override {
        move_to(t);
        change_drive_now(b, t);
        new_horizon();
    }
    double value(std::size_t variable, std::uint32_t i, Time t) const override {
        return variable == 0 ? u_at(i, t) : v_at(i, t);
    }
    void state(sim::State& s) override {
        StateBetweenSpikes::state(s);
        s(slack_, known_decay_, horizon_, decay_at_horizon_, queue_, n_spikes_at_horizon_, steps_,
          predicted_at_);
    }

  private:
    /// (1 - e^{-(horizon - s)/tau}): the part of a kick to u that reaches v before the horizon.
    double part_before_horizon() const { return 1.0 - decay_at_horizon_ * growth_; }
    Ahead ahead() const {
        const double tau_decay = settings_.tau * decay_;
        return {s_, tau_decay, horizon_ - s_, tau_decay * part_before_horizon()};
    }

    void move_to(Time t);
    void new_horizon();
    void enter(std::size_t i);
    void look_at(std::size_t i);
    void let_in(std::size_t i, double weight);
    void fetch_column(std::size_t j) const;
    void predict(std::size_t i);
    Time least_time(std::size_t i, double way) const;
    Time time_of_spike(std::size_t i, Time bound);
    void subtract_column(std::size_t j);
    template <class Action>
    void for_each_without_slack(const Signs& signs, std::size_t first, std::size_t size, Action action) {
        const std::size_t end = first + size, end_of_lanes = end - size % kLanes;
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            if (signs.lanes[lane] < 0)
                for (std::size_t i = first + lane; i < end_of_lanes; i += kLanes)
                    if (std::signbit(slack_[i])) action(i);
        if (signs.rest < 0)
            for (std::size_t i = end_of_lanes; i < end; ++i)
                if (std::signbit(slack_[i])) action(i);
    }

    double per_tau_;                   // 1 / tau
    sim::AlignedVector<float> slack_;  // of neurons in the queue: until their entry has to be looked at again

    struct {
        Time s;
        double decay;
    } known_decay_{0.0, 1.0};  // that of the last spike predicted
    Time horizon_ = 0.0;       // s up to which queue and slack hold
    double decay_at_horizon_ = 1.0;

    sim::EventQueue queue_;  // s at which a neuron may fire: exact when predicted, later a lower bound
    std::uint64_t n_spikes_at_horizon_ = 0;
    StepCounter steps_;
    std::vector<std::uint64_t> predicted_at_;  // n_spikes_ when the entry was exact; 0 if it never was
};

void LocalPopulation::drive(std::span<const double> b) {
    start_from(b);
    steps_.restart();
    std::fill(predicted_at_.begin(), predicted_at_.end(), 0U);
    new_horizon();
}

void LocalPopulation::move_to(Time t) {
    const Time s = t - anchor_;
    StateBetweenSpikes::move_to(s, s == known_decay_.s ? known_decay_.decay : sim::exp(-s * per_tau_));
}

/// Looks at every neuron once and queues those that may fire within the next stretch of time.
void LocalPopulation::new_horizon() {
    if (s_ > kAnchorLife * settings_.tau) move_anchor();
    horizon_ = s_ + kHorizon * settings_.q;
    decay_at_horizon_ = sim::exp(-horizon_ / settings_.tau);
    n_spikes_at_horizon_ = n_spikes_;
    queue_.clear();
    const std::size_t n = b_.size();
    Signs signs;
    if (sim::simd<look_ahead>(n, ahead(), c_.data(), theta_.data(), P_.data(), Y_.data(), slack_.data(),
                              signs))
        for_each_without_slack(signs, 0, n, [this](std::size_t i) { enter(i); });
}

/// Time before which v does not rise by `way`, if no spike arrives. On its way from u to b the current stays
/// below min(max(u, b), u + (b - u) dt/tau), which leaves a quadratic equation.
Time LocalPopulation::least_time(std::size_t i, double way) const {
    if (way <= 0.0) return 0.0;
    const double excess = Y_[i] * decay_;
    if (excess >= 0.0) return c_[i] + excess > 0.0 ? way / (c_[i] + excess) : kNever;
    const double slope = c_[i] + excess, bend = -excess * per_tau_;
    const double root = std::sqrt(slope * slope + 2.0 * bend * way);
    return slope > 0.0 ? 2.0 * way / (slope + root) : (root - slope) / bend;
}

/// Looks at neuron i, whose slack is used up. It goes to where it would have got to without more than a new
/// slack of excitation: out of the queue, or to a time before which it does not fire.
void LocalPopulation::look_at(std::size_t i) {
    slack_[i] = slack_of(ahead(), c_[i], theta_[i], P_[i], Y_[i]);
    if (std::signbit(slack_[i]))
        enter(i);
    else
        queue_.remove(static_cast<std::uint32_t>(i));
}

/// A spike from elsewhere. Its time in the queue stays a bound; what excites it takes from its slack.
void LocalPopulation::let_in(std::size_t i, double weight) {
    jump(i, weight);
    predicted_at_[i] = 0;
    if (weight <= 0.0) return;
    const double taken = weight * settings_.tau * part_before_horizon();
    slack_[i] = static_cast<float>((static_cast<double>(slack_[i]) - taken) * (1.0 - kSlackRounding));
    if (std::signbit(slack_[i])) look_at(i);
}

/// Queues neuron i at a time before which it cannot fire, though excited by no more than its new slack. v
/// stays below its chord from now to the horizon where it is convex, below its tangent where it is concave.
void LocalPopulation::enter(std::size_t i) {
    const double rise = theta_[i] * (1.0 - kAtThreshold) - v(i), way = rise * (1.0 - kMargin);
    const double excess = Y_[i] * decay_;
    const Time left = horizon_ - s_;
    const double slope = excess < 0.0 ? c_[i] + excess * settings_.tau * part_before_horizon() / left
                                      : std::max(c_[i], 0.0) + excess;
    const Time wait = way <= 0.0 ? 0.0 : way < slope * left ? way / slope : left;
    slack_[i] = static_cast<float>(std::max(kMargin * rise * (1.0 - kSlackRounding), 0.0));
    queue_.set(static_cast<std::uint32_t>(i), s_ + wait);
    predicted_at_[i] = 0;
}

/// The column of a neuron about to fire is on its way to the cache while its exact time is sought: a large Q does not
/// stay there.
// Inlined always: gcc drops a call to a function that has no effect but this.
[[gnu::always_inline]] inline void LocalPopulation::fetch_column(std::size_t j) const {
    for (const auto& run : program_.Q.runs(j)) {
        const auto w = program_.Q.weights(run);
        for (std::size_t k = 0; k < w.size(); k += kLanes) __builtin_prefetch(w.data() + k);
    }
}

/// Neuron i, the first of the queue by a bound, gets its exact time, or a bound after which another is first.
void LocalPopulation::predict(std::size_t i) {
    slack_[i] = 0.0F;
    const Time bound = s_ + least_time(i, theta_[i] * (1.0 - kAtThreshold) - v(i));
    if (bound > queue_.second() || bound >= horizon_) {
        queue_.set(static_cast<std::uint32_t>(i), bound);
        predicted_at_[i] = 0;
    } else {
        fetch_column(i);
        queue_.set(static_cast<std::uint32_t>(i), time_of_spike(i, bound));
        predicted_at_[i] = n_spikes_;
    }
}

/// s at which neuron i fires if no spike reaches it, not before `bound`. Each step solves the Taylor
/// polynomial of third order for it, which raises the error to the fourth power.
Time LocalPopulation::time_of_spike(std::size_t i, Time bound) {
    const double P = P_[i] - theta_[i], c = c_[i], tau = settings_.tau;
    Time s = bound;
    for (int iteration = 0; iteration < 8; ++iteration) {
        const double decay = sim::exp(-s * per_tau_), excess = Y_[i] * decay;
        const double missing = tau * excess - (P + c * s), slope = c + excess;
        if (!(slope > kLeastSlope * (std::abs(c) + std::abs(excess)))) break;  // not rising to it from here
        const double per_slope = 1.0 / slope;
        const double x = missing * per_slope * per_tau_;  // Newton's step [tau]
        const double bend = 0.5 * excess * per_slope;
        const double step = x * (1.0 + x * (bend + x * bend * (2.0 * bend - 1.0 / 3.0)));
        s += step * tau;
        if (!(s >= s_) || !(std::abs(step) < 1.0e3)) break;
        if (std::abs(x) * std::max(1.0, std::abs(bend)) < kCloseEnough) {
            known_decay_ = {s,
                            decay * (1.0 - step * (1.0 - step * (0.5 - step * (1.0 / 6.0 - step / 24.0))))};
            return s;
        }
    }
    return s_ + time_to_threshold(course(i), theta_[i], -kNever);  // with every case told apart
}

// Invariant: every neuron that would fire before the horizon is in the queue, at its exact time or at one
// before it; a neuron outside it, or one whose entry is only a bound, would not fire before even if it were
// excited by as much as its slack. Inhibition only delays.
std::optional<sim::Spike> LocalPopulation::next_spike(Time t_end) {
    const Time end = std::min(horizon_, t_end - anchor_);
    while (!queue_.empty() && queue_.top().t < end) {
        const auto [s, neuron] = queue_.top();
        if (predicted_at_[neuron] == n_spikes_) return sim::Spike{anchor_ + s, 0, neuron};
        predict(neuron);
    }
    return std::nullopt;
}

void LocalPopulation::advance(Time t) {
    const bool is_at_horizon = t >= looked_until();
    move_to(t);
    if (!is_at_horizon) return;
    steps_.count("slca", "q", t);
    new_horizon();
}

void LocalPopulation::fire(const sim::Spike& spike) {
    const std::size_t j = spike.neuron;
    count_spike(j, spike.t);
    move_to(spike.t);
    const double Y_j = Y_[j];
    subtract_column(j);
    Y_[j] = Y_j;  // a neuron does not inhibit its own current
    set_v(j, 0.0);
    look_at(j);
    if (n_spikes_ - n_spikes_at_horizon_ >= kSpikesOfHorizon) new_horizon();
}

/// Adds one column to P and Y, and looks at those whose slack that used up.
void LocalPopulation::subtract_column(std::size_t j) {
    const Kick kick{settings_.q, settings_.q * per_tau_ * growth_,
                    static_cast<float>(settings_.q * part_before_horizon() * (1.0 + kSlackRounding))};
    for (const auto& run : program_.Q.runs(j)) {
        const float* w = program_.Q.weights(run).data();
        Signs signs;
        if (sim::simd<subtract_weights>(w, run.size, kick, &P_[run.first], &Y_[run.first], &slack_[run.first],
                                        signs))
            for_each_without_slack(signs, run.first, run.size, [this](std::size_t i) { look_at(i); });
    }
}

}  // namespace

std::unique_ptr<sim::CodingPopulation> local_population(const Settings& settings,
                                                        const sim::Program& program) {
    return std::make_unique<LocalPopulation>(settings, program);
}

}  // namespace slca

namespace {

class Slca final : public sim::Neurons {
  public:
    using Settings = slca::Settings;
    Slca(const Settings& settings, const Context& context) : settings_(settings) {
        settings_.context = context;
    }
    std::string name() const override { return "slca"; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        if (settings_.hardware) return slca::fixed_population(settings_, program);
        const bool held = settings_.v_floor != -slca::kNever || settings_.t_ref > 0.0;
        if (held) return slca::held_population(settings_, program);
        return program.Q.is_dense() ? slca::dense_population(settings_, program)
                                    : slca::local_population(settings_, program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<Slca> registration{
    "slca", "spiking LCA, event-driven and exact: q x rate solves the program"};

}  // namespace
}  // namespace models
