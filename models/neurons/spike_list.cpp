// Neurons that fire at given times.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/neurons/source.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

struct SpikeListSettings {
    explicit SpikeListSettings(const sim::Params& p)
        : times(p.numbers("times", "ms", sim::Check::non_negative, "when the neurons fire, in any order")),
          neurons(p.numbers("neurons", "1", sim::Check::non_negative,
                            "the neuron of each time, counted from 0; every neuron if absent")),
          all_fire(neurons.empty()) {
        if (!all_fire && neurons.size() != times.size())
            p.fail("neurons", fmt::format("as many as times, {}", times.size()),
                   fmt::format("{}", neurons.size()));
        for (const double neuron : neurons)
            if (neuron != std::floor(neuron) || neuron > 4294967294.0)
                p.fail("neurons", "numbers of neurons", fmt::format("{}", neuron));
    }
    std::vector<double> times, neurons;
    bool all_fire;
};

class SpikeList final : public Source {
  public:
    using Settings = SpikeListSettings;

    SpikeList(const Settings& settings, const Context& context)
        : Source(context.n), all_fire_(settings.all_fire) {
        for (std::size_t k = 0; k < settings.times.size(); ++k) {
            const double neuron = all_fire_ ? context.first : settings.neurons[k];
            const std::size_t n_all = std::max(context.n, context.n_all);
            if (neuron >= static_cast<double>(n_all))
                throw sim::ConfigError(
                    fmt::format("spike_list: neurons: must be below {}, the size of the population, got {}",
                                n_all, neuron));
            if (neuron >= context.first && neuron < static_cast<double>(context.first + context.n))
                list_.emplace_back(settings.times[k], static_cast<std::uint32_t>(neuron) - context.first);
        }
        std::sort(list_.begin(), list_.end());
    }
    using Population::start;
    void start(std::uint64_t /*presentation*/) override {
        at_ = 0;
        neuron_ = 0;
    }
    void state(sim::State& s) override { s(at_, neuron_); }
    double most_spikes_per_ms() const override { return sim::kNever; }  // as many as are listed
    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (at_ == list_.size() || list_[at_].first >= t_end) return std::nullopt;
        return sim::Spike{list_[at_].first, 0, all_fire_ ? neuron_ : list_[at_].second};
    }
    void fire(const sim::Spike&) override {
        if (all_fire_ && ++neuron_ < size()) return;
        neuron_ = 0;
        ++at_;
    }

  private:
    bool all_fire_;
    std::vector<std::pair<Time, std::uint32_t>> list_;  // sorted
    std::size_t at_ = 0;                                // the next one
    std::uint32_t neuron_ = 0;                          // whose turn it is, where all fire
};

const sim::RegisterPopulation<SpikeList> spike_list{"spike_list", "spikes at given times"};

}  // namespace
}  // namespace models
