// Leaky integrate-and-fire with synaptic currents (p + q t) e^(-t / tau_syn), exponentials and alpha
// functions alike:
//
//     C_m dV_m/dt = -(C_m / tau_m)(V_m - E_L) + I_syn_ex + I_syn_in + I_e + I
//
// All is closed form. Sources: Rotter & Diesmann (1999) for the propagators; spikes between arrivals as in
// Hanuschkin et al. (2010), but found without a grid.
#pragma once
#include <algorithm>
#include <array>
#include <numbers>

#include "models/neurons/crossing.hpp"
#include "models/neurons/lif_settings.hpp"
#include "models/neurons/point_neurons.hpp"
#include "sim/elementary.hpp"

namespace models {

struct PscSettings : LifSettings {
    explicit PscSettings(const sim::Params& p)
        : LifSettings(p),
          t_ref(p.number("t_ref", "ms", 2.0, sim::Check::non_negative, "V_m stays at V_reset for so long")),
          tau_syn_ex(p.number("tau_syn_ex", "ms", 2.0, sim::Check::positive,
                              "time constant of currents of positive weight; may equal tau_m")),
          tau_syn_in(p.number("tau_syn_in", "ms", 2.0, sim::Check::positive,
                              "time constant of currents of negative weight; may equal tau_m")),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")) {}
    Time t_ref, tau_syn_ex, tau_syn_in;
    double I_e;
};

/// A synaptic current (p + q t) e^(-rate t) [pA], t from when it was looked at.
struct Psc {
    double p = 0.0, q = 0.0;
    bool is_zero() const { return p == 0.0 && q == 0.0; }
};

/// The membrane's answer to currents of one rate.
class PscResponse {
  public:
    PscResponse(double tau_m, double tau_syn, double C_m)
        : rate_(1.0 / tau_syn),
          slower_(std::min(rate_, 1.0 / tau_m)),
          difference_(std::abs(1.0 / tau_m - 1.0 / tau_syn)),
          is_slower_(tau_syn >= tau_m),
          C_m_(C_m) {}

    double rate() const { return rate_; }
    Psc after(const Psc& psc, Time t) const { return decayed(psc, t, sim::exp(-rate_ * t)); }
    /// What the current has added to V_m after t [mV]: its convolution with e^(-t / tau_m) / C_m.
    double V_m(const Psc& psc, Time t) const {
        if (psc.is_zero()) return 0.0;
        const double x = difference_ * t;
        return V_m(psc, t, x, -sim::expm1(-x), sim::exp(-slower_ * t));
    }
    /// Both at once, which share most of what they cost. membrane: e^(-t / tau_m). returns what V_m() does
    double advance(Psc& psc, Time t, double membrane) const {
        if (psc.is_zero()) return 0.0;
        const double x = difference_ * t, rise = -sim::expm1(-x),
                     slower = is_slower_ ? sim::exp(-rate_ * t) : membrane,
                     decay = is_slower_ ? slower
                             : x < 1.0  ? membrane * (1.0 - rise)
                                        : sim::exp(-rate_ * t);
        const double added = V_m(psc, t, x, rise, slower);
        psc = decayed(psc, t, decay);
        return added;
    }

  private:
    static constexpr std::size_t kTerms = 18;  // enough for 0 <= x <= 1 in double precision

    static Psc decayed(const Psc& psc, Time t, double decay) {
        return {(psc.p + psc.q * t) * decay, psc.q * decay};
    }
    double V_m(const Psc& psc, Time t, double x, double rise, double slower) const {
        const double of_p = x == 0.0 ? t : rise / difference_;
        const double of_q = psc.q == 0.0 ? 0.0 : psc.q * t * t * (is_slower_ ? phi2(x) : psi(x));
        return slower * (psc.p * of_p + of_q) / C_m_;
    }

    /// (e^-x - 1 + x) / x^2, x >= 0
    static double phi2(double x) {
        if (x >= 1.0) return (sim::exp(-x) - 1.0 + x) / (x * x);
        static constexpr auto kOf = [] {  // 1 / (n + 2)!
            std::array<double, kTerms> of{0.5};
            for (std::size_t n = 1; n < kTerms; ++n) of[n] = of[n - 1] / static_cast<double>(n + 2);
            return of;
        }();
        return series(kOf, -x);
    }
    /// (1 - (1 + x) e^-x) / x^2, x >= 0
    static double psi(double x) {
        if (x >= 1.0) return (1.0 - (1.0 + x) * sim::exp(-x)) / (x * x);
        static constexpr auto kOf = [] {  // 1 / (n! (n + 2))
            std::array<double, kTerms> of{};
            double factorial = 1.0;
            for (std::size_t n = 0; n < kTerms; ++n) {
                of[n] = 1.0 / (factorial * static_cast<double>(n + 2));
                factorial *= static_cast<double>(n + 1);
            }
            return of;
        }();
        return series(kOf, -x);
    }
    /// sum of[n] x^n, even and odd powers side by side.
    static double series(const std::array<double, kTerms>& of, double x) {
        const double square = x * x;
        double even = of[kTerms - 2], odd = of[kTerms - 1];
        for (std::size_t n = kTerms - 2; n > 0; n -= 2) {
            even = even * square + of[n - 2];
            odd = odd * square + of[n - 1];
        }
        return even + x * odd;
    }

    double rate_, slower_, difference_;
    bool is_slower_;  // the current, than the membrane
    double C_m_;
};

class PscNeuron {
  public:
    using Settings = PscSettings;
    static constexpr const char* kWeightUnit = "pA";

    /// As it stands at t; while refractory V_m is V_reset and the currents go on.
    struct State {
        Time t, t_free;  // t_free: end of the refractory time
        double V_m, V_inf;
        Psc ex, in;
    };

    explicit PscNeuron(const Settings& settings)
        : p_(settings),
          leak_(1.0 / settings.tau_m),
          R_(settings.tau_m / settings.C_m),
          ex_(settings.tau_m, settings.tau_syn_ex, settings.C_m),
          in_(settings.tau_m, settings.tau_syn_in, settings.C_m),
          shortest_(std::min({settings.tau_m, settings.tau_syn_ex, settings.tau_syn_in})),
          horizon_(600.0 * std::max({settings.tau_m, settings.tau_syn_ex, settings.tau_syn_in})) {}

    State initial() const { return {0.0, 0.0, p_.V_init, V_inf(0.0), {}, {}}; }
    void advance(State& s, Time t) const;
    void set_current(State& s, double I, Time) const { s.V_inf = V_inf(I); }
    void fire(State& s, Time t) const {
        advance(s, t);
        s.V_m = p_.V_reset;
        s.t_free = t + p_.t_ref;
    }
    bool is_finite(const State& s) const {
        return std::isfinite(s.V_m) && std::isfinite(s.V_inf) && std::isfinite(s.ex.p + s.ex.q) &&
               std::isfinite(s.in.p + s.in.q);
    }
    Time next_spike(State s) const;
    bool is_quiet(const State& s, Time t) const;
    std::vector<sim::Variable> variables() const {
        return {{"V_m", "mV"}, {"I_syn_ex", "pA"}, {"I_syn_in", "pA"}};
    }
    double value(const State& s, std::size_t variable, Time) const {
        return variable == 0 ? s.V_m : variable == 1 ? s.ex.p : s.in.p;
    }

  protected:
    Settings p_;

  private:
    double V_inf(double I) const { return p_.E_L + R_ * (p_.I_e + I); }
    void advance_currents(State& s, Time t) const;
    double deviation_after(const State& s, Time dt) const;
    bool stays_below(const State& s) const;
    Times turns_of_current(const State& s) const;

    double leak_, R_;
    PscResponse ex_, in_;
    Time shortest_, horizon_;
};

inline void PscNeuron::advance_currents(State& s, Time t) const {
    if (!s.ex.is_zero()) s.ex = ex_.after(s.ex, t - s.t);
    if (!s.in.is_zero()) s.in = in_.after(s.in, t - s.t);
    s.t = t;
}

/// V_m - V_inf after dt.
inline double PscNeuron::deviation_after(const State& s, Time dt) const {
    return (s.V_m - s.V_inf) * sim::exp(-leak_ * dt) + ex_.V_m(s.ex, dt) + in_.V_m(s.in, dt);
}

inline void PscNeuron::advance(State& s, Time t) const {
    if (s.t < s.t_free) advance_currents(s, std::max(s.t, std::min(t, s.t_free)));
    if (t <= s.t) return;
    const Time dt = t - s.t;
    const double membrane = sim::exp(-leak_ * dt), of_ex = ex_.advance(s.ex, dt, membrane),
                 of_in = in_.advance(s.in, dt, membrane);
    s.V_m = s.V_inf + ((s.V_m - s.V_inf) * membrane + of_ex + of_in);
    s.t = t;
}

/// Two upper bounds of V_m without inhibition: all charge at once; the highest current for ever.
inline bool PscNeuron::stays_below(const State& s) const {
    const double b = ex_.rate(), from = std::max(s.V_m, s.V_inf);
    const double charge = (s.ex.p + s.ex.q / b) / b, highest = s.ex.p + s.ex.q / (b * std::numbers::e);
    return from + std::min(charge / p_.C_m, std::max(0.0, R_ * highest + s.V_inf - from)) < p_.V_th;
}

/// V_m rises no faster than where it now goes by its leak, and by excitation that does not decay.
inline bool PscNeuron::is_quiet(const State& s, Time t) const {
    constexpr double kRounding = 1e-9;  // [mV], far above that of V_m
    const Time dt = t - s.t;
    const double fastest = leak_ * std::max(0.0, s.V_inf - s.V_m) + (s.ex.p + s.ex.q * dt) / p_.C_m,
                 highest = s.V_m + dt * fastest;
    return highest < p_.V_th - kRounding && is_finite(s);
}

/// Where the whole synaptic current I(t) turns. With P + Q t for dI/dt without its exponential, one for each
/// kind, and e^(-rate t) of the slower divided out, dI/dt ~ k(t) = P_s + Q_s t + (P_f + Q_f t) e^(-x t),
/// x >= 0; k'' has one zero at most, known in closed form, and leads to the zeros of k' and those to k's.
inline Times PscNeuron::turns_of_current(const State& s) const {
    const bool ex_is_slower = ex_.rate() <= in_.rate();
    const auto slope = [](const Psc& psc, double rate) { return Psc{psc.q - rate * psc.p, -rate * psc.q}; };
    Psc slow = slope(s.ex, ex_.rate()), fast = slope(s.in, in_.rate());
    if (!ex_is_slower) std::swap(slow, fast);
    const double x = std::abs(ex_.rate() - in_.rate());

    Times turns;
    const auto add = [&turns](double t) {
        if (t > 0.0 && std::isfinite(t)) turns.add(t);
    };
    if (x == 0.0 || slow.is_zero() || fast.is_zero()) {
        add(-(slow.p + fast.p) / (slow.q + fast.q));
        return turns;
    }
    if (slow.q == 0.0 && fast.q == 0.0) {
        add(sim::log(-fast.p / slow.p) / x);  // NaN if they have the same sign
        return turns;
    }
    const auto k2 = [&](double t) {
        return x * (x * (fast.p + fast.q * t) - 2.0 * fast.q) * sim::exp(-x * t);
    };
    const auto k1 = [&](double t) {
        return std::pair(slow.q + (fast.q - x * (fast.p + fast.q * t)) * sim::exp(-x * t), k2(t));
    };
    const auto k = [&](double t) {
        return std::pair(slow.p + slow.q * t + (fast.p + fast.q * t) * sim::exp(-x * t), k1(t).first);
    };
    add((2.0 * fast.q - x * fast.p) / (x * fast.q));
    turns = zeros(k1, turns, {slow.q, shortest_, horizon_});
    return zeros(k, turns, {slow.q != 0.0 ? slow.q : slow.p, shortest_, horizon_});
}

// f = V_m - V_th. As (e^(t / tau_m) f)' = e^(t / tau_m) g with g = I(t) / C_m - (V_th - V_inf) / tau_m, zeros
// of g part those of f, and zeros of I' those of g.
inline Time PscNeuron::next_spike(State s) const {
    if (s.t < s.t_free) advance_currents(s, s.t_free);
    if (s.V_m >= p_.V_th) return s.t;
    if (stays_below(s)) return kNever;
    const double theta = p_.V_th - s.V_inf;
    const auto g = [&](Time t) {
        const Psc ex = ex_.after(s.ex, t), in = in_.after(s.in, t);
        const double slope = (ex.q - ex_.rate() * ex.p + in.q - in_.rate() * in.p) / p_.C_m;
        return std::pair((ex.p + in.p) / p_.C_m - leak_ * theta, slope);
    };
    const auto f = [&](Time t) {
        const double value = deviation_after(s, t) - theta;  // a V_m that ends at V_th never meets it
        return std::pair(value, g(t).first - leak_ * value);
    };
    const Times turns = zeros(g, turns_of_current(s), {-leak_ * theta, shortest_, horizon_});
    return s.t + first_crossing(f, turns, {-theta, shortest_, horizon_});
}

}  // namespace models
