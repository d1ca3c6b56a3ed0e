// Independent Poisson spike trains: exponential intervals, drawn as they are needed from a stream of each
// neuron's own. Source: Cox & Isham (1980), Point Processes.
#include <cmath>

#include "models/neurons/source.hpp"
#include "sim/elementary.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

struct PoissonSettings {
    explicit PoissonSettings(const sim::Params& p)
        : rate(p.number("rate", "Hz", std::nullopt, sim::Check::non_negative, "spikes of each neuron")) {}
    double rate;
};

class Poisson final : public Source {
  public:
    using Settings = PoissonSettings;

    Poisson(const Settings& settings, const Context& context)
        : Source(context.n),
          seed_(context.seed),
          number_(context.number),
          mean_interval_(1e3 / settings.rate),
          next_(context.n) {
        start(0);
    }
    void start(std::uint64_t presentation) override {
        streams_.clear();
        if (mean_interval_ == sim::kNever) return;
        streams_.reserve(size());
        for (std::uint32_t i = 0; i < size(); ++i) {
            const std::uint64_t index = (std::uint64_t{number_} << 32U) | i;
            streams_.emplace_back(sim::seed_of(seed_, presentation), sim::Purpose::poisson, index);
            next_.set(i, interval(i));
        }
    }
    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (next_.empty() || next_.top().t >= t_end) return std::nullopt;
        return sim::Spike{next_.top().t, 0, next_.top().neuron};
    }
    void fire(const sim::Spike& spike) override { next_.set(spike.neuron, spike.t + interval(spike.neuron)); }
    void state(sim::State& s) override { s(streams_, next_); }

  private:
    Time interval(std::uint32_t neuron) { return -mean_interval_ * sim::log1p(-streams_[neuron].uniform()); }

    std::uint64_t seed_;
    std::uint32_t number_;
    Time mean_interval_;
    std::vector<sim::Stream> streams_;
    sim::EventQueue next_;
};

const sim::RegisterPopulation<Poisson> poisson{"poisson", "independent Poisson spike trains"};

}  // namespace
}  // namespace models
