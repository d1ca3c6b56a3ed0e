// Local Hebbian learning on the residual (Olshausen & Field 1996; Barari & Kim, eq. 4), with a neighbourhood
// (Kohonen 1982). It follows the gradient of the objective of the codes:
//
//     l1                  dPhi_i = eta y_i r                                     then unit norm
//     weighted, simplex   dPhi_i = eta y_i (r + 2 lambda_i (s - phi_i)) / (1 + eta c_i)
//                                                                    at the norm that comes out
//
// r = s - Phi a is what the input layer still has to explain, y = H a. H is a Gaussian on the sheet, as if
// active neurons released a factor that spreads and lets their neighbours learn with them; its width is
// annealed, and orders the map. The step is divided by the mean of y^2 over neurons and frames, which keeps
// eta meaningful while activity and H change.
//
// Without unit norm nothing but the step itself keeps fields from running away. In the fields the energy of a batch is
// quadratic, and c_i = sum_k y_ik (sum_j a_jk + 2 lambda_i) bounds its curvature: divided so, a step lowers that energy at
// any eta (docs/decisions/0041).
#include <algorithm>
#include <cmath>

#include "models/plasticity/adam.hpp"
#include "models/plasticity/annealing.hpp"
#include "sim/plasticity.hpp"
#include "sim/ranks.hpp"

namespace models {
namespace {

struct ResidualHebbianSettings {
    explicit ResidualHebbianSettings(const sim::Params& p)
        : eta(p.number("eta", "1", 0.02, sim::Check::positive,
                       "learning rate; of adam, the step of a pixel")),
          eta_end(p.number("eta_end", "1", eta, sim::Check::positive,
                           "learning rate at the end of the annealing; eta if not given")),
          width_start(p.number("width_start", "1", 0.0, sim::Check::non_negative,
                               "width of the neighbourhood at first, in sheet units; 0: none")),
          width_end(p.number("width_end", "1", width_start, sim::Check::non_negative,
                             "width of the neighbourhood in the end; width_start if not given")),
          annealing(p),
          is_projected(
              p.flag("projected", false,
                     "objective l1: the part of a step along the field is taken out before the step, "
                     "not by the norm after it")),
          is_adam(p.choice("optimizer", {"sgd", "adam"}, "sgd",
                           "sgd: the step as it is; adam: as Adam scales it, for comparison: not local") ==
                  "adam") {}
    double eta, eta_end, width_start, width_end;
    Annealing annealing;
    bool is_projected, is_adam;
};

class ResidualHebbian final : public sim::PlasticityOf<sim::Dictionary> {
  public:
    using Settings = ResidualHebbianSettings;
    ResidualHebbian(const Settings& settings, const Context& context)
        : settings_(settings),
          context_(context),
          adam_(settings.is_adam ? static_cast<Eigen::Index>(context.n_pixels) : 0,
                static_cast<Eigen::Index>(context.sheet.size())) {}

    double neighbourhood_width(std::size_t batch) const override {
        return between(settings_.width_start, settings_.width_end, batch);
    }
    void change(const sim::Experience& experience, sim::Dictionary& dictionary,
                sim::Program& program) override;
    std::vector<double> state() const override {
        return settings_.is_adam ? adam_.state() : std::vector<double>{};
    }
    void restore(std::span<const double> state) override {
        if (settings_.is_adam) adam_.restore(state);
    }

  private:
    double between(double start, double end, std::size_t batch) const {
        return settings_.annealing.between(start, end, batch, context_.n_batches);
    }
    Eigen::MatrixXf descent(const sim::Experience& experience, const Eigen::MatrixXf& y,
                            const sim::Dictionary& dictionary, std::span<const double> lambda) const;
    Eigen::MatrixXf pulled(const sim::Experience& experience, const Eigen::MatrixXf& y,
                           const sim::Dictionary& dictionary, std::span<const double> lambda) const;

    Settings settings_;
    Context context_;
    Adam adam_;
};

/// Takes from each column of `step` what lies along that of the fields, which have unit norm: gradient
/// descent on the sphere.
void project(Eigen::MatrixXf& step, const std::vector<float>& fields) {
    const Eigen::Map<const Eigen::MatrixXf> Phi(fields.data(), step.rows(), step.cols());
    for (Eigen::Index i = 0; i < step.cols(); ++i) step.col(i) -= Phi.col(i).dot(step.col(i)) * Phi.col(i);
}

/// H a, frames dealt to ranks.
Eigen::MatrixXf smooth(const sim::Sheet& sheet, const Eigen::MatrixXf& codes, double width) {
    if (width <= 0.0) return codes;
    Eigen::MatrixXf y(codes.rows(), codes.cols());
    sim::ranks::together([&] {
        const auto [first, last] = sim::ranks::share(static_cast<std::size_t>(codes.cols()));
        const auto begin = static_cast<Eigen::Index>(first), n = static_cast<Eigen::Index>(last - first);
        y.middleCols(begin, n) = sheet.smooth(codes.middleCols(begin, n), width);
    });
    sim::ranks::gather_columns(y);
    return y;
}

/// sum over frames of y_i (r + 2 lambda_i (s - phi_i)), shape (M, N), each column divided by 1 + c_i; lambda: of each
/// neuron. Codes are not negative here, and so sum_j (A Y')_ij bounds what a step of all fields together does along
/// them (Lange, Hunter & Yang 2000, J Comput Graph Stat 9:1).
Eigen::MatrixXf ResidualHebbian::pulled(const sim::Experience& experience, const Eigen::MatrixXf& y,
                                        const sim::Dictionary& dictionary,
                                        std::span<const double> lambda) const {
    const Eigen::VectorXf weight =
        2.0F * Eigen::Map<const Eigen::VectorXd>(lambda.data(), y.rows()).cast<float>();
    Eigen::MatrixXf step = dictionary.gradient(experience.residual, y);
    step += dictionary.pull(experience.frames, weight.asDiagonal() * y);
    if (settings_.is_adam) return step;  // which has a scale of its own
    const Eigen::VectorXf together = experience.codes.colwise().sum();
    const Eigen::ArrayXf c = (y * together).array() + weight.array() * y.rowwise().sum().array();
    return step * (1.0F + c).inverse().matrix().asDiagonal();
}

/// What the objective asks of the fields, shape (M, N).
Eigen::MatrixXf ResidualHebbian::descent(const sim::Experience& experience, const Eigen::MatrixXf& y,
                                         const sim::Dictionary& dictionary,
                                         std::span<const double> lambda) const {
    if (context_.objective.weighs_distance()) return pulled(experience, y, dictionary, lambda);
    Eigen::MatrixXf step = dictionary.gradient(experience.residual, y);
    if (settings_.is_projected) project(step, dictionary.values());
    return step;
}

void ResidualHebbian::change(const sim::Experience& experience, sim::Dictionary& dictionary,
                             sim::Program& program) {
    const std::size_t batch = experience.batch;
    Eigen::MatrixXf y = smooth(context_.sheet, experience.codes, neighbourhood_width(batch));
    const double power = y.cast<double>().squaredNorm() / static_cast<double>(y.size());
    if (power == 0.0) return;  // nobody was active, nobody learns
    const double eta = between(settings_.eta, settings_.eta_end, batch);
    const double share = 1.0 / (power * static_cast<double>(y.cols()));
    y *= static_cast<float>(settings_.is_adam ? share : eta * share);
    const bool has_unit_norm = !context_.objective.weighs_distance();
    if (has_unit_norm && !settings_.is_projected && !settings_.is_adam) {
        dictionary.learn(experience.residual, y);
        return;
    }
    Eigen::MatrixXf step = descent(experience, y, dictionary, program.lambda);
    if (settings_.is_adam) step = static_cast<float>(eta) * adam_.step(step);
    dictionary.add(step);
    if (has_unit_norm) dictionary.normalise();
}

const sim::RegisterPlasticity<ResidualHebbian> residual_hebbian{
    "residual_hebbian", "dPhi_i = eta y_i r with a neighbourhood on the sheet, y = H a"};

}  // namespace
}  // namespace models
