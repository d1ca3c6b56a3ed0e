// Spike-timing-dependent plasticity of pairs (Song, Miller & Abbott 2000, eqs. 1 and 2), additive:
//
//     t_post >= t_pre:  w += A_plus  w_max exp(-(t_post - t_pre) / tau_plus)
//     t_post <  t_pre:  w -= A_minus w_max exp(-(t_pre - t_post) / tau_minus)
//
// for all pairs of an arrival t_pre at the synapse and a spike t_post of its target, each when its later
// spike happens, and w held within its bounds after each. An arrival feels the weight its own depression has
// left.
#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/elementary.hpp"
#include "sim/synapse_rule.hpp"

namespace models {
namespace {

using sim::Check;
using sim::Time;

struct StdpPairSettings {
    explicit StdpPairSettings(const sim::Params& p)
        : tau_plus(p.number("tau_plus", "ms", 20.0, Check::positive, "window of potentiation")),
          tau_minus(p.number("tau_minus", "ms", 20.0, Check::positive, "window of depression")),
          A_plus(p.number("A_plus", "1", 0.005, Check::non_negative,
                          "greatest potentiation by a pair, as a fraction of w_max")),
          A_minus(
              p.number("A_minus", "1", 1.05 * A_plus, Check::non_negative,
                       "greatest depression by a pair, as a fraction of w_max; 1.05 A_plus if not given")) {}
    Time tau_plus, tau_minus;
    double A_plus, A_minus;
};

/// The spikes of each target are kept until every synapse on it has felt them. A synapse feels them when it
/// is next used; traces are always computed from the same spikes, so that the bits of a weight do not depend
/// on when.
class StdpPair final : public sim::SynapseRule {
  public:
    using Settings = StdpPairSettings;
    StdpPair(const Settings& settings, const Context& context)
        : set_(settings),
          w_min_(context.w_min),
          w_max_(context.w_max),
          pre_(context.synapses),
          post_(context.targets) {}

    double arrive(std::size_t synapse, std::uint32_t target, double w, Time t) override {
        w = settle(synapse, target, w);
        const auto& spikes = post_[target];
        if (!spikes.empty())  // all are before t: arrivals come first
            w = std::max(w_min_, w - set_.A_minus * w_max_ * trace_at(spikes.back(), t, set_.tau_minus));
        Pre& pre = pre_[synapse];
        pre.last = {t, trace_at(pre.last, t, set_.tau_plus) + 1.0};
        return w;
    }

    void fire(std::uint32_t target, Time t) override {
        auto& spikes = post_[target];
        spikes.push_back({t, spikes.empty() ? 1.0 : trace_at(spikes.back(), t, set_.tau_minus) + 1.0});
        ++n_kept_;
    }

    double settle(std::size_t synapse, std::uint32_t target, double w) override {
        Pre& pre = pre_[synapse];
        const auto& spikes = post_[target];
        for (; pre.n_felt < spikes.size(); ++pre.n_felt)
            w = std::min(w_max_,
                         w + set_.A_plus * w_max_ * trace_at(pre.last, spikes[pre.n_felt].t, set_.tau_plus));
        return w;
    }

    std::size_t n_kept() const override { return n_kept_; }

    void forget() override {
        for (auto& spikes : post_)
            if (spikes.size() > 1) spikes.erase(spikes.begin(), spikes.end() - 1);
        for (Pre& pre : pre_) pre.n_felt = pre.n_felt > 0 ? 1 : 0;
        n_kept_ = 0;
    }
    void state(sim::State& s) override { s(pre_, post_, n_kept_); }

  private:
    /// A sum of exponentials as it stood right after the spike at t.
    struct Trace {
        Time t = 0.0;
        double sum = 0.0;
    };
    struct Pre {
        Trace last;                // at the last arrival
        std::uint32_t n_felt = 0;  // spikes of the target, of those kept
    };
    static double trace_at(const Trace& trace, Time t, Time tau) {
        return trace.sum == 0.0 ? 0.0 : trace.sum * sim::exp((trace.t - t) / tau);
    }

    Settings set_;
    double w_min_, w_max_;
    std::vector<Pre> pre_;                  // by synapse
    std::vector<std::vector<Trace>> post_;  // by target, in order of time
    std::size_t n_kept_ = 0;
};

const sim::RegisterSynapseRule<StdpPair> stdp_pair{
    "stdp_pair", "spike timing, all pairs, additive (Song, Miller & Abbott 2000)"};

}  // namespace
}  // namespace models
