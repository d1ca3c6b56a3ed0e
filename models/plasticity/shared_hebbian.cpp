// Local Hebbian learning of kernels that all places share (Olshausen & Field 1996, summed over places):
//
//     dd_k = eta / A sum over frames and places of a_k(y, x) r(y + ., x + .)     then unit norm
//
// r = s - Phi a is what the input layer still has to explain: a kernel sees its own activity and the residual below it.
// A, the mean over kernels of the sum of a_k^2 over frames and places, keeps eta meaningful while activity changes: one
// clean edge teaches as much as a frame full of leaves.
#include "sim/plasticity.hpp"

namespace models {
namespace {

struct SharedHebbianSettings {
    explicit SharedHebbianSettings(const sim::Params& p)
        : eta(p.number("eta", "1", 0.3, sim::Check::positive, "learning rate at first")),
          slowing(p.number("slowing", "1", 400.0, sim::Check::positive,
                           "batches after which the rate has halved: eta / (1 + batch / slowing)")) {}
    double eta, slowing;
};

class SharedHebbian final : public sim::PlasticityOf<sim::SharedKernels> {
  public:
    using Settings = SharedHebbianSettings;
    SharedHebbian(const Settings& settings, const Context&) : settings_(settings) {}

  private:
    void change(const sim::Experience& experience, sim::SharedKernels& kernels, sim::Program&) override {
        const double power =
            experience.codes.cast<double>().squaredNorm() / static_cast<double>(kernels.kernels().n);
        if (power == 0.0) return;  // nobody was active, nobody learns
        const double eta = settings_.eta / (1.0 + static_cast<double>(experience.batch) / settings_.slowing);
        kernels.learn(experience.residual, experience.codes, eta / power);
    }

    Settings settings_;
};

const sim::RegisterPlasticity<SharedHebbian> shared_hebbian{
    "shared_hebbian", "kernels that all places share: dd_k = eta a_k r, summed over places"};

}  // namespace
}  // namespace models
