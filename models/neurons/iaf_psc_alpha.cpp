// Leaky integrate-and-fire with alpha-shaped currents, NEST's iaf_psc_alpha: a spike of weight w makes a
// current w (t / tau_syn) e^(1 - t / tau_syn), whose peak is w. Source: Rotter & Diesmann (1999).
#include "models/neurons/psc.hpp"

namespace models {
namespace {

class IafPscAlpha : public PscNeuron {
  public:
    static constexpr const char* kName = "iaf_psc_alpha";
    using PscNeuron::PscNeuron;
    bool receive(State& s, double weight, Time) const {
        if (weight > 0.0)
            s.ex.q += weight * std::numbers::e / p_.tau_syn_ex;
        else
            s.in.q += weight * std::numbers::e / p_.tau_syn_in;
        return true;
    }
};

const sim::RegisterPopulation<PointNeurons<IafPscAlpha>> iaf_psc_alpha{
    "iaf_psc_alpha", "leaky integrate-and-fire, alpha-shaped synaptic currents; exact"};

}  // namespace
}  // namespace models
