// Izhikevich's simple neuron, with time in ms and V_m in mV:
//
//     dV_m/dt = 0.04 V_m^2 + 5 V_m + 140 - U_m + I_e + I,    dU_m/dt = a (b V_m - U_m)
//     V_m >= V_peak: a spike, V_m = c, U_m += d;    a spike of weight w arrives: V_m += w
//
// Source: Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569; solved exactly, not in his steps of 1 ms.
#include "models/neurons/ode_neurons.hpp"

namespace models {
namespace {

struct IzhikevichSettings {
    explicit IzhikevichSettings(const sim::Params& p)
        : a(p.number("a", "1", 0.02, sim::Check::any, "rate of recovery, 1/ms")),
          b(p.number("b", "1", 0.2, sim::Check::any, "how recovery follows V_m")),
          c(p.number("c", "mV", -65.0, sim::Check::any, "V_m after a spike, below V_peak")),
          d(p.number("d", "mV", 8.0, sim::Check::any, "step of recovery at a spike")),
          V_peak(p.number("V_peak", "mV", 30.0, sim::Check::any, "where a spike is counted")),
          V_init(p.number("V_init", "mV", -65.0, sim::Check::any, "V_m at the start")),
          U_init(p.number("U_init", "mV", b * V_init, sim::Check::any,
                          "recovery at the start; b V_init unless given")),
          I_e(p.number("I_e", "pA", 0.0, sim::Check::any, "constant current")),
          tolerance(p.number("tolerance", "1", 1e-10, sim::Check::positive,
                             "absolute and relative error of a step of the solver")) {
        if (c >= V_peak) p.fail("c", "below V_peak");
    }
    double a, b, c, d, V_peak, V_init, U_init, I_e, tolerance;
};

class Izhikevich {
  public:
    using Settings = IzhikevichSettings;
    static constexpr const char* kName = "izhikevich";
    static constexpr const char* kWeightUnit = "mV";
    static constexpr bool kSpikesAtPeak = false;
    enum : std::size_t { V_m, U_m, kSize };
    using X = std::array<double, kSize>;

    explicit Izhikevich(const Settings& settings) : p_(settings) {}

    X initial() const { return {p_.V_init, p_.U_init}; }
    void derivative(const X& x, double I, bool, X& dxdt) const {
        const double V = std::min(x[V_m], p_.V_peak);  // a step that tries to go beyond must not overflow
        dxdt[V_m] = 0.04 * V * V + 5.0 * V + 140.0 - x[U_m] + p_.I_e + I;
        dxdt[U_m] = p_.a * (p_.b * V - x[U_m]);
    }
    void receive(X& x, double weight) const { x[V_m] += weight; }
    void reset(X& x) const {
        x[V_m] = p_.c;
        x[U_m] += p_.d;
    }
    double threshold() const { return p_.V_peak; }
    Time t_ref() const { return 0.0; }
    double tolerance() const { return p_.tolerance; }
    std::vector<sim::Variable> variables() const { return {{"V_m", "mV"}, {"U_m", "mV"}}; }

  private:
    Settings p_;
};

const sim::RegisterPopulation<OdeNeurons<Izhikevich>> izhikevich{
    "izhikevich", "Izhikevich's simple neuron, a spike moves V_m by its weight"};

}  // namespace
}  // namespace models
