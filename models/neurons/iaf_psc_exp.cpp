// Leaky integrate-and-fire with exponential currents, NEST's iaf_psc_exp: a spike of weight w adds w to the
// current of its sign, which decays with tau_syn. Source: Tsodyks, Uziel & Markram (2000).
#include "models/neurons/psc.hpp"

namespace models {
namespace {

class IafPscExp : public PscNeuron {
  public:
    static constexpr const char* kName = "iaf_psc_exp";
    using PscNeuron::PscNeuron;
    bool receive(State& s, double weight, Time) const {
        (weight > 0.0 ? s.ex : s.in).p += weight;
        return true;
    }
};

const sim::RegisterPopulation<PointNeurons<IafPscExp>> iaf_psc_exp{
    "iaf_psc_exp", "leaky integrate-and-fire, exponential synaptic currents; exact"};

}  // namespace
}  // namespace models
