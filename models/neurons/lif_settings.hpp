// What a config says of every leaky integrate-and-fire neuron with a time constant of its own.
#pragma once
#include "sim/params.hpp"
#include "sim/time.hpp"

namespace models {

struct LifSettings {
    explicit LifSettings(const sim::Params& p)
        : E_L(p.number("E_L", "mV", -70.0, sim::Check::any, "resting potential")),
          V_th(p.number("V_th", "mV", -55.0, sim::Check::any, "threshold")),
          V_reset(p.number("V_reset", "mV", -70.0, sim::Check::any, "V_m after a spike, below V_th")),
          V_init(p.number("V_init", "mV", E_L, sim::Check::any, "V_m at the start; E_L unless given")),
          tau_m(p.number("tau_m", "ms", 10.0, sim::Check::positive, "membrane time constant")),
          C_m(p.number("C_m", "pF", 250.0, sim::Check::positive, "capacitance")) {
        if (V_reset >= V_th) p.fail("V_reset", "below V_th");
    }
    double E_L, V_th, V_reset, V_init;
    sim::Time tau_m;
    double C_m;
};

}  // namespace models
