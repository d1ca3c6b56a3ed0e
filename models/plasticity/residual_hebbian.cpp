// Local Hebbian learning on the residual (Olshausen & Field 1996; Barari & Kim, eq. 4), with a neighbourhood
// (Kohonen 1982):
//
//     dPhi_i = eta y_i r        r = s - Phi a,   y = H a
//
// r is what the input layer still has to explain. H is a Gaussian on the sheet, as if active neurons released
// a factor that spreads and lets their neighbours learn with them; its width is annealed, and orders the map.
// The step is divided by the mean of y^2 over neurons and frames, which keeps eta meaningful while activity
// and H change.
#include <algorithm>
#include <cmath>

#include "sim/plasticity.hpp"

namespace models {
namespace {

struct ResidualHebbianSettings {
    explicit ResidualHebbianSettings(const sim::Params& p)
        : eta(p.number("eta", "1", 0.02, sim::Check::positive, "learning rate")),
          eta_end(p.number("eta_end", "1", eta, sim::Check::positive,
                           "learning rate at the end of the annealing; eta if not given")),
          width_start(p.number("width_start", "1", 0.0, sim::Check::non_negative,
                               "width of the neighbourhood at first, in sheet units; 0: none")),
          width_end(p.number("width_end", "1", width_start, sim::Check::non_negative,
                             "width of the neighbourhood in the end; width_start if not given")),
          annealed_over(p.number("annealed_over", "1", 0.7, sim::Check::unit_interval,
                                 "fraction of the run over which width and rate move to their end")) {}
    double eta, eta_end, width_start, width_end, annealed_over;
};

class ResidualHebbian final : public sim::Plasticity {
  public:
    using Settings = ResidualHebbianSettings;
    ResidualHebbian(const Settings& settings, const Context& context)
        : settings_(settings), context_(context) {}

    double neighbourhood_width(std::size_t batch) const override {
        return between(settings_.width_start, settings_.width_end, batch);
    }

    void learn(const sim::Experience& experience, sim::Dictionary& dictionary, sim::Program&) override {
        const std::size_t batch = experience.batch;
        Eigen::MatrixXf y = context_.sheet.smooth(experience.codes, neighbourhood_width(batch));
        const double power = y.cast<double>().squaredNorm() / static_cast<double>(y.size());
        if (power == 0.0) return;  // nobody was active, nobody learns
        const double rate =
            between(settings_.eta, settings_.eta_end, batch) / (power * static_cast<double>(y.cols()));
        y *= static_cast<float>(rate);
        dictionary.learn(experience.residual, y);
    }

  private:
    /// Straight from `start` to `end` over the annealing.
    double between(double start, double end, std::size_t batch) const {
        const double whole = std::max(settings_.annealed_over * static_cast<double>(context_.n_batches), 1.0);
        return start + (end - start) * std::min(static_cast<double>(batch) / whole, 1.0);
    }

    Settings settings_;
    Context context_;
};

const sim::RegisterPlasticity<ResidualHebbian> residual_hebbian{
    "residual_hebbian", "dPhi_i = eta y_i r with a neighbourhood on the sheet, y = H a"};

}  // namespace
}  // namespace models
