// Thresholds that move so that all neurons are active equally often, and the count of those that are dead.
#pragma once
#include <Eigen/Core>
#include <span>
#include <vector>

#include "sim/params.hpp"

namespace sim {

struct HomeostasisSettings {
    /// neurons: those whose thresholds move
    explicit HomeostasisSettings(const Params& root, const WhichNeurons& neurons = {});
    double rate;  // of lambda_i per batch, relative
    std::vector<double>
        target;  // part of presentations in which each neuron is to be active; empty: the mean of all
    double lowest, highest;  // lambda_i / lambda_i(0)
    double memory;           // batches over which activity is averaged
};

class Homeostasis {
  public:
    /// lambda: thresholds as they are at first, shape (N); those of hidden neurons may follow.
    /// initial_activity: forgotten after a few times `memory`.
    Homeostasis(const HomeostasisSettings& settings, std::span<const double> lambda, std::size_t n_neurons,
                double initial_activity = 0.02);

    /// After a batch of codes (N, B): updates the running activity. Who is active has a code that is not 0.
    void observe(const Eigen::Ref<const Eigen::MatrixXf>& codes);
    /// After it, lambda (N), within [lowest, highest] lambda_i(0):
    ///     without targets  lambda_i += rate lambda_i(0) min(p_i / mean p - 1, 1)
    ///     with targets     log lambda_i += rate min(p_i / target_i - 1, 1)
    void move(std::span<double> lambda) const;

    bool is_on() const { return settings_.rate > 0.0; }
    /// Running fraction of presentations in which each neuron was active, shape (N).
    const std::vector<double>& activity() const { return activity_; }
    void restore(std::span<const double> activity) { activity_.assign(activity.begin(), activity.end()); }

    /// Neurons whose activity is below 1 % of the mean neuron's; all after a batch in which none was active.
    std::size_t dead() const;

  private:
    double mean_activity() const;

    HomeostasisSettings settings_;
    std::vector<double> initial_lambda_;  // shape (N)
    std::vector<double> activity_;
    bool is_silent_ = false;  // nobody was active in the last batch
};

}  // namespace sim
