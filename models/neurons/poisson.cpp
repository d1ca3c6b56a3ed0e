// Independent Poisson spike trains: exponential intervals, drawn as they are needed from a stream of each
// neuron's own. Source: Cox & Isham (1980), Point Processes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/neurons/source.hpp"
#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/per_neuron.hpp"
#include "sim/rng.hpp"

namespace models {
namespace {

struct PoissonSettings {
    explicit PoissonSettings(const sim::Params& p)
        : rate(p.number("rate", "Hz", std::nullopt, sim::Check::non_negative, "mean rate of a neuron")) {}
    double rate;
};

class Poisson final : public Source {
  public:
    using Settings = sim::NeuronSettings<PoissonSettings>;

    Poisson(const Settings& settings, const Context& context)
        : Source(context.n),
          seed_(context.seed),
          number_(context.number),
          first_(context.first),
          settings_(settings.of(context)),
          rate_(context.n),
          next_(context.n) {
        start(0);
    }
    using Population::start;
    void start(std::uint64_t presentation) override {
        streams_.clear();
        streams_.reserve(size());
        next_.clear();
        for (std::uint32_t i = 0; i < size(); ++i) {
            const std::uint64_t index = (std::uint64_t{number_} << 32U) | (first_ + i);
            streams_.emplace_back(sim::seed_of(seed_, presentation), sim::Purpose::poisson, index);
            rate_[i] = settings_[i].rate;
            if (rate_[i] > 0.0) next_.set(i, interval(i));
        }
    }
    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (next_.empty() || next_.top().t >= t_end) return std::nullopt;
        return sim::Spike{next_.top().t, 0, next_.top().neuron};
    }
    /// Rates that step: what is still to wait is drawn anew, which of a Poisson train changes nothing.
    std::string current_unit() const override { return "Hz"; }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        if (!std::isfinite(I))
            throw sim::NumericsError("poisson", first_ + neuron, t,
                                     fmt::format("the injected current is {}", I));
        rate_[neuron] = std::max(settings_[neuron].rate + I, 0.0);
        if (rate_[neuron] > 0.0)
            next_.set(neuron, t + interval(neuron));
        else
            next_.remove(neuron);
    }
    void fire(const sim::Spike& spike) override { next_.set(spike.neuron, spike.t + interval(spike.neuron)); }
    void live(const sim::Reached&, Time end, std::vector<sim::Spike>& spikes) override {
        while (!next_.empty() && next_.top().t < end) {
            auto [t, neuron] = next_.top();
            for (; t < end; t += interval(neuron)) spikes.push_back({t, 0, neuron});
            next_.set(neuron, t);
        }
    }
    void state(sim::State& s) override { s(streams_, next_, rate_); }

  private:
    Time interval(std::uint32_t neuron) {
        return -1e3 / rate_[neuron] * sim::log1p(-streams_[neuron].uniform());
    }

    std::uint64_t seed_;
    std::uint32_t number_, first_;
    sim::PerNeuron<PoissonSettings> settings_;
    std::vector<double> rate_;  // of each neuron now [Hz]
    std::vector<sim::Stream> streams_;
    sim::EventQueue next_;
};

const sim::RegisterPopulation<Poisson> poisson{
    "poisson", "independent Poisson spike trains; an injected current adds to the rate"};

}  // namespace
}  // namespace models
