// Leaky integrate-and-fire with delta synapses, NEST's iaf_psc_delta:
//
//     tau_m dV_m/dt = E_L - V_m + (tau_m / C_m)(I_e + I),    a spike of weight w: V_m += w
//
// Source: Gerstner, Kistler, Naud & Paninski (2014), Neuronal Dynamics, sec. 1.3.
#include "models/neurons/lif_settings.hpp"
#include "models/neurons/point_neurons.hpp"
#include "sim/elementary.hpp"

namespace models {
namespace {

struct LifDeltaSettings : LifSettings {
    explicit LifDeltaSettings(const sim::Params& p)
        : LifSettings(p),
          t_ref(p.number(
              "t_ref", "ms", 2.0, sim::Check::non_negative,
              "V_m stays at V_reset for so long, and spikes that arrive before its end are lost; one "
              "that arrives at its end counts")),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")) {}
    Time t_ref;
    double I_e;
};

class LifDelta {
  public:
    using Settings = LifDeltaSettings;
    static constexpr const char* kName = "lif_delta";
    static constexpr const char* kWeightUnit = "mV";

    /// V_m as it stands at t. A refractory neuron stands at the end of its refractory time.
    struct State {
        Time t;
        double V_m, V_inf;  // V_inf: where V_m goes
    };

    explicit LifDelta(const Settings& settings)
        : p_(settings), R_(settings.tau_m / settings.C_m), rate_(1.0 / settings.tau_m) {}

    State initial() const { return {0.0, p_.V_init, V_inf(0.0)}; }
    void advance(State& s, Time t) const {
        if (t <= s.t) return;
        s.V_m = s.V_inf + (s.V_m - s.V_inf) * sim::exp((s.t - t) * rate_);
        s.t = t;
    }
    bool receive(State& s, double weight, Time t) const {
        if (!sim::has_come_to(s.t, t)) return false;
        s.V_m += weight;
        return true;
    }
    void set_current(State& s, double I, Time) const { s.V_inf = V_inf(I); }
    void fire(State& s, Time t) const {
        s.t = t + p_.t_ref;
        s.V_m = p_.V_reset;
    }
    bool is_finite(const State& s) const { return std::isfinite(s.V_m) && std::isfinite(s.V_inf); }
    Time next_spike(const State& s) const {
        if (s.V_m >= p_.V_th) return s.t;
        if (s.V_inf <= p_.V_th) return kNever;
        // the log of (V_inf - V_m) / (V_inf - V_th), accurate just below threshold too
        return s.t + p_.tau_m * sim::log1p((p_.V_th - s.V_m) / (s.V_inf - p_.V_th));
    }
    std::vector<sim::Variable> variables() const { return {{"V_m", "mV"}}; }
    double value(const State& s, std::size_t, Time) const { return s.V_m; }

  private:
    double V_inf(double I) const { return p_.E_L + R_ * (p_.I_e + I); }

    Settings p_;
    double R_, rate_;
};

const sim::RegisterPopulation<PointNeurons<LifDelta>> lif_delta{
    "lif_delta", "leaky integrate-and-fire, a spike moves V_m by its weight; exact"};

}  // namespace
}  // namespace models
