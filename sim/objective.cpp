#include "sim/objective.hpp"

namespace sim {

Objective::Objective(const Params& root) {
    const Params p = root.block("objective");
    const auto name = p.choice(
        "kind", {"l1", "weighted", "simplex"}, "l1",
        "what activity costs: l1: lambda a_j; weighted: lambda a_j |s - phi_j|^2; simplex: the same, "
        "and activities that sum to one");
    kind = name == "l1" ? Kind::l1 : name == "weighted" ? Kind::weighted : Kind::simplex;
    rho = p.number("rho", "1", 3.0, Check::positive,
                   "simplex: weight of the penalty rho/2 (sum a - 1)^2, gain of the global inhibition");
    delta = p.number("delta", "1", 0.0, Check::non_negative,
                     "ridge delta/2 |a|^2: what a neuron does to itself grows by it, so that explaining away "
                     "among neighbours matters less");
    is_signed = p.flag("signed", false, "l1: codes of either sign; every neuron gets an OFF twin");
    if (is_signed && kind != Kind::l1) p.fail("signed", "false unless objective.kind is l1");
}

}  // namespace sim
