// Synapses that open exponentially closing conductances; the sign of a weight says which.
#pragma once
#include <cmath>

#include "sim/params.hpp"
#include "sim/time.hpp"

namespace models {

struct Conductances {
    explicit Conductances(const sim::Params& p)
        : E_ex(p.number("E_ex", "mV", 0.0, sim::Check::any, "reversal potential of excitation")),
          E_in(p.number("E_in", "mV", -85.0, sim::Check::any, "reversal potential of inhibition")),
          tau_syn_ex(p.number("tau_syn_ex", "ms", 0.2, sim::Check::positive,
                              "time constant of conductances of positive weight")),
          tau_syn_in(p.number("tau_syn_in", "ms", 2.0, sim::Check::positive,
                              "time constant of conductances of negative weight")) {}

    /// Current into a cell at V [pA]. g: [nS]
    double current(double V, double g_ex, double g_in) const {
        return -g_ex * (V - E_ex) - g_in * (V - E_in);
    }
    void decay(double g_ex, double g_in, double& dg_ex, double& dg_in) const {
        dg_ex = -g_ex / tau_syn_ex;
        dg_in = -g_in / tau_syn_in;
    }
    static void open(double weight, double& g_ex, double& g_in) {
        (weight > 0.0 ? g_ex : g_in) += std::abs(weight);
    }

    double E_ex, E_in;
    sim::Time tau_syn_ex, tau_syn_in;
};

}  // namespace models
