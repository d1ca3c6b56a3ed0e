// Weights that follow the correlation of what both neurons do in a batch of presentations, under a constant sum:
//
//     C_ij = correlation over the batch of y_i and x_j; 0 of one that does nothing but one thing
//     m_ij <- [m_ij + eta M_i C_ij / sum_k |C_ik|]_+,   then scaled until sum_j m_ij = M_i again
//
// m_ij = |w_ij|; M_i: the sum with which the neuron began. The sign of a synapse stays: excitation gathers from those
// that are active together with the target, inhibition comes to act between them. Covariance: Sejnowski (1977), here over
// both standard deviations, or all would pool the few sources that vary most; the constant sum: von der Malsburg (1973). In
// a movie x and y are means over its frames, so that what follows each other in it belongs together, as under a trace of
// the target's activity (Foldiak 1991).
#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/batch_rule.hpp"
#include "sim/parallel.hpp"

namespace models {
namespace {

struct CorrelationSettings {
    explicit CorrelationSettings(const sim::Params& p)
        : eta(p.number("eta", "1", 0.05, sim::Check::positive,
                       "part of a neuron's whole weight that a batch can move")) {}
    double eta;
};

/// (neurons, B), each row less its mean, and of unit length where it is not constant.
Eigen::MatrixXd deviations(const Eigen::MatrixXd& activity) {
    Eigen::MatrixXd all = activity.colwise() - activity.rowwise().mean();
    for (Eigen::Index i = 0; i < all.rows(); ++i)
        if (const double length = all.row(i).norm(); length > 0.0) all.row(i) /= length;
    return all;
}

class Correlation final : public sim::BatchRule {
  public:
    using Settings = CorrelationSettings;
    Correlation(const Settings& settings, const Context& context)
        : set_(settings), whole_(context.targets, 0.0), inhibits_(context.synapses.all.size()) {
        for (std::size_t at = 0; at < inhibits_.size(); ++at) {
            const sim::Synapse& synapse = context.synapses.all[at];
            whole_[synapse.target] += std::abs(synapse.weight);
            inhibits_[at] = std::signbit(synapse.weight);
        }
    }

    void learn(const sim::BatchActivity& batch, sim::Synapses& synapses) const override {
        const std::vector<double> C = correlations(batch, synapses);
        const std::vector<double> pull =
            sums_over_sources(synapses, [&](std::size_t at) { return std::abs(C[at]); });
        std::vector<double> m(C.size());
        for (std::size_t at = 0; at < m.size(); ++at) {
            const sim::Synapse& synapse = synapses.all[at];
            const double all = pull[synapse.target];
            const double step = all > 0.0 ? set_.eta * whole_[synapse.target] * (C[at] / all) : 0.0;
            m[at] = std::max(0.0, std::abs(synapse.weight) + step);
        }
        const std::vector<double> sum = sums_over_sources(synapses, [&](std::size_t at) { return m[at]; });
        for (std::size_t at = 0; at < m.size(); ++at) {
            sim::Synapse& synapse = synapses.all[at];
            const double all = sum[synapse.target];
            if (all == 0.0) continue;  // it would have lost all that it has
            synapse.weight =
                std::copysign(m[at] * (whole_[synapse.target] / all), inhibits_[at] ? -1.0 : 1.0);
        }
    }

  private:
    /// Of each synapse.
    static std::vector<double> correlations(const sim::BatchActivity& batch, const sim::Synapses& synapses) {
        const Eigen::MatrixXd x = deviations(batch.before).transpose(),
                              y = deviations(batch.after).transpose();
        std::vector<double> C(synapses.all.size());
        sim::parallel_for(std::size_t{0}, synapses.first.size() - 1, [&](std::size_t j) {
            for (std::size_t at = synapses.first[j]; at < synapses.first[j + 1]; ++at)
                C[at] = x.col(static_cast<Eigen::Index>(j)).dot(y.col(synapses.all[at].target));
        });
        return C;
    }

    /// Of each target, in order of sources.
    template <class Value>
    std::vector<double> sums_over_sources(const sim::Synapses& synapses, const Value& value) const {
        std::vector<double> sums(whole_.size(), 0.0);
        for (std::size_t at = 0; at < synapses.all.size(); ++at) sums[synapses.all[at].target] += value(at);
        return sums;
    }

    Settings set_;
    std::vector<double> whole_;   // M, by target
    std::vector<bool> inhibits_;  // by synapse: its weight is below 0
};

const sim::RegisterBatchRule<Correlation> correlation{
    "correlation", "correlation over a batch of presentations, under a constant sum (Sejnowski 1977)"};

}  // namespace
}  // namespace models
