// Hebbian learning on the residual, gated by what neurons nearby do whatever its sign:
//
//     dPhi_i = eta y_i r,     y_i = a_i (g_i / mean g)^alpha,     then unit norm
//     g_i = [sum_j h_ij |a_j| - surround sum_j h'_ij |a_j|]_+
//
// h and h' are Gaussians on the sheet of sum 1, h' the wider one. Three local factors: the neuron's own activity, the
// residual r at its input, and a signal that spreads from active neurons and is taken up further away. Neurons that
// are often active together, whether their codes are positive or negative, come to prefer one orientation; their phases
// stay free. So a map of orientation forms in which complex cells can pool their neighbours, as in topographic
// independent component analysis (Hyvarinen & Hoyer 2001), whose energies this signal stands for.
#include <algorithm>
#include <cmath>

#include "models/plasticity/annealing.hpp"
#include "sim/elementary.hpp"
#include "sim/parallel.hpp"
#include "sim/plasticity.hpp"

namespace models {
namespace {

struct GatedHebbianSettings {
    explicit GatedHebbianSettings(const sim::Params& p)
        : params(p),
          eta(p.number("eta", "1", 0.3, sim::Check::positive, "learning rate")),
          eta_end(p.number("eta_end", "1", eta, sim::Check::positive,
                           "learning rate in the end; eta if not given")),
          exponent_start(p.number("exponent_start", "1", 1.5, sim::Check::non_negative,
                                  "alpha at first: how much the gate matters")),
          exponent_end(p.number("exponent_end", "1", exponent_start, sim::Check::non_negative,
                                "alpha in the end; exponent_start if not given")),
          width_start(
              p.number("width_start", "1", 1.6, sim::Check::positive, "width of h at first, in sheet units")),
          width_end(p.number("width_end", "1", width_start, sim::Check::positive,
                             "width of h in the end; width_start if not given")),
          surround(p.number("surround", "1", 0.8, sim::Check::non_negative,
                            "what is taken from the gate for activity further away")),
          surround_width(
              p.number("surround_width", "1", 2.5, sim::Check::positive, "width of h', in widths of h")),
          annealing(p) {}
    sim::Params params;
    double eta, eta_end, exponent_start, exponent_end, width_start, width_end, surround, surround_width;
    Annealing annealing;
};

class GatedHebbian final : public sim::PlasticityOf<sim::Dictionary> {
  public:
    using Settings = GatedHebbianSettings;
    GatedHebbian(const Settings& settings, const Context& context) : settings_(settings), context_(context) {
        if (context.objective.weighs_distance())
            settings.params.fail_here("another rule where objective.kind is not l1", "gated_hebbian");
    }

    double neighbourhood_width(std::size_t batch) const override {
        return between(settings_.width_start, settings_.width_end, batch);
    }
    void change(const sim::Experience& experience, sim::Dictionary& dictionary,
                sim::Program& /*program*/) override {
        Eigen::MatrixXf y = gated(experience.codes, experience.batch);
        const double power = y.cast<double>().squaredNorm() / static_cast<double>(y.size());
        if (power == 0.0) return;  // nobody learns
        const double eta = between(settings_.eta, settings_.eta_end, experience.batch);
        y *= static_cast<float>(eta / (power * static_cast<double>(y.cols())));
        dictionary.learn(experience.residual, y);
    }

  private:
    double between(double start, double end, std::size_t batch) const {
        return settings_.annealing.between(start, end, batch, context_.n_batches);
    }

    /// a_i (g_i / mean g)^alpha, shape (N, B); all 0 where every gate is shut.
    Eigen::MatrixXf gated(const Eigen::MatrixXf& codes, std::size_t batch) const {
        const double width = neighbourhood_width(batch),
                     alpha = between(settings_.exponent_start, settings_.exponent_end, batch);
        const Eigen::MatrixXf activity = codes.cwiseAbs();
        const Eigen::MatrixXf gate = (context_.sheet.smooth(activity, width) -
                                      static_cast<float>(settings_.surround) *
                                          context_.sheet.smooth(activity, settings_.surround_width * width))
                                         .cwiseMax(0.0F);
        const double mean = gate.cast<double>().mean();
        if (mean == 0.0) return Eigen::MatrixXf::Zero(codes.rows(), codes.cols());
        Eigen::MatrixXf y = codes;
        sim::parallel_for(Eigen::Index{0}, y.cols(), [&](Eigen::Index k) {
            for (Eigen::Index i = 0; i < y.rows(); ++i)
                if (y(i, k) != 0.0F && alpha > 0.0)
                    y(i, k) *= static_cast<float>(
                        gate(i, k) > 0.0F ? sim::pow(static_cast<double>(gate(i, k)) / mean, alpha) : 0.0);
        });
        return y;
    }

    Settings settings_;
    Context context_;
};

const sim::RegisterPlasticity<GatedHebbian> gated_hebbian{
    "gated_hebbian", "dPhi_i = eta y_i r, y gated by the unsigned activity of neighbours on the sheet"};

}  // namespace
}  // namespace models
