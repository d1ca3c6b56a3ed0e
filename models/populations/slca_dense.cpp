// The spiking LCA (slca.cpp) where every neuron reaches every other: each spike makes all currents jump, but
// few neurons are ever near their threshold.
//
// Those that may fire soon are *active*. Their state is kept side by side, as u - b and v at the last spike,
// and moves from one spike to the next by
//
//     u - b  ->  (u - b) e^{-dt/tau}      v  ->  v + (b - lambda) dt + (u - b) tau (1 - e^{-dt/tau})
//
// Who fires next is guessed, then proven: the neuron with the least estimate gets its exact time, and one
// pass over the active neurons shows that none of them gets to its threshold before.
//
// All others are *far*. Spikes do not touch them; they wait, as two sums for each neuron that fired. A far
// neuron is safe until a horizon, or until the spikes since the last look could have excited the nearest one
// as far as its threshold. Then all neurons catch up and are looked at, and it is decided anew who is active.
#include <limits>
#include <optional>

#include "models/populations/slca_active.hpp"
#include "models/populations/slca_loops.hpp"
#include "models/populations/slca_state.hpp"
#include "sim/simd.hpp"

namespace models::slca {
namespace {

/// Longest time between two looks [sqrt(q tau)].
constexpr double kHorizon = 1.5;
/// Slack [theta]: by how much a neuron stays below its threshold until the horizon, if no spike arrives. With
/// less than the first a far neuron becomes active; one with more than the second is let go.
constexpr double kEnter = 0.6, kLeave = 1.2;
/// Active neurons are let go at one look in so many.
constexpr int kLooksToLeave = 4;
/// Slack is rounded down by more than its single precision can round it up.
constexpr double kSlackRounding = 1e-5;
/// Neurons asked together whether any has to become active.
constexpr std::size_t kScan = 64;

class DensePopulation final : public SpikingCode {
  public:
    DensePopulation(const Settings& settings, const sim::Program& program);

    void drive(std::span<const double> b) override;
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    Time looked_until() const override { return next_slot_ == kNone ? looked_ + horizon_.dt : kNever; }
    void advance(Time t) override;
    using SpikingCode::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override;
    void set_currents(std::span<const double> b, Time t) override;
    double value(std::size_t variable, std::uint32_t i, Time t) const override;
    void state(sim::State& s) override;
    void restore(std::span<const double> carried) override;

  private:
    Time now() const override { return now_; }
    void write_u(std::span<double> u) const override;
    void write_v(std::span<double> v) const override;
    void write_state(std::span<double> v, std::span<double> excess) const;

    Stretch stretch(Time dt) const {
        const double gone = part_gone(dt * per_tau_);
        return {dt, 1.0 - gone, settings_.tau * gone};
    }
    void begin();
    void catch_up_with_spikes(const Stretch& since, double* v, double* excess) const;
    void bring_all_here();
    void bring_all_to(Time t);
    void look_around();
    void choose_active();
    void let_leave();
    void enter(std::size_t i);
    void guess(double kick, const float* w);
    void find_next();
    std::int64_t pass(const Stretch& ahead);
    Stretch time_of_spike(std::size_t slot, Time guessed) const;
    void try_suspects();

    StepCounter steps_;
    double per_tau_;   // 1 / tau
    Stretch horizon_;  // from one look to the next, at most
    Time now_ = 0.0;

    // All neurons at the last look; where they are active, nothing is kept here
    Time looked_ = 0.0;
    int n_looks_ = 0;
    sim::AlignedVector<double> v_, excess_;
    sim::AlignedVector<double> limit_;  // theta, less the slack below which a neuron becomes active
    double least_theta_ = 0.0;
    sim::AlignedVector<float> offset_;  // infinite where active, 0 where far
    sim::AlignedVector<float> spare_;   // slack of far neurons beyond that below which they become active
    double budget_ = 0.0;               // excitation of v that no far neuron would fire by before the horizon

    // Active neurons, at s after the last look, which is the last spike
    Time s_ = 0.0;
    double decay_ = 1.0;  // e^{-s/tau}
    ActiveNeurons active_;
    std::vector<std::uint32_t> fired_;  // slots that have fired since the last look

    // What comes next: the spike of a slot, or nothing before the horizon
    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    std::size_t next_slot_ = kNone;
    Stretch ahead_{};
    std::int32_t guess_ = kNobody, low_bits_ = 0;  // see kick_and_guess
};

DensePopulation::DensePopulation(const Settings& settings, const sim::Program& program)
    : SpikingCode(settings, program),
      per_tau_(1.0 / settings.tau),
      horizon_(stretch(kHorizon * std::sqrt(settings.q * settings.tau))) {
    const std::size_t n = program.Q.size();
    for (auto* member : {&v_, &excess_, &limit_}) member->assign(n, 0.0);
    for (auto* member : {&offset_, &spare_}) member->assign(n, 0.0F);
}

void DensePopulation::drive(std::span<const double> b) {
    start_from(b, excess_, v_);
    steps_.restart();
    begin();
    for (std::size_t i = 0; i < b.size(); ++i) limit_[i] = (1.0 - kEnter) * theta_[i];
    least_theta_ = *std::min_element(theta_.begin(), theta_.end());
    choose_active();
}

/// Nobody is active yet.
void DensePopulation::begin() {
    looked_ = now_ = s_ = 0.0;
    decay_ = 1.0;
    n_looks_ = 0;
    active_.clear();
    fired_.clear();
    std::fill(offset_.begin(), offset_.end(), 0.0F);
}

void DensePopulation::restore(std::span<const double> state) {
    if (state.empty()) return;
    begin();
    const std::size_t n = b_.size();
    for (std::size_t i = 0; i < n; ++i) {  // u = b, to the bit
        b_[i] = state[i];
        v_[i] = state[n + i];
        c_[i] = excess_[i] = 0.0;
    }
}

/// Brings all neurons but the active ones over the stretch since the last look, with its spikes.
void DensePopulation::catch_up_with_spikes(const Stretch& since, double* v, double* excess) const {
    const std::size_t n = b_.size();
    const auto column = [&](std::size_t k) -> Column {
        if (k >= fired_.size()) return {column_of(program_.Q, 0), 0.0, 0.0};
        const std::uint32_t slot = fired_[k];
        const double to_excess = settings_.q * per_tau_ * since.decay * active_.grown[slot];
        const double to_v = settings_.q * active_.n_fired[slot] - settings_.tau * to_excess;
        return {column_of(program_.Q, active_.neuron(slot)), to_v, to_excess};
    };
    sim::simd<catch_up>(n, since, column(0), column(1), c_.data(), v, excess);
    for (std::size_t k = 2; k < fired_.size(); k += 2)
        sim::simd<subtract>(n, column(k), column(k + 1), v, excess);
}

/// All neurons now, which is after the last spike and before the next one.
void DensePopulation::write_state(std::span<double> v, std::span<double> excess) const {
    std::copy(v_.begin(), v_.end(), v.begin());
    std::copy(excess_.begin(), excess_.end(), excess.begin());
    catch_up_with_spikes(stretch(now_ - looked_), v.data(), excess.data());
    const Stretch since_spike = stretch(now_ - looked_ - s_);
    for (std::size_t slot = 0; slot < active_.size(); ++slot) {
        const std::size_t i = active_.neuron(slot);
        v[i] = active_.v[slot] + active_.c[slot] * since_spike.dt + active_.excess[slot] * since_spike.gain;
        excess[i] = active_.excess[slot] * since_spike.decay;
    }
}

void DensePopulation::write_v(std::span<double> v) const {
    std::vector<double> excess(v.size());
    write_state(v, excess);
}

void DensePopulation::write_u(std::span<double> u) const {
    std::vector<double> v(u.size());
    write_state(v, u);
    for (std::size_t i = 0; i < u.size(); ++i) u[i] += b_[i];
}

/// All neurons catch up with the active ones.
void DensePopulation::bring_all_here() {
    catch_up_with_spikes({s_, decay_, settings_.tau * (1.0 - decay_)}, v_.data(), excess_.data());
    for (const std::uint32_t slot : fired_) active_.n_fired[slot] = active_.grown[slot] = 0.0;
    fired_.clear();
    looked_ += s_;
    s_ = 0.0;
    decay_ = 1.0;
}

/// All neurons catch up, and it is decided anew who is active.
void DensePopulation::look_around() {
    bring_all_here();
    choose_active();
}

void DensePopulation::choose_active() {
    const std::size_t n = b_.size();
    const std::int32_t least = sim::simd<look>(n, horizon_, c_.data(), limit_.data(), v_.data(),
                                               excess_.data(), offset_.data(), spare_.data());
    const double spare = least == kNobody ? kNever : std::bit_cast<float>(least);
    budget_ = (spare + kEnter * least_theta_) * (1.0 - kSlackRounding);
    if (++n_looks_ % kLooksToLeave == 0) let_leave();
    for (std::size_t from = 0; from < n; from += kScan) {
        const std::size_t size = std::min(kScan, n - from);
        if (sim::simd<any_negative>(&spare_[from], size))
            for (std::size_t i = from; i < from + size; ++i)
                if (spare_[i] < 0.0F) enter(i);
    }
    active_.pad();
    guess(0.0, active_.zeros.data());
    find_next();
}

void DensePopulation::let_leave() {
    sim::simd<look>(active_.size(), horizon_, active_.c.data(), active_.theta.data(), active_.v.data(),
                    active_.excess.data(), active_.zeros.data(), active_.spare.data());
    for (std::size_t slot = active_.size(); slot-- > 0;) {
        const std::size_t i = active_.neuron(slot);
        if (static_cast<double>(active_.spare[slot]) * (1.0 - kSlackRounding) <= kLeave * theta_[i]) continue;
        v_[i] = active_.v[slot];
        excess_[i] = active_.excess[slot];
        offset_[i] = 0.0F;
        budget_ = std::min(budget_, kLeave * theta_[i]);
        active_.remove(slot);
    }
}

void DensePopulation::enter(std::size_t i) {
    const std::size_t slot = active_.add(static_cast<std::uint32_t>(i), program_.Q);
    active_.c[slot] = c_[i];
    active_.theta[slot] = theta_[i] * (1.0 - kAtThreshold);
    active_.v[slot] = v_[i];
    active_.excess[slot] = excess_[i];
    offset_[i] = std::numeric_limits<float>::infinity();
}

void DensePopulation::guess(double kick, const float* w) {
    const std::size_t size = active_.padded_size();
    low_bits_ = static_cast<std::int32_t>(std::bit_ceil(size + 1) - 1);
    guess_ = sim::simd<kick_and_guess>(size, kick, static_cast<float>(0.5 * per_tau_), low_bits_, w,
                                       active_.c.data(), active_.theta.data(), active_.v.data(),
                                       active_.excess.data());
}

/// The stretch until a slot fires if no spike reaches it, starting from a guess.
Stretch DensePopulation::time_of_spike(std::size_t slot, Time guessed) const {
    const std::size_t i = active_.neuron(slot);
    const double v = active_.v[slot], excess = active_.excess[slot];
    if (v >= active_.theta[slot]) return {0.0, 1.0, 0.0};
    const Crossing found = sim::simd<cross>({(theta_[i] - v) * per_tau_, c_[i], excess}, guessed * per_tau_);
    if (found.x >= 0.0)
        return {found.x * settings_.tau, 1.0 - found.part_gone, settings_.tau * found.part_gone};
    const Course course{b_[i] + excess, v, b_[i], program_.lambda[i], settings_.tau};
    return stretch(time_to_threshold(course, theta_[i], -kNever));  // with every case told apart
}

/// Sets what comes next; returns how many active neurons may have got to their threshold before.
std::int64_t DensePopulation::pass(const Stretch& ahead) {
    ahead_ = ahead;
    return sim::simd<pass_time>(active_.padded_size(), ahead_, active_.c.data(), active_.theta.data(),
                                active_.v.data(), active_.excess.data(), active_.next_v.data(),
                                active_.next_excess.data());
}

/// The first of the active neurons to fire before the horizon, and the state of all of them then.
void DensePopulation::find_next() {
    const Time left = horizon_.dt - s_;
    Stretch first = stretch(left);
    next_slot_ = kNone;
    if (guess_ < kNoGuess) {
        const auto slot = static_cast<std::size_t>(guess_ & low_bits_);
        const Time guessed = static_cast<double>(std::bit_cast<float>(guess_ & ~low_bits_));
        const Stretch found = time_of_spike(slot, guessed);
        if (found.dt < left) {
            first = found;
            next_slot_ = slot;
        }
    }
    const std::int64_t n_suspects = pass(first);
    const bool is_one_itself = next_slot_ != kNone && active_.next_v[next_slot_] > active_.theta[next_slot_];
    if (n_suspects != (is_one_itself ? 1 : 0)) try_suspects();
    if (next_slot_ != kNone) active_.next_v[next_slot_] = 0.0;
}

/// Others may be earlier than what was found: all that may get exact times, in one way, so that twins have
/// equal ones. Equal times go to the lower neuron.
void DensePopulation::try_suspects() {
    const Time tried = ahead_.dt;
    const std::size_t found_before = next_slot_;
    Stretch first = stretch(horizon_.dt - s_);
    next_slot_ = kNone;
    for (std::size_t slot = 0; slot < active_.size(); ++slot) {
        const double tangent = active_.v[slot] + (active_.c[slot] + active_.excess[slot]) * tried;
        const bool may_be = std::max(active_.next_v[slot], tangent) >= active_.theta[slot];
        if (!may_be && slot != found_before) continue;
        const Stretch found = time_of_spike(slot, tried);
        const bool is_lower = next_slot_ != kNone && active_.neuron(slot) < active_.neuron(next_slot_);
        if (found.dt < first.dt || (found.dt == first.dt && is_lower)) {
            first = found;
            next_slot_ = slot;
        }
    }
    pass(first);
}

// Invariants: up to the horizon no far neuron fires; next_slot_ is the first of the active ones, or none
// fires before. What is announced does not depend on t_end.
std::optional<sim::Spike> DensePopulation::next_spike(Time t_end) {
    if (next_slot_ == kNone) return std::nullopt;
    const Time t = looked_ + (s_ + ahead_.dt);
    return t < t_end ? std::optional(sim::Spike{t, 0, active_.neuron(next_slot_)}) : std::nullopt;
}

void DensePopulation::advance(Time t) {
    now_ = t;
    if (t < looked_until()) return;
    steps_.count("slca", "q", looked_);
    active_.v.swap(active_.next_v);
    active_.excess.swap(active_.next_excess);
    s_ = horizon_.dt;
    decay_ = horizon_.decay;
    look_around();
}

void DensePopulation::fire(const sim::Spike& spike) {
    const std::size_t slot = next_slot_;
    count_spike(spike.neuron, spike.t);
    now_ = spike.t;
    s_ += ahead_.dt;
    decay_ *= ahead_.decay;
    active_.v.swap(active_.next_v);
    active_.excess.swap(active_.next_excess);
    const double growth = 1.0 / decay_;
    if (active_.n_fired[slot] == 0.0) fired_.push_back(static_cast<std::uint32_t>(slot));
    active_.n_fired[slot] += 1.0;
    active_.grown[slot] += growth;
    guess(settings_.q * per_tau_, active_.weights(slot, program_.Q));
    const double felt_by_horizon = settings_.q * (1.0 - horizon_.decay * growth);
    budget_ -= felt_by_horizon * static_cast<double>(program_.Q.greatest_excitation(spike.neuron));
    if (budget_ < 0.0)
        look_around();
    else
        find_next();
}

/// All neurons stand at time t.
void DensePopulation::bring_all_to(Time t) {
    now_ = t;
    pass(stretch(now_ - looked_ - s_));
    active_.v.swap(active_.next_v);
    active_.excess.swap(active_.next_excess);
    s_ += ahead_.dt;
    decay_ *= ahead_.decay;
    bring_all_here();
}

// Costs a pass over all neurons, as a spike does.
void DensePopulation::receive(std::span<const sim::Synapse> synapses, Time t) {
    sim::check_arrivals("slca", synapses, t);
    bring_all_to(t);
    for (const sim::Synapse& one : synapses)
        if (const auto slot = active_.slot_of(one.target))
            active_.excess[*slot] += one.weight;
        else
            excess_[one.target] += one.weight;
    choose_active();
}

void DensePopulation::set_currents(std::span<const double> b, Time t) {
    bring_all_to(t);
    for (std::size_t slot = 0; slot < active_.size(); ++slot) {
        v_[active_.neuron(slot)] = active_.v[slot];
        excess_[active_.neuron(slot)] = active_.excess[slot];
    }
    active_.clear();
    std::fill(offset_.begin(), offset_.end(), 0.0F);
    change_drive(b, excess_, t);
    choose_active();
}

double DensePopulation::value(std::size_t variable, std::uint32_t i, Time t) const {
    const auto slot = active_.slot_of(i);
    const Stretch since = stretch(t - looked_ - (slot ? s_ : 0.0));
    double v = slot ? active_.v[*slot] : v_[i], excess = slot ? active_.excess[*slot] : excess_[i];
    v += c_[i] * since.dt + excess * since.gain;
    excess *= since.decay;
    if (!slot)
        for (const std::uint32_t other : fired_) {
            const double w = static_cast<double>(column_of(program_.Q, active_.neuron(other))[i]);
            const double to_excess = settings_.q * per_tau_ * since.decay * active_.grown[other];
            v -= (settings_.q * active_.n_fired[other] - settings_.tau * to_excess) * w;
            excess -= to_excess * w;
        }
    return variable == 0 ? b_[i] + excess : v;
}

void DensePopulation::state(sim::State& s) {
    SpikingCode::state(s);
    s(steps_, now_, looked_, n_looks_, v_, excess_, limit_, least_theta_, offset_, spare_, budget_, s_,
      decay_, active_, fired_, next_slot_, ahead_, guess_, low_bits_);
}

}  // namespace

std::unique_ptr<sim::CodingPopulation> dense_population(const Settings& settings,
                                                        const sim::Program& program) {
    return std::make_unique<DensePopulation>(settings, program);
}

}  // namespace models::slca
