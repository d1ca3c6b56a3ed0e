// The neurons of SAILnet (Zylberberg, Murphy & DeWeese 2011, PLoS Comput Biol 7:e1002250): leaky
// integrate-and-fire, inhibition at once.
//
//     tau du_i/dt = b_i - u_i       u_i jumps by -jump W_ij when neuron j != i fires
//     neuron i fires when u_i reaches theta_i; then u_i = 0; the code is the number of spikes
//
// The paper steps time by 0.1 tau, so that a spike takes 0.1 W from its target: that is `jump`. W and theta
// are the program's Q and lambda, read as they are and learned by the plasticity of the same name.
#include "models/populations/leaky_code.hpp"

namespace models {
namespace {

struct SailnetSettings {
    explicit SailnetSettings(const sim::Params& p)
        : group{p.number("tau", "ms", 10.0, sim::Check::positive, "time constant of u"),
                p.number("jump", "1", 0.1, sim::Check::positive,
                         "what a spike takes from u, per weight; published: a time step of 0.1 tau")},
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the state the last one ended in")) {}
    LeakyGroup group;
    bool carry_over;
};

class Sailnet final : public sim::Neurons {
  public:
    using Settings = SailnetSettings;
    Sailnet(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "sailnet"; }
    bool solves_program() const override { return false; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<LeakyCode>(name(), settings_.group, settings_.group, 0, settings_.carry_over,
                                           program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<Sailnet> sailnet{
    "sailnet", "leaky neurons of SAILnet, event-driven and exact; weights and thresholds are learned"};

}  // namespace
}  // namespace models
