// Independent Poisson spike trains: exponential intervals, drawn as they are needed from a stream of each
// neuron's own. Source: Cox & Isham (1980), Point Processes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "models/neurons/source.hpp"
#include "sim/error.hpp"
#include "sim/exponentials.hpp"
#include "sim/per_neuron.hpp"

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
          trains_(context.n),
          drawn_(context.n),
          queue_(context.n) {
        start(0);
    }
    using Population::start;
    void start(std::uint64_t presentation) override {
        seed_now_ = sim::seed_of(seed_, presentation);
        for (std::uint32_t i = 0; i < size(); ++i) {
            trains_[i] = {settings_[i].rate, sim::kNever, 0};
            if (trains_[i].rate > 0.0) trains_[i].next = interval(i);
        }
        has_queue_ = false;
    }
    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (!has_queue_) make_queue();
        if (queue_.empty() || queue_.top().t >= t_end) return std::nullopt;
        return sim::Spike{queue_.top().t, 0, queue_.top().neuron};
    }
    /// Rates that step: what is still to wait is drawn anew, which of a Poisson train changes nothing.
    std::string current_unit() const override { return "Hz"; }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        if (!std::isfinite(I))
            throw sim::NumericsError("poisson", first_ + neuron, t,
                                     fmt::format("the injected current is {}", I));
        Train& train = trains_[neuron];
        train.rate = std::max(settings_[neuron].rate + I, 0.0);
        train.next = train.rate > 0.0 ? t + interval(neuron) : sim::kNever;
        if (has_queue_) enqueue(neuron);
    }
    void fire(const sim::Spike& spike) override {
        trains_[spike.neuron].next = spike.t + interval(spike.neuron);
        enqueue(spike.neuron);
    }
    void live(const sim::Reached&, Time end, std::vector<sim::Spike>& spikes) override {
        for (std::uint32_t i = 0; i < size(); ++i) {
            Time t = trains_[i].next;
            if (t >= end) continue;
            for (; t < end; t += interval(i)) spikes.push_back({t, 0, i});
            trains_[i].next = t;
        }
        has_queue_ = false;
    }
    void state(sim::State& s) override {
        s(seed_now_, trains_);
        if (!s.is_loading()) return;
        for (std::uint32_t i = 0; i < size(); ++i)
            if (trains_[i].n_drawn % sim::kExponentials != 0) draw(i);
        has_queue_ = false;
    }

  private:
    struct Train {
        double rate;  // now [Hz]
        Time next;    // spike
        std::uint64_t n_drawn;
    };

    /// The block of random numbers that the next one is in.
    void draw(std::uint32_t neuron) {
        const std::uint64_t index = (std::uint64_t{number_} << 32U) | (first_ + neuron);
        const auto block = static_cast<std::uint32_t>(trains_[neuron].n_drawn / sim::kExponentials);
        drawn_[neuron] = sim::exponentials(seed_now_, sim::Purpose::poisson, index, block);
    }
    Time interval(std::uint32_t neuron) {
        Train& train = trains_[neuron];
        const std::size_t at = train.n_drawn % sim::kExponentials;
        if (at == 0) draw(neuron);
        ++train.n_drawn;
        return -1e3 / train.rate * drawn_[neuron][at];
    }
    void enqueue(std::uint32_t neuron) {
        if (trains_[neuron].next == sim::kNever)
            queue_.remove(neuron);
        else
            queue_.set(neuron, trains_[neuron].next);
    }
    void make_queue() {
        queue_.clear();
        for (std::uint32_t i = 0; i < size(); ++i) enqueue(i);
        has_queue_ = true;
    }

    std::uint64_t seed_, seed_now_ = 0;  // of the run; of this presentation
    std::uint32_t number_, first_;
    sim::PerNeuron<PoissonSettings> settings_;
    std::vector<Train> trains_;
    std::vector<std::array<double, sim::kExponentials>> drawn_;  // of each train, from its stream
    sim::EventQueue queue_;  // of their next spikes, where one at a time is asked for
    bool has_queue_ = false;
};

const sim::RegisterPopulation<Poisson> poisson{
    "poisson", "independent Poisson spike trains; an injected current adds to the rate"};

}  // namespace
}  // namespace models
