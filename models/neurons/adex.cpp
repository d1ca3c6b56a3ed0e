// The adaptive exponential integrate-and-fire neuron with exponential conductances:
//
//     C_m dV_m/dt = -g_L (V_m - E_L) + g_L Delta_T e^((V_m - V_th) / Delta_T)
//                   - g_ex (V_m - E_ex) - g_in (V_m - E_in) - w + I_e + I
//     tau_w dw/dt = a (V_m - E_L) - w,    at V_m = V_peak a spike: V_m = V_reset, w += b
//
// Source: Brette & Gerstner (2005), J. Neurophysiol. 94:3637. Constants as NEST's aeif_cond_exp.
#include "models/neurons/conductances.hpp"
#include "models/neurons/ode_neurons.hpp"
#include "sim/elementary.hpp"

namespace models {
namespace {

struct AdexSettings {
    explicit AdexSettings(const sim::Params& p)
        : E_L(p.number("E_L", "mV", -70.6, sim::Check::any, "resting potential of the leak")),
          V_th(p.number("V_th", "mV", -50.4, sim::Check::any, "where the exponential takes over")),
          V_peak(p.number("V_peak", "mV", 0.0, sim::Check::any, "where a spike is counted")),
          V_reset(p.number("V_reset", "mV", -60.0, sim::Check::any, "V_m after a spike, below V_peak")),
          V_init(p.number("V_init", "mV", E_L, sim::Check::any, "V_m at the start; E_L unless given")),
          Delta_T(p.number("Delta_T", "mV", 2.0, sim::Check::positive, "slope of the exponential")),
          C_m(p.number("C_m", "pF", 281.0, sim::Check::positive, "capacitance")),
          g_L(p.number("g_L", "nS", 30.0, sim::Check::positive, "leak conductance")),
          t_ref(p.number("t_ref", "ms", 0.0, sim::Check::non_negative, "V_m stays at V_reset for so long")),
          a(p.number("a", "nS", 4.0, sim::Check::any, "adaptation to V_m")),
          b(p.number("b", "pA", 80.5, sim::Check::any, "adaptation to each spike")),
          tau_w(p.number("tau_w", "ms", 144.0, sim::Check::positive, "time constant of adaptation")),
          synapses(p),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")),
          tolerance(p.number("tolerance", "1", 1e-10, sim::Check::positive,
                             "absolute and relative error of a step of the solver")) {
        if (V_reset >= V_peak) p.fail("V_reset", "below V_peak");
        if (V_th > V_peak) p.fail("V_th", "at most V_peak");
        if ((V_peak - V_th) / Delta_T > 600.0) p.fail("Delta_T", "at least (V_peak - V_th) / 600");
    }
    double E_L, V_th, V_peak, V_reset, V_init, Delta_T, C_m, g_L;
    Time t_ref;
    double a, b;
    Time tau_w;
    Conductances synapses;
    double I_e, tolerance;
};

class Adex {
  public:
    using Settings = AdexSettings;
    static constexpr const char* kName = "adex";
    static constexpr const char* kWeightUnit = "nS";
    static constexpr bool kSpikesAtPeak = false;
    enum : std::size_t { V_m, w, g_ex, g_in, kSize };
    using X = std::array<double, kSize>;

    explicit Adex(const Settings& settings) : p_(settings) {}

    X initial() const { return {p_.V_init, 0.0, 0.0, 0.0}; }
    void derivative(const X& x, double I, bool is_refractory, X& dxdt) const {
        const double V = std::min(x[V_m], p_.V_peak);  // a step that tries to go beyond must not overflow
        const double current = -p_.g_L * (V - p_.E_L) +
                               p_.g_L * p_.Delta_T * sim::exp((V - p_.V_th) / p_.Delta_T) +
                               p_.synapses.current(V, x[g_ex], x[g_in]) - x[w] + p_.I_e + I;
        dxdt[V_m] = is_refractory ? 0.0 : current / p_.C_m;
        dxdt[w] = (p_.a * (V - p_.E_L) - x[w]) / p_.tau_w;
        p_.synapses.decay(x[g_ex], x[g_in], dxdt[g_ex], dxdt[g_in]);
    }
    void receive(X& x, double weight) const { Conductances::open(weight, x[g_ex], x[g_in]); }
    void reset(X& x) const {
        x[V_m] = p_.V_reset;
        x[w] += p_.b;
    }
    double threshold() const { return p_.V_peak; }
    Time t_ref() const { return p_.t_ref; }
    double tolerance() const { return p_.tolerance; }
    std::vector<sim::Variable> variables() const {
        return {{"V_m", "mV"}, {"w", "pA"}, {"g_ex", "nS"}, {"g_in", "nS"}};
    }

  private:
    Settings p_;
};

const sim::RegisterPopulation<OdeNeurons<Adex>> adex{
    "adex", "adaptive exponential integrate-and-fire, exponential synaptic conductances"};

}  // namespace
}  // namespace models
