#include "sim/homeostasis.hpp"

#include <algorithm>
#include <numeric>

#include "sim/elementary.hpp"
#include "sim/per_neuron.hpp"

namespace sim {

HomeostasisSettings::HomeostasisSettings(const Params& root, const WhichNeurons& neurons) {
    const Params p = root.block("homeostasis");
    rate = p.number("rate", "1", 0.0, Check::non_negative,
                    "how fast lambda_i follows activity, per batch; 0: lambda stays");
    const bool has_targets = p.has("target");
    if (has_targets || p.is_describing())
        target = numbers_of(
            p, neurons, "target", "1", 0.1, Check::unit_interval,
            "part of the presentations in which a neuron is to be active; if not given, all are to be "
            "active equally often, however often that is");
    if (std::ranges::any_of(target, [](double x) { return x == 0.0; })) p.fail("target", "above 0");
    lowest = p.number("lowest", "1", has_targets ? 0.0 : 0.3, Check::non_negative,
                      "lambda_i stays above lowest x its first value; with a target 0 if not given");
    highest = p.number("highest", "1", has_targets ? 1e6 : 3.0, Check::positive,
                       "lambda_i stays below highest x its first value; with a target 1e6 if not given");
    memory = p.number("memory", "1", 20.0, Check::positive, "batches over which activity is averaged");
    if (lowest > highest) p.fail("lowest", "at most homeostasis.highest");
}

Homeostasis::Homeostasis(const HomeostasisSettings& settings, std::span<const double> lambda,
                         std::size_t n_neurons, double initial_activity)
    : settings_(settings),
      initial_lambda_(lambda.begin(), lambda.begin() + static_cast<std::ptrdiff_t>(n_neurons)),
      activity_(n_neurons, initial_activity) {}

double Homeostasis::mean_activity() const {
    return std::accumulate(activity_.begin(), activity_.end(), 0.0) / static_cast<double>(activity_.size());
}

void Homeostasis::observe(const Eigen::Ref<const Eigen::MatrixXf>& codes) {
    std::vector<std::uint32_t> n_active(activity_.size(), 0);
    for (Eigen::Index k = 0; k < codes.cols(); ++k) {
        const float* const code = codes.col(k).data();
        for (std::size_t i = 0; i < n_active.size(); ++i) n_active[i] += code[i] != 0.0F ? 1U : 0U;
    }
    const double keep = 1.0 - 1.0 / std::max(settings_.memory, 1.0);
    is_silent_ = true;
    for (std::size_t i = 0; i < activity_.size(); ++i) {
        if (n_active[i] > 0) is_silent_ = false;
        activity_[i] = keep * activity_[i] +
                       (1.0 - keep) * static_cast<double>(n_active[i]) / static_cast<double>(codes.cols());
    }
}

void Homeostasis::move(std::span<double> lambda) const {
    const bool has_targets = !settings_.target.empty();
    const double mean = mean_activity();
    if (settings_.rate == 0.0 || (mean == 0.0 && !has_targets)) return;
    for (std::size_t i = 0; i < activity_.size(); ++i) {
        const double aim = has_targets ? settings_.target[i] : mean;
        const double excess =
            std::min(activity_[i] / aim - 1.0, 1.0);  // a burst does not silence a neuron for good
        const double initial = initial_lambda_[i], step = settings_.rate * excess;
        lambda[i] = std::clamp(has_targets ? lambda[i] * sim::exp(step) : lambda[i] + initial * step,
                               settings_.lowest * initial, settings_.highest * initial);
    }
}

std::size_t Homeostasis::dead() const {
    if (is_silent_) return activity_.size();  // nobody is below a mean of nothing
    const double limit = 0.01 * mean_activity();
    return static_cast<std::size_t>(
        std::count_if(activity_.begin(), activity_.end(), [limit](double p) { return p < limit; }));
}

}  // namespace sim
