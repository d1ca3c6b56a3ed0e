// Generalized leaky integrate-and-fire neurons with alpha-shaped currents, the five models of the Allen Institute,
// NEST's glif_psc:
//
//     C_m dV_m/dt = -g (V_m - E_L) + asc_1 + asc_2 + I_syn_ex + I_syn_in + I_e + I,     d asc_j/dt = -asc_decay_j asc_j
//     d th_spike/dt = -th_spike_decay th_spike
//     d th_voltage/dt = th_voltage_index (V_m - E_L) - th_voltage_decay th_voltage
//
// fires where V_m reaches V_th + th_spike + th_voltage. Between events the state is closed form; the next spike is
// approached from before by steps that are surely too short. Source: Teeter et al. (2018), Nat Commun 9:709.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "models/neurons/point_neurons.hpp"
#include "sim/elementary.hpp"

namespace models {
namespace {

struct AfterSpikeSettings {
    AfterSpikeSettings(const sim::Params& p, const char* j, double decay_otherwise)
        : amp(p.number(std::string("asc_amp_") + j, "pA", 0.0, sim::Check::any,
                       "added to an after-spike current by a spike")),
          decay(p.number(std::string("asc_decay_") + j, "1", decay_otherwise, sim::Check::positive,
                         "rate at which it decays, 1/ms")),
          r(p.number(std::string("asc_r_") + j, "1", 1.0, sim::Check::unit_interval,
                     "what is left of it after a spike, but for its decay")),
          init(p.number(std::string("asc_init_") + j, "pA", 0.0, sim::Check::any, "its value at the start")) {
    }
    double amp, decay, r, init;
};

struct GlifSettings {
    explicit GlifSettings(const sim::Params& p)
        : E_L(p.number("E_L", "mV", -78.85, sim::Check::any, "resting potential")),
          V_th(p.number("V_th", "mV", -51.68, sim::Check::any, "threshold of a neuron at rest")),
          V_reset(p.number("V_reset", "mV", E_L, sim::Check::any,
                           "V_m after a spike, below V_th; E_L unless given")),
          reset_fraction(p.number("reset_fraction", "1", 0.0, sim::Check::unit_interval,
                                  "V_m after a spike is higher by this part of V_m - E_L before")),
          V_init(p.number("V_init", "mV", E_L, sim::Check::any, "V_m at the start; E_L unless given")),
          C_m(p.number("C_m", "pF", 58.72, sim::Check::positive, "capacitance")),
          g(p.number("g", "nS", 9.43, sim::Check::positive, "leak conductance")),
          t_ref(p.number("t_ref", "ms", 3.75, sim::Check::non_negative,
                         "V_m and the threshold stay as they are after a spike for so long")),
          tau_syn_ex(p.number("tau_syn_ex", "ms", 2.0, sim::Check::positive,
                              "time constant of currents of positive weight")),
          tau_syn_in(p.number("tau_syn_in", "ms", 2.0, sim::Check::positive,
                              "time constant of currents of negative weight")),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")),
          th_spike_add(
              p.number("th_spike_add", "mV", 0.0, sim::Check::any, "added to the threshold by a spike")),
          th_spike_decay(p.number("th_spike_decay", "1", 0.009, sim::Check::positive,
                                  "rate at which that decays, 1/ms")),
          th_voltage_index(
              p.number("th_voltage_index", "1", 0.0, sim::Check::any, "how the threshold follows V_m, 1/ms")),
          th_voltage_decay(p.number("th_voltage_decay", "1", 0.09, sim::Check::positive,
                                    "rate at which that decays, 1/ms")),
          asc{{{p, "1", 0.003}, {p, "2", 0.1}}} {
        if (V_reset >= V_th) p.fail("V_reset", "below V_th");
    }
    double E_L, V_th, V_reset, reset_fraction, V_init, C_m, g;
    Time t_ref, tau_syn_ex, tau_syn_in;
    double I_e, th_spike_add, th_spike_decay, th_voltage_index, th_voltage_decay;
    std::array<AfterSpikeSettings, 2> asc;
};

/// e^(-x t) for some rates x, and its divided differences over them: convolutions of exponentials, whether rates are
/// equal, nearly so, or not.
class Decays {
  public:
    explicit Decays(Time t) : t_(t) {}

    double of(double x) const { return sim::exp(-x * t_); }
    /// The integral over s of e^(-x (t - s)) times the same of the other rates: so of two, of three, of four.
    template <class... Rates>
    double chain(Rates... rates) const {
        std::array<double, sizeof...(Rates)> x{rates...};
        std::sort(x.begin(), x.end());
        return chained(x.data(), x.size());
    }

  private:
    /// Rates in order. The difference of two such chains, or, where that cancels, a series about their mean.
    double chained(const double* x, std::size_t n) const {
        if (n == 1) return of(x[0]);
        const double spread = x[n - 1] - x[0];
        if (spread * t_ > 1.0) return (chained(x, n - 1) - chained(x + 1, n - 1)) / spread;
        return series(x, n);
    }
    /// t^(n-1) e^(-m t) sum over k of h_k (t)^k / (n - 1 + k)!, h_k the complete homogeneous polynomial of m - x.
    double series(const double* x, std::size_t n) const {
        constexpr std::size_t kTerms = 20;  // of numbers that are at most a half
        double mean = 0.0;
        for (std::size_t i = 0; i < n; ++i) mean += x[i] / static_cast<double>(n);
        std::array<double, kTerms> h{1.0};
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 1; k < kTerms; ++k) h[k] += h[k - 1] * (mean - x[i]) * t_;
        double factor = 1.0, sum = 0.0;
        for (std::size_t k = 1; k < n; ++k) factor *= t_ / static_cast<double>(k);
        for (std::size_t k = 0; k < kTerms; ++k) {
            sum += h[k] * factor;
            factor /= static_cast<double>(n + k);
        }
        return sum * of(mean);
    }
    Time t_;
};

/// A synaptic current (p + q t) e^(-t / tau) [pA].
struct AlphaCurrent {
    double p, q;
};

class Glif {
  public:
    using Settings = GlifSettings;
    static constexpr const char* kName = "glif_psc";
    static constexpr const char* kWeightUnit = "pA";

    /// As it stands at t. While refractory all but the synaptic currents is what it will be at t_free.
    struct State {
        Time t, t_free;
        double u, th_spike, th_voltage;  // u: V_m - E_L
        std::array<double, 2> asc;
        AlphaCurrent ex, in;
        double I;  // injected, I_e among it
    };

    explicit Glif(const Settings& settings)
        : p_(settings),
          leak_(settings.g / settings.C_m),
          theta_(settings.V_th - settings.E_L),
          rate_ex_(1.0 / settings.tau_syn_ex),
          rate_in_(1.0 / settings.tau_syn_in) {
        const double slowest = std::min({leak_, rate_ex_, rate_in_, p_.asc[0].decay, p_.asc[1].decay,
                                         p_.th_spike_decay, p_.th_voltage_decay});
        horizon_ = 600.0 / slowest;
    }

    State initial() const {
        return {0.0, 0.0, p_.V_init - p_.E_L, 0.0, 0.0, {p_.asc[0].init, p_.asc[1].init}, {}, {}, p_.I_e};
    }
    void advance(State& s, Time t) const {
        if (s.t < s.t_free) rest(s, std::max(s.t, std::min(t, s.t_free)));
        if (t > s.t) move(s, t);
    }
    bool receive(State& s, double weight, Time) const {
        AlphaCurrent& current = weight > 0.0 ? s.ex : s.in;
        current.q += weight * std::numbers::e * (weight > 0.0 ? rate_ex_ : rate_in_);
        return true;
    }
    void set_current(State& s, double I, Time) const { s.I = p_.I_e + I; }
    void fire(State& s, Time t) const {
        advance(s, t);
        s.t_free = t + p_.t_ref;
        s.u = p_.reset_fraction * s.u + p_.V_reset - p_.E_L;
        s.th_spike = s.th_spike * sim::exp(-p_.th_spike_decay * p_.t_ref) + p_.th_spike_add;
        for (std::size_t j = 0; j < 2; ++j) {
            const AfterSpikeSettings& set = p_.asc[j];
            s.asc[j] = s.asc[j] * set.r * sim::exp(-set.decay * p_.t_ref) + set.amp;
        }
    }
    bool is_finite(const State& s) const {
        return std::isfinite(s.u) && std::isfinite(s.th_spike) && std::isfinite(s.th_voltage) &&
               std::isfinite(s.asc[0] + s.asc[1]) && std::isfinite(s.ex.p + s.ex.q + s.in.p + s.in.q) &&
               std::isfinite(s.I);
    }
    bool is_quiet(const State& s, Time t) const {
        constexpr double kRounding = 1e-9;  // [mV]
        if (s.t < s.t_free) return t <= s.t_free;
        const Rise now = rise(s);
        const Time dt = t - s.t;
        return now.gap + dt * (std::max(now.slope, 0.0) + 0.5 * now.bend * dt) < -kRounding && is_finite(s);
    }
    Time next_spike(State s) const;
    std::vector<sim::Variable> variables() const {
        return {{"V_m", "mV"},
                {"threshold", "mV"},
                {"ASCurrents_sum", "pA"},
                {"I_syn_ex", "pA"},
                {"I_syn_in", "pA"}};
    }
    double value(const State& s, std::size_t variable, Time) const {
        const std::array<double, 5> all{p_.E_L + s.u, p_.V_th + s.th_spike + s.th_voltage,
                                        s.asc[0] + s.asc[1], s.ex.p, s.in.p};
        return all[variable];
    }

  private:
    /// V_m less the threshold, and how it goes on: gap + slope t + bend t^2 / 2 is above it for ever.
    struct Rise {
        double gap, slope, bend;
        double most;  // it comes to stay at or below this
    };
    Rise rise(const State& s) const;
    void rest(State& s, Time t) const;
    void move(State& s, Time t) const;

    static AlphaCurrent after(const AlphaCurrent& I, double rate, Time dt) {
        const double decay = sim::exp(-rate * dt);
        return {(I.p + I.q * dt) * decay, I.q * decay};
    }
    /// A bound of all currents that decay, for ever [mV/ms]. sign: of them (1), or of what they take away (-1)
    double most_drive(const State& s, double sign) const {
        const auto above = [sign](double x) { return std::max(sign * x, 0.0); };
        return (above(s.asc[0]) + above(s.asc[1]) + above(s.ex.p) + above(s.in.p) +
                above(s.ex.q) / (rate_ex_ * std::numbers::e) + above(s.in.q) / (rate_in_ * std::numbers::e)) /
               p_.C_m;
    }
    /// A bound of the slope of a current, for ever.
    static double steepest_of(const AlphaCurrent& I, double rate) {
        return std::abs(I.q - rate * I.p) + std::abs(I.q) / std::numbers::e;
    }

    Settings p_;
    double leak_, theta_, rate_ex_, rate_in_;
    Time horizon_ = 0.0;
};

/// The end of the refractory time, or part of the way there.
void Glif::rest(State& s, Time t) const {
    s.ex = after(s.ex, rate_ex_, t - s.t);
    s.in = after(s.in, rate_in_, t - s.t);
    s.t = t;
}

void Glif::move(State& s, Time t) const {
    const Time dt = t - s.t;
    const Decays e(dt);
    const double b = p_.th_voltage_decay, C = p_.C_m;
    const std::array<double, 2> k{p_.asc[0].decay, p_.asc[1].decay};
    if (p_.th_voltage_index != 0.0) {
        const double by_current = s.I * e.chain(leak_, b, 0.0) + s.asc[0] * e.chain(leak_, b, k[0]) +
                                  s.asc[1] * e.chain(leak_, b, k[1]) + s.ex.p * e.chain(leak_, b, rate_ex_) +
                                  s.ex.q * e.chain(leak_, b, rate_ex_, rate_ex_) +
                                  s.in.p * e.chain(leak_, b, rate_in_) +
                                  s.in.q * e.chain(leak_, b, rate_in_, rate_in_);
        s.th_voltage =
            s.th_voltage * e.of(b) + p_.th_voltage_index * (s.u * e.chain(leak_, b) + by_current / C);
    }
    const double charge = s.I * e.chain(leak_, 0.0) + s.asc[0] * e.chain(leak_, k[0]) +
                          s.asc[1] * e.chain(leak_, k[1]) + s.ex.p * e.chain(leak_, rate_ex_) +
                          s.ex.q * e.chain(leak_, rate_ex_, rate_ex_) + s.in.p * e.chain(leak_, rate_in_) +
                          s.in.q * e.chain(leak_, rate_in_, rate_in_);
    s.u = s.u * e.of(leak_) + charge / C;
    s.th_spike *= e.of(p_.th_spike_decay);
    for (std::size_t j = 0; j < 2; ++j) s.asc[j] *= e.of(k[j]);
    rest(s, t);
}

// Each of u' and th_voltage' goes towards what drives it, so that neither is ever further from it than it is now or
// the drive comes to be.
Glif::Rise Glif::rise(const State& s) const {
    const double C = p_.C_m, a = p_.th_voltage_index, b = p_.th_voltage_decay, b_s = p_.th_spike_decay;
    const double k0 = p_.asc[0].decay, k1 = p_.asc[1].decay;
    const double J = (s.I + s.asc[0] + s.asc[1] + s.ex.p + s.in.p) / C;
    const double slope_u = J - leak_ * s.u, slope_th = a * s.u - b * s.th_voltage;
    const double J_steepest = (k0 * std::abs(s.asc[0]) + k1 * std::abs(s.asc[1]) +
                               steepest_of(s.ex, rate_ex_) + steepest_of(s.in, rate_in_)) /
                              C;
    const double u_fastest = std::max(std::abs(slope_u), J_steepest / leak_),
                 th_fastest = std::max(std::abs(slope_th), std::abs(a) * u_fastest / b);
    const double bend = leak_ * u_fastest + J_steepest + b_s * b_s * std::abs(s.th_spike) +
                        std::abs(a) * u_fastest + b * th_fastest;

    const double u_end = s.I / (C * leak_), u_most = std::max(s.u - u_end, most_drive(s, 1.0) / leak_);
    double most = u_end - theta_ + u_most + std::max(-s.th_spike, 0.0);
    if (a != 0.0) {
        const double u_least = std::max(u_end - s.u, most_drive(s, -1.0) / leak_), th_end = a * u_end / b;
        most +=
            std::max(std::abs(s.th_voltage - th_end), std::abs(a) * std::max(u_most, u_least) / b) - th_end;
    }
    return {s.u - s.th_spike - s.th_voltage - theta_, slope_u + b_s * s.th_spike - slope_th, bend, most};
}

/// Newton's method with the parabola that is above V_m less the threshold: it comes to the first crossing from before,
/// and cannot pass it.
Time Glif::next_spike(State s) const {
    if (s.t < s.t_free) rest(s, s.t_free);
    const State from = s;
    const Time end = s.t + horizon_;
    while (true) {
        const Rise now = rise(s);
        if (now.gap >= 0.0) return s.t;
        if (now.most <= 0.0 || s.t > end) return kNever;
        const double root = std::sqrt(now.slope * now.slope - 2.0 * now.bend * now.gap);
        const Time step = -2.0 * now.gap / (now.slope + root);  // infinite where it falls and never bends
        if (!std::isfinite(step)) return kNever;
        const Time t = s.t + step;
        if (t == s.t) return t;
        s = from;
        move(s, t);
    }
}

const sim::RegisterPopulation<PointNeurons<Glif>> glif_psc{
    "glif_psc",
    "generalized leaky integrate-and-fire of the Allen Institute, alpha-shaped synaptic currents; exact"};

}  // namespace
}  // namespace models
