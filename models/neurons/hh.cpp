// The Hodgkin-Huxley neuron with alpha-shaped synaptic currents:
//
//     C_m dV_m/dt = -g_Na m^3 h (V_m - E_Na) - g_K n^4 (V_m - E_K) - g_L (V_m - E_L) + I_syn + I_e + I
//     dx/dt = alpha_x(V_m) (1 - x) - beta_x(V_m) x   for x = m, h, n
//
// Source: Hodgkin & Huxley (1952), J. Physiol. 117:500, the squid's constants with rest near -65 mV; 1e-4
// cm^2 of it, as NEST's hh_psc_alpha.
#include <numbers>

#include "models/neurons/ode_neurons.hpp"
#include "sim/elementary.hpp"

namespace models {
namespace {

struct HhSettings {
    explicit HhSettings(const sim::Params& p)
        : E_L(p.number("E_L", "mV", -54.402, sim::Check::any, "reversal potential of the leak")),
          E_Na(p.number("E_Na", "mV", 50.0, sim::Check::any, "reversal potential of sodium")),
          E_K(p.number("E_K", "mV", -77.0, sim::Check::any, "reversal potential of potassium")),
          C_m(p.number("C_m", "pF", 100.0, sim::Check::positive, "capacitance")),
          g_L(p.number("g_L", "nS", 30.0, sim::Check::positive, "leak conductance")),
          g_Na(p.number("g_Na", "nS", 12000.0, sim::Check::non_negative, "peak conductance of sodium")),
          g_K(p.number("g_K", "nS", 3600.0, sim::Check::non_negative, "peak conductance of potassium")),
          V_init(p.number("V_init", "mV", -65.0, sim::Check::any,
                          "V_m at the start, with the gates as they would stay at it")),
          t_ref(p.number("t_ref", "ms", 2.0, sim::Check::positive,
                         "maxima of V_m that come sooner after a spike are no spikes")),
          tau_syn_ex(p.number("tau_syn_ex", "ms", 0.2, sim::Check::positive,
                              "time constant of currents of positive weight")),
          tau_syn_in(p.number("tau_syn_in", "ms", 2.0, sim::Check::positive,
                              "time constant of currents of negative weight")),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")),
          tolerance(p.number("tolerance", "1", 1e-10, sim::Check::positive,
                             "absolute and relative error of a step of the solver")) {}
    double E_L, E_Na, E_K, C_m, g_L, g_Na, g_K, V_init;
    Time t_ref, tau_syn_ex, tau_syn_in;
    double I_e, tolerance;
};

/// y / (1 - e^(-y)), also where y is 0
double linoid(double y) { return std::abs(y) < 1e-7 ? 1.0 + 0.5 * y : -y / sim::expm1(-y); }

/// Opening and closing rates of a gate [1/ms].
struct Rates {
    double alpha, beta;
    double steady() const { return alpha / (alpha + beta); }
    double change(double x) const { return alpha * (1.0 - x) - beta * x; }
};
Rates rates_m(double V) { return {linoid((V + 40.0) / 10.0), 4.0 * sim::exp(-(V + 65.0) / 18.0)}; }
Rates rates_h(double V) {
    return {0.07 * sim::exp(-(V + 65.0) / 20.0), 1.0 / (1.0 + sim::exp(-(V + 35.0) / 10.0))};
}
Rates rates_n(double V) { return {0.1 * linoid((V + 55.0) / 10.0), 0.125 * sim::exp(-(V + 65.0) / 80.0)}; }

class Hh {
  public:
    using Settings = HhSettings;
    static constexpr const char* kName = "hh";
    static constexpr const char* kWeightUnit = "pA";
    static constexpr bool kSpikesAtPeak = true;
    enum : std::size_t { V_m, m, h, n, I_ex, I_in, dI_ex, dI_in, kSize };
    using X = std::array<double, kSize>;

    explicit Hh(const Settings& settings) : p_(settings) {}

    X initial() const {
        const double V = p_.V_init;
        return {V, rates_m(V).steady(), rates_h(V).steady(), rates_n(V).steady(), 0.0, 0.0, 0.0, 0.0};
    }
    void derivative(const X& x, double I, bool, X& dxdt) const {
        const double V = x[V_m];
        const double I_Na = p_.g_Na * x[m] * x[m] * x[m] * x[h] * (V - p_.E_Na);
        const double I_K = p_.g_K * x[n] * x[n] * x[n] * x[n] * (V - p_.E_K);
        const double I_L = p_.g_L * (V - p_.E_L);
        dxdt[V_m] = (-I_Na - I_K - I_L + x[I_ex] + x[I_in] + p_.I_e + I) / p_.C_m;
        dxdt[m] = rates_m(V).change(x[m]);
        dxdt[h] = rates_h(V).change(x[h]);
        dxdt[n] = rates_n(V).change(x[n]);
        dxdt[I_ex] = x[dI_ex] - x[I_ex] / p_.tau_syn_ex;
        dxdt[I_in] = x[dI_in] - x[I_in] / p_.tau_syn_in;
        dxdt[dI_ex] = -x[dI_ex] / p_.tau_syn_ex;
        dxdt[dI_in] = -x[dI_in] / p_.tau_syn_in;
    }
    /// A current of peak `weight`.
    void receive(X& x, double weight) const {
        if (weight > 0.0)
            x[dI_ex] += weight * std::numbers::e / p_.tau_syn_ex;
        else
            x[dI_in] += weight * std::numbers::e / p_.tau_syn_in;
    }
    void reset(X&) const {}
    double threshold() const { return 0.0; }
    Time t_ref() const { return p_.t_ref; }
    double tolerance() const { return p_.tolerance; }
    std::vector<sim::Variable> variables() const {
        return {{"V_m", "mV"}, {"m", "1"}, {"h", "1"}, {"n", "1"}, {"I_syn_ex", "pA"}, {"I_syn_in", "pA"}};
    }

  private:
    Settings p_;
};

const sim::RegisterPopulation<OdeNeurons<Hh>> hh{
    "hh", "Hodgkin-Huxley neuron, alpha-shaped synaptic currents; a spike is a maximum of V_m above 0 mV"};

}  // namespace
}  // namespace models
