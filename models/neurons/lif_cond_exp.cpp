// Leaky integrate-and-fire with exponential conductances, NEST's iaf_cond_exp:
//
//     C_m dV_m/dt = -g_L (V_m - E_L) - g_ex (V_m - E_ex) - g_in (V_m - E_in) + I_e + I
//
// Source: Meffin, Burkitt & Grayden (2004), J. Comput. Neurosci. 16:159.
#include "models/neurons/conductances.hpp"
#include "models/neurons/ode_neurons.hpp"

namespace models {
namespace {

struct LifCondExpSettings {
    explicit LifCondExpSettings(const sim::Params& p)
        : E_L(p.number("E_L", "mV", -70.0, sim::Check::any, "resting potential")),
          V_th(p.number("V_th", "mV", -55.0, sim::Check::any, "threshold")),
          V_reset(p.number("V_reset", "mV", -60.0, sim::Check::any, "V_m after a spike, below V_th")),
          V_init(p.number("V_init", "mV", E_L, sim::Check::any, "V_m at the start; E_L unless given")),
          C_m(p.number("C_m", "pF", 250.0, sim::Check::positive, "capacitance")),
          g_L(p.number("g_L", "nS", 16.6667, sim::Check::positive, "leak conductance")),
          t_ref(p.number("t_ref", "ms", 2.0, sim::Check::non_negative, "V_m stays at V_reset for so long")),
          synapses(p),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")),
          tolerance(p.number("tolerance", "1", 1e-10, sim::Check::positive,
                             "absolute and relative error of a step of the solver")) {
        if (V_reset >= V_th) p.fail("V_reset", "below V_th");
    }
    double E_L, V_th, V_reset, V_init, C_m, g_L;
    Time t_ref;
    Conductances synapses;
    double I_e, tolerance;
};

class LifCondExp {
  public:
    using Settings = LifCondExpSettings;
    static constexpr const char* kName = "lif_cond_exp";
    static constexpr const char* kWeightUnit = "nS";
    static constexpr bool kSpikesAtPeak = false;
    enum : std::size_t { V_m, g_ex, g_in, kSize };
    using X = std::array<double, kSize>;

    explicit LifCondExp(const Settings& settings) : p_(settings) {}

    X initial() const { return {p_.V_init, 0.0, 0.0}; }
    void derivative(const X& x, double I, bool is_refractory, X& dxdt) const {
        const double current =
            -p_.g_L * (x[V_m] - p_.E_L) + p_.synapses.current(x[V_m], x[g_ex], x[g_in]) + p_.I_e + I;
        dxdt[V_m] = is_refractory ? 0.0 : current / p_.C_m;
        p_.synapses.decay(x[g_ex], x[g_in], dxdt[g_ex], dxdt[g_in]);
    }
    void receive(X& x, double weight) const { Conductances::open(weight, x[g_ex], x[g_in]); }
    void reset(X& x) const { x[V_m] = p_.V_reset; }
    double threshold() const { return p_.V_th; }
    Time t_ref() const { return p_.t_ref; }
    double tolerance() const { return p_.tolerance; }
    std::vector<sim::Variable> variables() const { return {{"V_m", "mV"}, {"g_ex", "nS"}, {"g_in", "nS"}}; }

  private:
    Settings p_;
};

const sim::RegisterPopulation<OdeNeurons<LifCondExp>> lif_cond_exp{
    "lif_cond_exp", "leaky integrate-and-fire, exponential synaptic conductances"};

}  // namespace
}  // namespace models
