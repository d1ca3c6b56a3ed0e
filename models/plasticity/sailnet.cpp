// SAILnet (Zylberberg, Murphy & DeWeese 2011, PLoS Comput Biol 7:e1002250): three local rules, from the spike
// counts y of a batch of frames x. < > is the mean over the batch.
//
//     dPhi_i   = beta <y_i x - y_i^2 Phi_i>         Oja: fields, at the norm that comes out
//     dW_ij    = alpha (<y_i y_j> - p^2)            inhibition decorrelates; W_ij >= 0, W_ii = 0
//     dtheta_i = gamma (<y_i> - p)                  every neuron fires p spikes a frame
#include <algorithm>

#include "sim/outer_products.hpp"
#include "sim/plasticity.hpp"

namespace models {
namespace {

/// A threshold at zero would fire without end.
constexpr double kLeastTheta = 1e-2;

struct SailnetSettings {
    explicit SailnetSettings(const sim::Params& block)
        : p(block.number("p", "1", 0.05, sim::Check::positive, "spikes a neuron should fire per frame")),
          alpha(block.number("alpha", "1", 1.0, sim::Check::positive, "learning rate of the inhibition W")),
          beta(block.number("beta", "1", 0.01, sim::Check::positive, "learning rate of the fields")),
          gamma(block.number("gamma", "1", 0.1, sim::Check::positive, "learning rate of the thresholds")),
          theta(block.number("theta", "1", 2.0, sim::Check::positive, "thresholds before learning")) {}
    double p, alpha, beta, gamma, theta;
};

class Sailnet final : public sim::PlasticityOf<sim::Dictionary> {
  public:
    using Settings = SailnetSettings;
    Sailnet(const Settings& settings, const Context&) : settings_(settings) {}

    std::string learns_weights_of() const override { return "sailnet"; }

    void prepare(sim::Program& program) const override {
        program.Q.restore(std::vector<float>(program.Q.n_weights(), 0.0F));
        program.lambda.assign(program.lambda.size(), settings_.theta);
    }

    void change(const sim::Experience& experience, sim::Dictionary& dictionary,
                sim::Program& program) override {
        const Eigen::MatrixXf& y = experience.codes;
        learn_inhibition(y, program.Q);
        for (Eigen::Index i = 0; i < y.rows(); ++i) {
            double& theta = program.lambda[static_cast<std::size_t>(i)];
            theta = std::max(theta + settings_.gamma * (static_cast<double>(y.row(i).mean()) - settings_.p),
                             kLeastTheta);
        }
        const float rate = static_cast<float>(settings_.beta / static_cast<double>(y.cols()));
        std::vector<float> keep;
        for (Eigen::Index i = 0; i < y.rows(); ++i) keep.push_back(1.0F - rate * y.row(i).squaredNorm());
        dictionary.learn_freely(keep, experience.frames, rate * y);
    }

  private:
    void learn_inhibition(const Eigen::MatrixXf& y, sim::Interaction& W) const {
        const auto N = static_cast<std::size_t>(y.rows()), B = static_cast<std::size_t>(y.cols());
        sim::Panel by_frame(B, N);
        for (std::size_t k = 0; k < B; ++k)
            std::copy_n(y.col(static_cast<Eigen::Index>(k)).data(), N, by_frame.row(k));
        const sim::Panel products = outer_products(by_frame, by_frame);  // sum of y_i y_j over frames
        const auto share = static_cast<float>(settings_.alpha / static_cast<double>(B));
        const auto wanted = static_cast<float>(settings_.alpha * settings_.p * settings_.p);
        for (std::size_t j = 0; j < N; ++j)
            for (const auto& run : W.runs(j)) {
                const auto w = W.weights(run);
                for (std::size_t k = 0; k < run.size && run.first + k < N; ++k) {
                    const std::size_t i = run.first + k;
                    w[k] = i == j ? 0.0F : std::max(w[k] + share * products.row(j)[i] - wanted, 0.0F);
                }
            }
    }

    Settings settings_;
};

const sim::RegisterPlasticity<Sailnet> sailnet{
    "sailnet", "fields (Oja), inhibition and thresholds of neurons of kind sailnet"};

}  // namespace
}  // namespace models
