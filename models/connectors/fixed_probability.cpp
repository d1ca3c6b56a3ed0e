// Each pair of neurons is joined with the same probability, independently of all others (Erdos & Renyi 1959).
#include "sim/connector.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

struct FixedProbabilitySettings {
    explicit FixedProbabilitySettings(const sim::Params& block)
        : p(block.number("p", "1", std::nullopt, sim::Check::unit_interval,
                         "probability that a pair is joined")),
          autapses(block.flag("autapses", false, "whether neurons of a population may reach themselves")) {}
    double p;
    bool autapses;
};

class FixedProbability final : public sim::Connector {
  public:
    using Settings = FixedProbabilitySettings;
    FixedProbability(const Settings& settings, const Context& context) : set_(settings), context_(context) {}

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        for (std::uint32_t j = 0; j < context_.sources; ++j) {
            sim::Stream random(context_.seed, sim::Purpose::connections,
                               sim::stream_index(context_.number, j));
            for (std::uint32_t i = 0; i < context_.targets; ++i)
                if (random.uniform() < set_.p && (set_.autapses || !context_.is_recurrent || i != j))
                    join({j, i});
        }
    }
    double n_expected() const override {
        return set_.p * static_cast<double>(context_.sources) * static_cast<double>(context_.targets);
    }

  private:
    Settings set_;
    Context context_;
};

const sim::RegisterConnector<FixedProbability> fixed_probability{
    "fixed_probability", "each pair with the same probability, independently"};

}  // namespace
}  // namespace models
