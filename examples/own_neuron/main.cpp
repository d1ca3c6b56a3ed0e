// A network of one's own, with a kind of neuron of one's own, on the installed library: neurons that fire like a metronome
// drive integrate-and-fire cells, step by step.
#include <cstdio>

#include "sim/registry.hpp"
#include "sim/stepped_network.hpp"

namespace {

/// Neuron i of n fires at times (k + i / n) period, k = 1, 2, ...
class Metronome final : public sim::Population {
  public:
    struct Settings {
        explicit Settings(const sim::Params& p)
            : period(p.number("period", "ms", 10.0, sim::Check::positive, "between two spikes of a neuron")) {
        }
        sim::Time period;
    };

    Metronome(const Settings& settings, const Context& context) : period_(settings.period), n_(context.n) {}
    std::size_t size() const override { return n_; }
    std::optional<sim::Spike> next_spike(sim::Time t_end) override {
        const sim::Time t = period_ * (1.0 + static_cast<double>(fired_) / static_cast<double>(n_));
        if (t >= t_end) return std::nullopt;
        return sim::Spike{t, 0, static_cast<std::uint32_t>(fired_ % n_)};
    }
    void fire(const sim::Spike&) override { ++fired_; }
    void advance(sim::Time) override {}
    using Population::start;
    void start(std::uint64_t) override { fired_ = 0; }
    void state(sim::State& s) override { s(fired_); }

  private:
    sim::Time period_;
    std::size_t n_;
    std::uint64_t fired_ = 0;  // spikes so far, of all neurons in turn
};

const sim::RegisterPopulation<Metronome> metronome{"metronome", "neurons that fire in turn, for ever"};

constexpr const char* kConfig = R"(
duration: 100 ms
populations:
  beat: {kind: metronome, size: 4, metronome: {period: 20 ms}}
  cells: {kind: lif_delta, size: 4}
projections:
  drive: {from: beat, to: cells, connect: {kind: one_to_one}, weight: 30 mV, delay: 1 ms}
)";

}  // namespace

int main() {
    sim::SteppedNetwork network(sim::read_settings(sim::Params::parse(kConfig, "(config)"), "(config)"));
    for (int step = 0; step < 2; ++step) {
        network.run(50.0);
        std::size_t beats = 0, spikes = 0;
        for (const sim::Spike& spike : network.take_spikes()) ++(spike.population == 0 ? beats : spikes);
        std::printf("%3.0f ms: %zu beats, %zu spikes\n", network.now(), beats, spikes);
    }
}
