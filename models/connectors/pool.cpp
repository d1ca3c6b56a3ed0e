// Each target pools the sources near it, as complex cells pool simple ones: all within reach, with weights that are a
// Gaussian of the distance times a log-normal draw, and sum to one. Of a signed code it pools ON and OFF neurons, each
// with a draw of its own. Two sheets cover the same cortex; d is in units of the finer one.
#include <cmath>
#include <numbers>

#include "models/connectors/sheets.hpp"
#include "sim/connector.hpp"
#include "sim/elementary.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

struct PoolSettings {
    explicit PoolSettings(const sim::Params& p)
        : block(p),
          sigma(p.number("sigma", "1", std::nullopt, sim::Check::positive,
                         "width of the Gaussian, in sheet units")),
          reach(p.number("reach", "1", 3.0 * sigma, sim::Check::positive,
                         "neurons further away are not pooled [sheet units]; 3 sigma if not given")),
          spread(p.number("spread", "1", 0.0, sim::Check::non_negative,
                          "standard deviation of the logarithm of what a weight is multiplied by")) {}
    sim::Params block;
    double sigma, reach, spread;
};

class Pool final : public sim::Connector {
  public:
    using Settings = PoolSettings;
    Pool(const Settings& settings, const Context& context) : set_(settings), context_(context) {
        check_sheets(settings.block, context);
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        std::vector<sim::Contact> pool;
        for (std::uint32_t i = 0; i < context_.targets; ++i) {
            sim::Stream random(context_.seed, sim::Purpose::connections,
                               sim::stream_index(context_.number, i));
            pool.clear();
            double sum = 0.0;
            for (std::uint32_t j = 0; j < context_.sources + context_.twins; ++j) {
                const double d =
                    sim::distance(*context_.source_sheet, j % context_.sources, *context_.target_sheet, i);
                if (d > set_.reach || (context_.is_recurrent && j == i)) continue;
                const double weight =
                    sim::exp(-d * d / (2.0 * set_.sigma * set_.sigma) + set_.spread * random.normal());
                sum += weight;
                pool.push_back({.source = j, .target = i, .distance = d, .factor = weight});
            }
            for (sim::Contact& contact : pool) {
                contact.factor /= sum;
                join(contact);
            }
        }
    }
    double n_expected() const override {
        const double finest = static_cast<double>(std::max(context_.sources, context_.targets));
        const auto sources = static_cast<double>(context_.sources + context_.twins),
                   targets = static_cast<double>(context_.targets);
        const double area = 1.0 + std::numbers::pi * set_.reach * set_.reach;
        return targets * std::min(sources, area * sources / finest);
    }

  private:
    Settings set_;
    Context context_;
};

const sim::RegisterConnector<Pool> pool{
    "pool", "all near neurons, with weights that are a Gaussian of the distance and sum to one"};

}  // namespace
}  // namespace models
