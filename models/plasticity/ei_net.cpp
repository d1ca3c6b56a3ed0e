// E-I Net (King, Zylberberg & DeWeese 2013, J Neurosci 33:5475): fields by Oja's rule, and weights between
// populations that measure correlations. y of the neuron reached, x of the one that reaches, in spikes per
// frame; < > over the batch, ^ over many batches.
//
//     dPhi_i   = g r_field <y_i s - y_i^2 Phi_i>
//     dW_ij    = g r (<y_i x_j> - ^y_i ^x_j (1 + W_ij)),  W_ij >= 0       r of the pathway: E->I, I->E, I->I
//     dtheta_i = r_theta (<y_i> - p)                                      p of the population
//
// At rest W_ij = <y_i x_j> / (^y_i ^x_j) - 1. Dale's law: what an excitatory neuron sends excites, what an
// inhibitory one sends inhibits, and there is nothing between excitatory neurons. g falls in three stages.
#include <algorithm>

#include "sim/outer_products.hpp"
#include "sim/plasticity.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

constexpr double kLowestTheta = 1e-2;  // a threshold at zero would fire without end

struct EiNetSettings {
    explicit EiNetSettings(const sim::Params& p)
        : p_E(p.number("p_E", "1", 0.1, sim::Check::positive,
                       "spikes an excitatory neuron should fire per frame")),
          p_I(p.number("p_I", "1", 0.2, sim::Check::positive,
                       "spikes an inhibitory neuron should fire per frame")),
          field(p.number("field", "1", 0.05, sim::Check::positive, "learning rate of the fields, r_field")),
          E_to_I(p.number("E_to_I", "1", 0.7, sim::Check::positive,
                          "learning rate of weights from excitatory to inhibitory neurons")),
          I_to_E(p.number("I_to_E", "1", 0.7, sim::Check::positive,
                          "learning rate of weights from inhibitory to excitatory neurons")),
          I_to_I(p.number("I_to_I", "1", 1.5, sim::Check::positive,
                          "learning rate of weights among inhibitory neurons")),
          threshold(p.number("threshold", "1", 0.1, sim::Check::positive,
                             "learning rate of the thresholds, r_theta")),
          stages{p.number("g_1", "1", 0.4, sim::Check::positive,
                          "factor on the rates of weights and fields in the first third of the run"),
                 p.number("g_2", "1", 0.1, sim::Check::positive, "the same in the second third"),
                 p.number("g_3", "1", 0.02, sim::Check::positive, "the same in the last third")},
          theta(p.number("theta", "1", 2.0, sim::Check::positive, "thresholds before learning")),
          weight(p.number("weight", "1", 1.0, sim::Check::positive,
                          "weights are drawn from 0 to this before learning")),
          memory(p.number("memory", "1", 50.0, sim::Check::positive,
                          "batches over which the mean rates ^y and ^x are averaged")) {
        if (memory < 1.0) p.fail("memory", "at least 1");
    }
    double p_E, p_I, field, E_to_I, I_to_E, I_to_I, threshold;
    double stages[3];
    double theta, weight, memory;
};

class EiNet final : public sim::PlasticityOf<sim::Dictionary> {
  public:
    using Settings = EiNetSettings;
    EiNet(const Settings& settings, const Context& context)
        : settings_(settings), context_(context), mean_(n(), settings.p_E) {
        std::fill(mean_.begin() + static_cast<std::ptrdiff_t>(n_E()), mean_.end(), settings.p_I);
    }

    std::string learns_weights_of() const override { return "ei_net"; }
    void prepare(sim::Program& program) const override;
    void change(const sim::Experience& experience, sim::Dictionary& dictionary,
                sim::Program& program) override;
    std::vector<double> state() const override { return mean_; }
    void restore(std::span<const double> state) override { mean_.assign(state.begin(), state.end()); }

  private:
    std::size_t n_E() const { return context_.sheet.size(); }
    std::size_t n() const { return n_E() + context_.n_hidden; }
    double g(std::size_t batch) const {
        return settings_
            .stages[std::min<std::size_t>(3 * batch / std::max<std::size_t>(context_.n_batches, 1), 2)];
    }
    /// +1: what j sends excites i; -1: it inhibits; 0: there is no synapse.
    int sign(std::size_t i, std::size_t j) const {
        if (i == j || (i < n_E() && j < n_E())) return 0;
        return j < n_E() ? 1 : -1;
    }
    double rate(std::size_t i, std::size_t j) const {
        if (j < n_E()) return settings_.E_to_I;
        return i < n_E() ? settings_.I_to_E : settings_.I_to_I;
    }
    /// Spikes of all neurons by frame: a row is a frame.
    sim::Panel by_frame(const sim::Experience& experience) const;
    void learn_weights(const sim::Panel& y, double g, sim::Interaction& Q) const;

    Settings settings_;
    Context context_;
    std::vector<double> mean_;  // spikes per frame of each neuron, over many batches
};

void EiNet::prepare(sim::Program& program) const {
    for (std::size_t j = 0; j < n(); ++j) {
        sim::Stream random(context_.seed, sim::Purpose::plasticity, j);
        for (const auto& run : program.Q.runs(j)) {
            const auto w = program.Q.weights(run);
            for (std::size_t k = 0; k < run.size; ++k)
                w[k] = static_cast<float>(-sign(run.first + k, j) * settings_.weight * random.uniform());
        }
    }
    program.lambda.assign(n(), settings_.theta);
}

sim::Panel EiNet::by_frame(const sim::Experience& experience) const {
    const auto B = static_cast<std::size_t>(experience.codes.cols());
    sim::Panel y(B, n());
    for (std::size_t k = 0; k < B; ++k) {
        const auto frame = static_cast<Eigen::Index>(k);
        std::copy_n(experience.codes.col(frame).data(), n_E(), y.row(k));
        std::copy_n(experience.hidden.col(frame).data(), context_.n_hidden, y.row(k) + n_E());
    }
    return y;
}

void EiNet::learn_weights(const sim::Panel& y, double g, sim::Interaction& Q) const {
    const sim::Panel products = outer_products(y, y);  // sums of y_i x_j over frames
    const double share = 1.0 / static_cast<double>(y.rows());
    for (std::size_t j = 0; j < n(); ++j)
        for (const auto& run : Q.runs(j)) {
            const auto w = Q.weights(run);
            for (std::size_t k = 0; k < run.size; ++k) {
                const std::size_t i = run.first + k;
                const int s = sign(i, j);
                if (s == 0) continue;
                double W = -s * static_cast<double>(w[k]);
                W += g * rate(i, j) *
                     (share * static_cast<double>(products.row(j)[i]) - mean_[i] * mean_[j] * (1.0 + W));
                w[k] = static_cast<float>(-s * std::max(W, 0.0));
            }
        }
}

void EiNet::change(const sim::Experience& experience, sim::Dictionary& dictionary, sim::Program& program) {
    const sim::Panel y = by_frame(experience);
    const double share = 1.0 / static_cast<double>(y.rows());
    for (std::size_t i = 0; i < n(); ++i) {
        double sum = 0.0;
        for (std::size_t k = 0; k < y.rows(); ++k) sum += static_cast<double>(y.row(k)[i]);
        mean_[i] += (share * sum - mean_[i]) / settings_.memory;
        const double p = i < n_E() ? settings_.p_E : settings_.p_I;
        program.lambda[i] =
            std::max(program.lambda[i] + settings_.threshold * (share * sum - p), kLowestTheta);
    }
    const double factor = g(experience.batch);
    learn_weights(y, factor, program.Q);
    const auto step = static_cast<float>(factor * settings_.field * share);
    const Eigen::MatrixXf& codes = experience.codes;
    std::vector<float> keep;
    for (Eigen::Index i = 0; i < codes.rows(); ++i) keep.push_back(1.0F - step * codes.row(i).squaredNorm());
    dictionary.learn_freely(keep, experience.frames, step * codes);
}

const sim::RegisterPlasticity<EiNet> ei_net{
    "ei_net", "fields (Oja), signed weights and thresholds of neurons of kind ei_net"};

}  // namespace
}  // namespace models
