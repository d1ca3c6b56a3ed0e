// The neurons of E-I Net (King, Zylberberg & DeWeese 2013, J Neurosci 33:5475): the sheet's neurons excite,
// hidden ones inhibit, and whoever inhibits was excited first. All leaky integrate-and-fire, event by event.
//
//     tau_E du_i/dt = b_i - u_i     u_i jumps by -jump_E W_ij when inhibitory neuron j fires
//     tau_I du_k/dt = -u_k          u_k jumps by  jump_I W_kj when excitatory neuron j fires,
//                                   by           -jump_I W_kj when inhibitory neuron j != k does
//     a neuron fires when u reaches theta; then u = 0; the code is the number of spikes of the sheet's
//     neurons
//
// A spike is a pulse of unit area in units of tau_E: it moves u by W tau_E / tau, which makes the jumps 1 and
// tau_E / tau_I = 2. Weights and thresholds are the program's Q and lambda, read as they are (Q > 0 inhibits)
// and learned by the plasticity of the same name.
#include "models/populations/leaky_code.hpp"

namespace models {
namespace {

struct EiNetSettings {
    explicit EiNetSettings(const sim::Params& p)
        : excitatory{p.number("tau_E", "ms", 10.0, sim::Check::positive,
                              "time constant of excitatory neurons"),
                     p.number("jump_E", "1", 1.0, sim::Check::positive,
                              "what a spike changes in u of an excitatory neuron, per weight")},
          inhibitory{
              p.number("tau_I", "ms", 5.0, sim::Check::positive, "time constant of inhibitory neurons"),
              p.number("jump_I", "1", 2.0, sim::Check::positive,
                       "what a spike changes in u of an inhibitory neuron, per weight")},
          n_inhibitory(p.count("n_inhibitory", 49, "hidden inhibitory neurons")),
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the state the last one ended in")) {}
    LeakyGroup excitatory, inhibitory;
    std::size_t n_inhibitory;
    bool carry_over;
};

class EiNet final : public sim::Neurons {
  public:
    using Settings = EiNetSettings;
    EiNet(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "ei_net"; }
    bool solves_program() const override { return false; }
    std::size_t n_hidden() const override { return settings_.n_inhibitory; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<LeakyCode>(name(), settings_.excitatory, settings_.inhibitory,
                                           settings_.n_inhibitory, settings_.carry_over, program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<EiNet> ei_net{
    "ei_net", "E-I Net: excitatory neurons and hidden inhibitory ones; weights and thresholds are learned"};

}  // namespace
}  // namespace models
