// A balanced network that learns, spike by spike, to represent its input (Brendel, Bourdoukan, Vertechi,
// Machens & Deneve 2020, PLoS Comput Biol 16:e1007692).
//
//     dx/dt   = -leak x + c(t)                                      the signal, n_inputs numbers
//     dV_i/dt = -leak V_i + F_i . c(t) + I_i,   dr_i/dt = -leak r_i
//     neuron k fires when V_k reaches V_th; then r_k += 1 and V += Omega_k, the column of its weights,
//     before which
//         F_k     += eps_F (alpha x - F_k)
//         Omega_k -= eps_Omega (beta (V + mu r) + Omega_k + mu e_k)
//
// with V and r as they are just before the spike. In the end Omega = -F^T D, a tight balance, in which V is
// the error of the code and every spike is one that the code needed.
//
// c is white noise smoothed by a Gaussian, held for steps of dt: between spikes and steps all is in closed
// form, and at each spike everybody feels it at once. Where several neurons are above threshold at one time,
// the one that is furthest fires first. There is no noise in V or V_th, which the paper adds to break ties.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/population.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

using sim::kNever;
using sim::Time;
constexpr double kPerSecond = 1e-3;  // of 1/s in 1/ms
/// Spikes at one time after which weights are taken to excite without end, per neuron.
constexpr std::uint64_t kMaxAtOnce = 1000;

struct SpikeBySpikeSettings {
    explicit SpikeBySpikeSettings(const sim::Params& p)
        : n_inputs(p.count("n_inputs", 2, "dimensions of the signal x")),
          leak(kPerSecond * p.number("leak", "Hz", 50.0, sim::Check::positive, "leak of V, x and r")),
          V_th(p.number("V_th", "1", 0.5, sim::Check::positive, "threshold of V")),
          eps_F(p.number("eps_F", "1", 1e-4, sim::Check::non_negative, "learning rate of F, per spike")),
          eps_Omega(p.number("eps_Omega", "1", 1e-3, sim::Check::non_negative,
                             "learning rate of Omega, per spike")),
          alpha(p.number("alpha", "1", 0.18, sim::Check::positive, "scale of F: F_k goes to alpha <x>")),
          beta(p.number("beta", "1", 1.0 / 0.9, sim::Check::positive, "scale of Omega")),
          mu(p.number("mu", "1", 0.02 / 0.9, sim::Check::non_negative, "cost of spikes")),
          c_std(kPerSecond * p.number("c_std", "Hz", 194.0, sim::Check::non_negative,
                                      "standard deviation of each input c")),
          c_width(p.number("c_width", "ms", 30.0, sim::Check::positive,
                           "width (one standard deviation) of the Gaussian that smooths c")),
          dt(p.number("dt", "ms", 1.0, sim::Check::positive, "c is held for steps of this length")) {}
    std::size_t n_inputs;
    double leak, V_th, eps_F, eps_Omega, alpha, beta, mu, c_std;
    Time c_width, dt;
};

/// c(t): smoothed white noise, step by step.
class Signal {
  public:
    Signal(const SpikeBySpikeSettings& settings, const sim::Population::Context& context);
    /// c in step number `step` [1/ms], shape (n_inputs).
    std::span<const double> at(std::uint64_t step);
    /// Steps before this are not asked for again.
    void forget_before(std::uint64_t step);
    void state(sim::State& s) { s(streams_, noise_, c_, first_); }

  private:
    void make_step();

    std::vector<sim::Stream> streams_;  // of each input
    std::vector<double> kernel_, noise_, c_;
    std::size_t n_inputs_;
    std::uint64_t first_ = 0;  // step of the first c
};

Signal::Signal(const SpikeBySpikeSettings& settings, const sim::Population::Context& context)
    : n_inputs_(settings.n_inputs) {
    for (std::uint64_t k = 0; k < n_inputs_; ++k)
        streams_.emplace_back(context.seed, sim::Purpose::signal, (std::uint64_t{context.number} << 32U) | k);
    const auto half = static_cast<long>(std::ceil(4.0 * settings.c_width / settings.dt));
    double squares = 0.0;
    for (long m = -half; m <= half; ++m) {
        const double z = static_cast<double>(m) * settings.dt / settings.c_width;
        kernel_.push_back(sim::exp(-0.5 * z * z));
        squares += kernel_.back() * kernel_.back();
    }
    for (double& weight : kernel_) weight *= settings.c_std / std::sqrt(squares);
    for (std::size_t m = 0; m + 1 < kernel_.size(); ++m)
        for (sim::Stream& stream : streams_) noise_.push_back(stream.normal());
}

/// noise_ holds, input by input within each step, what the kernel covers and what is still to be dropped.
void Signal::make_step() {
    for (sim::Stream& stream : streams_) noise_.push_back(stream.normal());
    const double* const window = noise_.data() + noise_.size() - kernel_.size() * n_inputs_;
    for (std::size_t k = 0; k < n_inputs_; ++k) {
        double sum = 0.0;
        for (std::size_t m = 0; m < kernel_.size(); ++m) sum += kernel_[m] * window[m * n_inputs_ + k];
        c_.push_back(sum);
    }
    if (noise_.size() > 64 * kernel_.size() * n_inputs_)
        noise_.erase(noise_.begin(), noise_.end() - static_cast<std::ptrdiff_t>(kernel_.size() * n_inputs_));
}

std::span<const double> Signal::at(std::uint64_t step) {
    while (c_.size() <= (step - first_) * n_inputs_) make_step();
    return {c_.data() + (step - first_) * n_inputs_, n_inputs_};
}

void Signal::forget_before(std::uint64_t step) {
    constexpr std::uint64_t kStepsTogether = 10000;
    if (step < first_ + kStepsTogether) return;
    c_.erase(c_.begin(), c_.begin() + static_cast<std::ptrdiff_t>((step - first_) * n_inputs_));
    first_ = step;
}

class SpikeBySpike final : public sim::Population {
  public:
    using Settings = SpikeBySpikeSettings;
    SpikeBySpike(const Settings& settings, const Context& context);

    std::size_t size() const override { return I_.size(); }
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    void advance(Time) override {}  // what is asked for later is found from the last event
    using sim::Population::receive;
    void receive(std::uint32_t neuron, double weight, Time t) override;
    std::string weight_unit() const override { return "1"; }
    void set_current(std::uint32_t neuron, double I, Time t) override;
    std::string current_unit() const override { return "Hz"; }
    std::vector<sim::Variable> variables() const override;
    double value(std::size_t variable, std::uint32_t neuron, Time t) const override;
    std::vector<sim::NamedArray> inner_weights() const override;
    using Population::start;
    void start(std::uint64_t presentation) override;
    void state(sim::State& s) override { s(signal_, F_, Omega_, I_, state_, look_, found_, n_at_once_); }

  private:
    /// Everything that changes between spikes.
    struct State {
        Time t = 0.0;
        std::uint64_t step = 0;  // of c
        std::vector<double> V, r, x;
        void state(sim::State& s) { s(t, step, V, r, x); }
    };
    Time end_of(std::uint64_t step) const { return static_cast<double>(step + 1) * settings_.dt; }
    double V_end(std::size_t i, std::span<const double> c) const;
    void go_on(State& state, Time t) const;
    void move_to(State& state, Time t) const;
    std::optional<sim::Spike> spike_within_step() const;
    void learn_from_spike(std::size_t k);
    void start_looking();
    static void check_finite(double value, const char* what, std::uint32_t neuron, Time t);

    Settings settings_;
    Context context_;
    mutable Signal signal_;
    std::vector<double> F_;      // shape (n, n_inputs)
    std::vector<double> Omega_;  // column by column: Omega_[k n + i], what a spike of k does to V_i
    std::vector<double> I_;      // [1/ms]
    State state_;                // at the last event
    State look_;                 // as far as it is known that nobody fires
    std::optional<sim::Spike> found_;
    std::uint64_t n_at_once_ = 0;
};

/// F of unit length in random directions; Omega inhibits everybody a little, and the sender most.
SpikeBySpike::SpikeBySpike(const Settings& settings, const Context& context)
    : settings_(settings),
      context_(context),
      signal_(settings, context),
      F_(context.n * settings.n_inputs),
      Omega_(context.n * context.n),
      I_(context.n, 0.0) {
    const std::size_t n = context.n, m = settings.n_inputs;
    for (std::size_t i = 0; i < n; ++i) {
        sim::Stream random(context.seed, sim::Purpose::initial_weights,
                           (std::uint64_t{context.number} << 32U) | i);
        double squares = 0.0;
        for (std::size_t k = 0; k < m; ++k) {
            F_[i * m + k] = random.normal();
            squares += F_[i * m + k] * F_[i * m + k];
        }
        for (std::size_t k = 0; k < m; ++k) F_[i * m + k] /= std::sqrt(squares);
        for (std::size_t k = 0; k < n; ++k)
            Omega_[i * n + k] = -0.2 * random.uniform() - (i == k ? settings.V_th : 0.0);
    }
    start(0);
}

/// What has been learned stays.
void SpikeBySpike::start(std::uint64_t presentation) {
    const std::size_t n = context_.n;
    signal_ = Signal(settings_, {n, sim::seed_of(context_.seed, presentation), context_.number});
    std::fill(I_.begin(), I_.end(), 0.0);
    state_ = State{};
    state_.V.assign(n, 0.0);
    state_.r.assign(n, 0.0);
    state_.x.assign(settings_.n_inputs, 0.0);
    look_ = state_;
    found_.reset();
    n_at_once_ = 0;
}

/// Where V_i would go if c stayed.
double SpikeBySpike::V_end(std::size_t i, std::span<const double> c) const {
    double sum = I_[i];
    for (std::size_t k = 0; k < c.size(); ++k) sum += F_[i * c.size() + k] * c[k];
    return sum / settings_.leak;
}

/// To time t, at most the end of the step.
void SpikeBySpike::go_on(State& state, Time t) const {
    const double left = sim::exp((state.t - t) * settings_.leak);
    const auto c = signal_.at(state.step);
    for (std::size_t i = 0; i < state.V.size(); ++i) {
        const double end = V_end(i, c);
        state.V[i] = end + (state.V[i] - end) * left;
        state.r[i] *= left;
    }
    for (std::size_t k = 0; k < c.size(); ++k) {
        const double end = c[k] / settings_.leak;
        state.x[k] = end + (state.x[k] - end) * left;
    }
    state.t = t;
    if (t == end_of(state.step)) ++state.step;
}

void SpikeBySpike::move_to(State& state, Time t) const {
    while (end_of(state.step) <= t) go_on(state, end_of(state.step));
    if (t > state.t) go_on(state, t);
}

/// The first spike from look_ to the end of its step. Of neurons above threshold the furthest.
std::optional<sim::Spike> SpikeBySpike::spike_within_step() const {
    const auto c = signal_.at(look_.step);
    const double left = sim::exp((look_.t - end_of(look_.step)) * settings_.leak);
    double furthest = -1.0;
    sim::Spike first{kNever, 0, 0};
    for (std::size_t i = 0; i < look_.V.size(); ++i) {
        const auto neuron = static_cast<std::uint32_t>(i);
        const double above = look_.V[i] - settings_.V_th;
        if (above >= 0.0) {
            if (above > furthest) first = {look_.t, 0, neuron};
            furthest = std::max(furthest, above);
            continue;
        }
        const double end = V_end(i, c);
        if (furthest >= 0.0 || end + (look_.V[i] - end) * left < settings_.V_th) continue;
        const Time t = look_.t + sim::log((end - look_.V[i]) / (end - settings_.V_th)) / settings_.leak;
        if (t < first.t) first = {t, 0, neuron};
    }
    if (first.t == kNever) return std::nullopt;
    first.t = std::min(first.t, end_of(look_.step));  // rounding
    return first;
}

// Invariant: nobody fires from state_ to look_, or found_ is the next spike, in look_'s step.
std::optional<sim::Spike> SpikeBySpike::next_spike(Time t_end) {
    while (!found_) {
        found_ = spike_within_step();
        if (found_) break;
        if (end_of(look_.step) >= t_end) return std::nullopt;
        go_on(look_, end_of(look_.step));
    }
    return found_->t < t_end ? found_ : std::nullopt;
}

void SpikeBySpike::learn_from_spike(std::size_t k) {
    const std::size_t n = I_.size(), m = settings_.n_inputs;
    for (std::size_t d = 0; d < m; ++d)
        F_[k * m + d] += settings_.eps_F * (settings_.alpha * state_.x[d] - F_[k * m + d]);
    double* const column = Omega_.data() + k * n;
    for (std::size_t i = 0; i < n; ++i)
        column[i] -= settings_.eps_Omega * (settings_.beta * (state_.V[i] + settings_.mu * state_.r[i]) +
                                            column[i] + (i == k ? settings_.mu : 0.0));
}

void SpikeBySpike::fire(const sim::Spike& spike) {
    const std::size_t k = spike.neuron;
    n_at_once_ = spike.t == state_.t ? n_at_once_ + 1 : 0;
    if (n_at_once_ > kMaxAtOnce * I_.size())
        throw sim::NumericsError("spike_by_spike", k, spike.t, "the network excites itself without end");
    state_ = look_;
    if (spike.t > state_.t) go_on(state_, spike.t);
    learn_from_spike(k);
    for (std::size_t i = 0; i < I_.size(); ++i) {
        state_.V[i] += Omega_[k * I_.size() + i];
        check_finite(state_.V[i], "its V becomes", static_cast<std::uint32_t>(i), spike.t);
    }
    state_.r[k] += 1.0;
    start_looking();
}

void SpikeBySpike::start_looking() {
    signal_.forget_before(state_.step);
    look_ = state_;
    found_.reset();
}

void SpikeBySpike::check_finite(double value, const char* what, std::uint32_t neuron, Time t) {
    if (!std::isfinite(value))
        throw sim::NumericsError("spike_by_spike", neuron, t, fmt::format("{} {}", what, value));
}

void SpikeBySpike::receive(std::uint32_t neuron, double weight, Time t) {
    move_to(state_, t);
    state_.V[neuron] += weight;
    check_finite(state_.V[neuron], "its V becomes", neuron, t);
    start_looking();
}

void SpikeBySpike::set_current(std::uint32_t neuron, double I, Time t) {
    check_finite(I, "its current is", neuron, t);
    move_to(state_, t);
    I_[neuron] = kPerSecond * I;
    start_looking();
}

/// The signal is the same for all neurons.
std::vector<sim::Variable> SpikeBySpike::variables() const {
    std::vector<sim::Variable> all = {{"V", "1"}, {"r", "1"}};
    for (std::size_t k = 0; k < settings_.n_inputs; ++k) all.push_back({fmt::format("x_{}", k), "1"});
    return all;
}

double SpikeBySpike::value(std::size_t variable, std::uint32_t neuron, Time t) const {
    State then = state_;
    move_to(then, t);
    if (variable == 0) return then.V[neuron];
    return variable == 1 ? then.r[neuron] : then.x[variable - 2];
}

std::vector<sim::NamedArray> SpikeBySpike::inner_weights() const {
    const std::size_t n = I_.size();
    std::vector<double> by_rows(n * n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k) by_rows[i * n + k] = Omega_[k * n + i];
    return {{"F", "1", "weights of the input on each neuron", {n, settings_.n_inputs}, F_},
            {"Omega", "1", "Omega_ik: what a spike of neuron k adds to V of neuron i", {n, n}, by_rows}};
}

const sim::RegisterPopulation<SpikeBySpike> spike_by_spike{
    "spike_by_spike", "balanced network that learns to represent its input, spike by spike"};

}  // namespace
}  // namespace models
