// Neurons of sheets are joined the more often the nearer they are: p(d) = p0 exp(-d^2 / (2 sigma^2)). Two sheets
// cover the same cortex; d is in units of the finer one.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/connectors/sheets.hpp"
#include "sim/connector.hpp"
#include "sim/elementary.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

struct DistanceDependentSettings {
    explicit DistanceDependentSettings(const sim::Params& p)
        : block(p),
          p0(p.number("p0", "1", 1.0, sim::Check::unit_interval, "probability at distance 0")),
          sigma(p.number("sigma", "1", std::nullopt, sim::Check::positive,
                         "width of the Gaussian, in sheet units")),
          autapses(p.flag("autapses", false, "whether neurons of a population may reach themselves")) {}
    sim::Params block;
    double p0, sigma;
    bool autapses;
};

class DistanceDependent final : public sim::Connector {
  public:
    using Settings = DistanceDependentSettings;
    DistanceDependent(const Settings& settings, const Context& context) : set_(settings), context_(context) {
        check_sheets(settings.block, context);
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        for (std::uint32_t j = 0; j < context_.sources; ++j) {
            sim::Stream random(context_.seed, sim::Purpose::connections,
                               sim::stream_index(context_.number, j));
            for (std::uint32_t i = 0; i < context_.targets; ++i) {
                const double d = sim::distance(*context_.source_sheet, j, *context_.target_sheet, i);
                const double p = set_.p0 * sim::exp(-d * d / (2.0 * set_.sigma * set_.sigma));
                if (random.uniform() < p && (set_.autapses || !context_.is_recurrent || i != j))
                    join({.source = j, .target = i, .distance = d});
            }
        }
    }
    /// The Gaussian's integral over the plane, or every neuron where it is wider than the sheet.
    double n_expected() const override {
        const double finest = static_cast<double>(std::max(context_.sources, context_.targets));
        const double reached =
            2.0 * std::numbers::pi * set_.sigma * set_.sigma * static_cast<double>(context_.targets) / finest;
        return set_.p0 * static_cast<double>(context_.sources) *
               std::min(reached, static_cast<double>(context_.targets));
    }

  private:
    Settings set_;
    Context context_;
};

const sim::RegisterConnector<DistanceDependent> distance_dependent{
    "distance_dependent",
    "near neurons more often: p0 exp(-d^2 / (2 sigma^2)), d in units of the finer sheet"};

}  // namespace
}  // namespace models
