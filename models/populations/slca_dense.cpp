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

#include "models/populations/slca_state.hpp"
#include "sim/elementary.hpp"
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
/// Slots are filled up to full vectors with some that never fire.
constexpr std::size_t kLanes = 16;
/// Neurons asked together whether any has to become active.
constexpr std::size_t kScan = 64;
/// Times of spikes: a step [tau] after which the next one is below rounding; the least rate of rise, relative
/// to its parts, at which steps are taken; and how far [tau].
constexpr double kCloseEnough = 1e-4, kLeastSlope = 1e-6, kFarOff = 100.0;

/// A stretch of time.
struct Stretch {
    Time dt;
    double decay;  // e^{-dt/tau}
    double gain;   // tau (1 - e^{-dt/tau}): what u - b = 1 adds to v
};

// The loops below have bits where one would write conditions, so that compilers make vectors of them. The
// bits of floats that are not negative sort as the floats do.
inline std::int64_t one_if_negative(double x) {
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(x) >> 63);
}
inline std::int32_t all_bits_if_negative(float x) { return std::bit_cast<std::int32_t>(x) >> 31; }
constexpr std::int32_t kNobody = std::numeric_limits<std::int32_t>::max();

/// Brings neurons to the end of a stretch. Returns how many may have got to their threshold in it: v is above
/// it in the end, or falls then and was below a tangent that is above it.
std::int64_t pass_time(std::size_t size, const Stretch stretch, const double* __restrict c,
                       const double* __restrict theta, const double* __restrict v,
                       const double* __restrict excess, double* __restrict next_v,
                       double* __restrict next_excess) {
    std::int64_t count = 0;
    for (std::size_t k = 0; k < size; ++k) {
        const double tangent = sim::fused(c[k] + excess[k], stretch.dt, v[k]);
        next_v[k] = sim::fused(excess[k], stretch.gain, sim::fused(c[k], stretch.dt, v[k]));
        next_excess[k] = excess[k] * stretch.decay;
        count += one_if_negative(theta[k] - next_v[k]) |
                 (one_if_negative(c[k] + next_excess[k]) & one_if_negative(theta[k] - tangent));
    }
    return count;
}

/// 1/x for x > 0 to four digits, without a division: Newton's steps from a guess at the bits.
inline float roughly_inverse(float x) {
    const float y = std::bit_cast<float>(0x7EF311C7U - std::bit_cast<std::uint32_t>(x));
    const float z = y * (2.0F - x * y);
    return z * (2.0F - x * z);
}

/// Subtracts kick x weight from u - b, and estimates when each neuron fires: v rises at the slope it has,
/// which bends towards b. Returns the least estimate, as bits that have the slot in place of the low ones;
/// from kNoGuess on there is none.
constexpr std::int32_t kNoGuess = std::bit_cast<std::int32_t>(std::numeric_limits<float>::infinity());
std::int32_t kick_and_guess(std::size_t size, double kick, float half_per_tau, std::int32_t low_bits,
                            const float* __restrict w, const double* __restrict c,
                            const double* __restrict theta, const double* __restrict v,
                            double* __restrict excess) {
    std::int32_t least = kNobody;
    for (std::size_t k = 0; k < size; ++k) {
        excess[k] = sim::fused(-kick, static_cast<double>(w[k]), excess[k]);
        const auto missing = static_cast<float>(theta[k] - v[k]);
        const auto slope = static_cast<float>(c[k] + excess[k]);
        const float bend = -half_per_tau * static_cast<float>(excess[k]) * missing, square = slope * slope;
        const float bent = square + 2.0F * bend;
        const float time = missing * (square + bend) * roughly_inverse(slope * bent);
        std::int32_t key =
            std::bit_cast<std::int32_t>(time) | all_bits_if_negative(slope) | all_bits_if_negative(bent);
        key &= kNobody & ~low_bits & ~all_bits_if_negative(missing);
        key |= static_cast<std::int32_t>(k);
        least = key < least ? key : least;
    }
    return least;
}

/// 1 - e^{-x}, x >= 0; for x <= 1/4, as it is between spikes, by its Taylor polynomial.
// Inlined always: each instruction set needs its own, for `fused`.
[[gnu::always_inline]] inline double part_gone(double x) {
    if (x > 0.25) return -sim::expm1(-x);
    const auto pair = [x](double even, double odd) { return sim::fused(-odd, x, even); };
    const double x2 = x * x, x4 = x2 * x2;
    const double low = sim::fused(x2, pair(1.0 / 6.0, 1.0 / 24.0), pair(1.0, 1.0 / 2.0));
    const double middle = sim::fused(x2, pair(1.0 / 5040.0, 1.0 / 40320.0), pair(1.0 / 120.0, 1.0 / 720.0));
    const double high =
        sim::fused(x2, pair(1.0 / 39916800.0, 1.0 / 479001600.0), pair(1.0 / 362880.0, 1.0 / 3628800.0));
    return x * sim::fused(x4, sim::fused(x4, high, middle), low);
}

/// How v goes up: c x + excess (1 - e^{-x}) has to become `missing`, in units of tau and of x = dt/tau.
struct Way {
    double missing, c, excess;
};
/// Where it does; x < 0 if steps from the guess do not lead there.
struct Crossing {
    double x, part_gone;
};
/// Each step solves the Taylor polynomial of third order, which raises the error to the fourth power.
Crossing cross(const Way& way, double x) {
    for (int iteration = 0; iteration < 8; ++iteration) {
        const double gone = part_gone(x), then = sim::fused(-way.excess, gone, way.excess);
        const double slope = way.c + then;
        if (!(slope > kLeastSlope * (std::abs(way.c) + std::abs(then)))) break;  // not rising to it from here
        const double missing = sim::fused(-way.excess, gone, sim::fused(-way.c, x, way.missing));
        const double per_slope = 1.0 / slope, newton = missing * per_slope, bend = 0.5 * then * per_slope;
        const double cubic = bend * sim::fused(2.0, bend, -1.0 / 3.0);
        const double step = sim::fused(newton * newton, sim::fused(newton, cubic, bend), newton);
        x += step;
        if (!(x >= 0.0) || !(x < kFarOff)) break;
        if (std::abs(newton) * std::max(1.0, std::abs(bend)) < kCloseEnough) {
            const double more = step * sim::fused(-step, sim::fused(-step, 1.0 / 6.0, 0.5), 1.0);
            return {x, sim::fused(-gone, more, gone + more)};
        }
    }
    return {-1.0, 0.0};
}

/// Spikes of one neuron that far neurons have not felt yet.
struct Column {
    const float* w;
    double v, excess;  // what is subtracted for a weight of 1
};

/// Brings neurons to the end of a stretch, with the spikes of two neurons in it.
void catch_up(std::size_t n, const Stretch stretch, const Column x, const Column y,
              const double* __restrict c, double* __restrict v, double* __restrict excess) {
    const float* __restrict wx = x.w;
    const float* __restrict wy = y.w;
    for (std::size_t k = 0; k < n; ++k) {
        const double to_x = static_cast<double>(wx[k]), to_y = static_cast<double>(wy[k]);
        const double then = sim::fused(excess[k], stretch.gain, sim::fused(c[k], stretch.dt, v[k]));
        v[k] = sim::fused(-y.v, to_y, sim::fused(-x.v, to_x, then));
        excess[k] = sim::fused(-y.excess, to_y, sim::fused(-x.excess, to_x, excess[k] * stretch.decay));
    }
}
/// The spikes of two more neurons.
void subtract(std::size_t n, const Column x, const Column y, double* __restrict v,
              double* __restrict excess) {
    const float* __restrict wx = x.w;
    const float* __restrict wy = y.w;
    for (std::size_t k = 0; k < n; ++k) {
        const double to_x = static_cast<double>(wx[k]), to_y = static_cast<double>(wy[k]);
        v[k] = sim::fused(-y.v, to_y, sim::fused(-x.v, to_x, v[k]));
        excess[k] = sim::fused(-y.excess, to_y, sim::fused(-x.excess, to_x, excess[k]));
    }
}

inline double positive_part(double x) { return x > 0.0 ? x : 0.0; }

/// Writes by how much v stays below a limit until the horizon, at least, if no spike arrives; `offset` is
/// added. v rises by what its two parts can add: where it is convex (u < b) its largest value is at one of
/// the ends, so this is it. Returns the least of what is not negative, as bits.
std::int32_t look(std::size_t n, const Stretch ahead, const double* __restrict c,
                  const double* __restrict limit, const double* __restrict v, const double* __restrict excess,
                  const float* __restrict offset, float* __restrict spare) {
    std::int32_t least = kNobody;
    for (std::size_t k = 0; k < n; ++k) {
        const double rise = positive_part(sim::fused(positive_part(c[k]), ahead.dt, excess[k] * ahead.gain));
        spare[k] = static_cast<float>(limit[k] - v[k] - rise) + offset[k];
        const std::int32_t bits =
            (std::bit_cast<std::int32_t>(spare[k]) | all_bits_if_negative(spare[k])) & kNobody;
        least = bits < least ? bits : least;
    }
    return least;
}

bool any_negative(const float* x, std::size_t size) {
    std::int32_t any = 0;
    for (std::size_t k = 0; k < size; ++k) any |= std::bit_cast<std::int32_t>(x[k]);
    return any < 0;
}

/// The active neurons, by slot; slots beyond them never fire. What they do to each other is gathered when one
/// fires first, and kept.
class ActiveNeurons {
  public:
    std::size_t size() const { return neuron_.size(); }
    std::size_t padded_size() const { return (size() + kLanes - 1) / kLanes * kLanes; }
    std::uint32_t neuron(std::size_t slot) const { return neuron_[slot]; }
    std::optional<std::size_t> slot_of(std::uint32_t neuron) const {
        const auto found = std::ranges::find(neuron_, neuron);
        if (found == neuron_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - neuron_.begin());
    }

    void clear();
    /// The neuron gets the next slot, to be written to.
    std::size_t add(std::uint32_t neuron, const sim::Interaction& Q);
    /// The last neuron takes its slot.
    void remove(std::size_t slot);
    void pad();
    /// Q_ij of the neuron j of a slot, by slot of i; 0 for itself, since it does not inhibit its own current.
    const float* weights(std::size_t slot, const sim::Interaction& Q);
    /// What they do to each other is gathered anew.
    void state(sim::State& s) {
        s(neuron_, n_room_, c, theta, v, excess, next_v, next_excess, zeros, spare, n_fired, grown);
        if (!s.is_loading()) return;
        weights_.assign(n_room_ * n_room_, 0.0F);
        is_known_.assign(n_room_, 0);
        known_.clear();
    }

    sim::AlignedVector<double> c, theta;             // theta is where a neuron counts as at threshold
    sim::AlignedVector<double> v, excess;            // at the last spike
    sim::AlignedVector<double> next_v, next_excess;  // at what comes next
    sim::AlignedVector<float> zeros, spare;
    std::vector<double> n_fired, grown;  // spikes far neurons wait for: how many; sum of e^{s/tau}

  private:
    void make_room(std::size_t n_slots);
    void forget_weights(std::size_t slot);

    std::vector<std::uint32_t> neuron_;
    std::size_t n_room_ = 0;             // slots there is room for
    sim::AlignedVector<float> weights_;  // shape (n_room, n_room), known for some slots
    std::vector<std::uint32_t> known_;
    std::vector<std::uint8_t> is_known_;
};

const float* column_of(const sim::Interaction& Q, std::size_t neuron) {
    return Q.weights(Q.runs(neuron)[0]).data();  // dense: one run
}

void ActiveNeurons::clear() {
    neuron_.clear();
    known_.clear();
    std::fill(is_known_.begin(), is_known_.end(), 0);
    for (auto* member : {&n_fired, &grown}) std::fill(member->begin(), member->end(), 0.0);
}

void ActiveNeurons::make_room(std::size_t n_slots) {
    n_room_ = n_slots;
    for (auto* member : {&c, &theta, &v, &excess, &next_v, &next_excess}) member->resize(n_slots);
    for (auto* member : {&zeros, &spare}) member->resize(n_slots);
    for (auto* member : {&n_fired, &grown}) member->resize(n_slots, 0.0);
    weights_.assign(n_slots * n_slots, 0.0F);
    is_known_.assign(n_slots, 0);
    known_.clear();
}

std::size_t ActiveNeurons::add(std::uint32_t neuron, const sim::Interaction& Q) {
    const std::size_t slot = size();
    neuron_.push_back(neuron);
    if (n_room_ < padded_size()) {
        const std::size_t all = (Q.size() + kLanes - 1) / kLanes * kLanes;
        make_room(std::min(all, 2 * padded_size()));
    }
    for (const std::uint32_t j : known_) weights_[j * n_room_ + slot] = column_of(Q, neuron_[j])[neuron];
    return slot;
}

void ActiveNeurons::remove(std::size_t slot) {
    const std::size_t last = size() - 1;
    neuron_[slot] = neuron_[last];
    neuron_.pop_back();
    for (auto* member : {&c, &theta, &v, &excess}) (*member)[slot] = (*member)[last];
    for (const std::uint32_t j : known_) weights_[j * n_room_ + slot] = weights_[j * n_room_ + last];
    if (is_known_[slot] != 0) forget_weights(slot);
    if (is_known_[last] != 0) {
        std::copy_n(&weights_[last * n_room_], n_room_, &weights_[slot * n_room_]);
        weights_[slot * n_room_ + slot] = 0.0F;
        forget_weights(last);
        is_known_[slot] = 1;
        known_.push_back(static_cast<std::uint32_t>(slot));
    }
}

void ActiveNeurons::forget_weights(std::size_t slot) {
    is_known_[slot] = 0;
    known_.erase(std::find(known_.begin(), known_.end(), slot));
}

void ActiveNeurons::pad() {
    for (std::size_t slot = size(); slot < padded_size(); ++slot) {
        c[slot] = -1.0;
        theta[slot] = 1e30;
        v[slot] = excess[slot] = 0.0;
    }
}

const float* ActiveNeurons::weights(std::size_t slot, const sim::Interaction& Q) {
    float* w = &weights_[slot * n_room_];
    if (is_known_[slot] == 0) {
        const float* column = column_of(Q, neuron_[slot]);
        for (std::size_t i = 0; i < size(); ++i) w[i] = column[neuron_[i]];
        w[slot] = 0.0F;
        is_known_[slot] = 1;
        known_.push_back(static_cast<std::uint32_t>(slot));
    }
    return w;
}

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
