// Each target is reached by the same number of sources, distinct and drawn at random (Brunel 2000).
#include <fmt/format.h>

#include <numeric>
#include <vector>

#include "sim/connector.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

struct FixedIndegreeSettings {
    explicit FixedIndegreeSettings(const sim::Params& p)
        : block(p),
          K(p.count("K", std::nullopt, "sources of each target")),
          autapses(p.flag("autapses", false, "whether neurons of a population may reach themselves")) {}
    sim::Params block;
    std::size_t K;
    bool autapses;
};

class FixedIndegree final : public sim::Connector {
  public:
    using Settings = FixedIndegreeSettings;
    FixedIndegree(const Settings& settings, const Context& context)
        : K_(settings.K),
          skips_itself_(context.is_recurrent && !settings.autapses),
          candidates_(context.sources - (skips_itself_ ? 1 : 0)),
          context_(context) {
        if (K_ > candidates_) settings.block.fail("K", fmt::format("at most {}", candidates_));
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        std::vector<std::uint32_t> order(candidates_);
        std::iota(order.begin(), order.end(), 0U);
        for (std::uint32_t i = 0; i < context_.targets; ++i) {
            sim::Stream random(context_.seed, sim::Purpose::connections,
                               sim::stream_index(context_.number, i));
            for (std::size_t k = 0; k < K_; ++k) {  // the first steps of a shuffle (Fisher & Yates 1938)
                std::swap(order[k], order[k + random.below(candidates_ - k)]);
                const std::uint32_t j = order[k] + (skips_itself_ && order[k] >= i ? 1 : 0);
                join({j, i});
            }
        }
    }
    double n_expected() const override {
        return static_cast<double>(K_) * static_cast<double>(context_.targets);
    }

  private:
    std::size_t K_;
    bool skips_itself_;
    std::size_t candidates_;  // sources that may reach a target
    Context context_;
};

const sim::RegisterConnector<FixedIndegree> fixed_indegree{"fixed_indegree",
                                                           "each target from as many distinct sources"};

}  // namespace
}  // namespace models
