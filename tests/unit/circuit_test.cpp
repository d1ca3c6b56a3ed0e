// A circuit from its config to its file, with a population of the test's own.
#include <doctest/doctest.h>

#include "sim/circuit_run.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/stop.hpp"
#include "tests/cells.hpp"
#include "tests/support.hpp"

namespace {

using sim::Time;

/// Neurons that fire once, at times they are given, add up what arrives, and say so.
class Adder final : public test::Stub {
  public:
    struct Settings {
        explicit Settings(const sim::Params& p)
            : times(p.numbers("times", "ms", sim::Check::non_negative, "when each neuron fires")) {}
        std::vector<double> times;
    };
    Adder(const Settings& settings, const Context& context) : times_(settings.times), sum_(context.n) {}

    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (at_ == times_.size() || times_[at_] >= t_end) return std::nullopt;
        return sim::Spike{times_[at_], 0, static_cast<std::uint32_t>(at_)};
    }
    void fire(const sim::Spike&) override { ++at_; }
    void advance(Time) override {}
    std::size_t size() const override { return sum_.size(); }
    using Stub::receive;
    void receive(std::uint32_t neuron, double weight, Time) override { sum_[neuron] += weight; }
    std::string weight_unit() const override { return "nS"; }
    void set_current(std::uint32_t neuron, double I, Time) override { sum_[neuron] += 100.0 * I; }
    std::string current_unit() const override { return "pA"; }
    std::vector<sim::Variable> variables() const override { return {{"x", "nS"}, {"half", "nS"}}; }
    double value(std::size_t variable, std::uint32_t neuron, Time) const override {
        return variable == 0 ? sum_[neuron] : 0.5 * sum_[neuron];
    }
    std::vector<sim::NamedArray> inner_weights() const override {
        return {{"sums", "nS", "what has arrived", {sum_.size(), 1}, sum_}};
    }

  private:
    std::vector<double> times_, sum_;
    std::size_t at_ = 0;
};

const sim::RegisterPopulation<Adder> adder{"test_adder", "adds up what arrives"};

constexpr const char* kConfig = R"(
duration: 10 ms
populations:
  a: {kind: test_adder, size: 2, test_adder: {times: [1 ms, 4 ms]}}
  b: {kind: test_adder, size: 3, test_adder: {times: []}}
projections:
  p: {from: a, to: [a, b], weight: 2 nS, delay: 2 ms}
currents:
  c: {to: b, neurons: [1], times: [6 ms], amplitudes: [1 pA]}
record:
  spikes: [a]
  rate_bin: 4 ms
  weights: p
  state:
    half: {population: b, variable: half, neurons: [2, 1], every: 3 ms}
    late: {population: a, variable: x, start: 6 ms, stop: 8 ms}
)";

}  // namespace

TEST_CASE("a circuit is run as its config says, and written") {
    const test::TempDir dir;
    const std::string path = dir.file("out.h5");
    const auto summary = sim::run(sim::RunSettings(sim::Params::parse(kConfig, "x.yaml")), {.output = path});
    CHECK(summary.synapses == 2 + 6);  // no neuron of a reaches itself
    CHECK(summary.events == 2 + 8);
    REQUIRE(summary.populations.size() == 2);
    CHECK(summary.populations[0].spikes == 2);
    CHECK(summary.populations[0].rate == doctest::Approx(100.0));

    const sim::io::File file = sim::io::open_striate_file(path, "network");
    using Values = std::vector<double>;
    CHECK(file.read<double>("/spikes/a/timestamps") == Values{1.0, 4.0});
    CHECK(file.read<double>("/spikes/a/node_ids") == Values{0.0, 1.0});
    CHECK_FALSE(file.exists("/spikes/b"));
    // Each neuron of b gets 2 nS at 3 and at 6 ms; samples at 0, 3, 6, 9 ms stand before what happens then.
    CHECK(file.read<double>("/report/half/data") == Values{0, 0, 0, 0, 1, 1, 2, 52});
    CHECK(file.shape("/report/half/data") == sim::io::Shape{4, 2});
    CHECK(file.read<double>("/report/half/mapping/node_ids") == Values{2, 1});
    CHECK(file.read<double>("/report/half/mapping/time") == Values{0, 10, 3});
    CHECK(file.read<double>("/report/late/data") == Values{0, 2, 2, 2});
    CHECK(file.read<double>("/rates/a/rate") == Values{125.0, 125.0, 0.0});  // the last bin is shorter
    CHECK(file.read<double>("/network/b/sums") == Values{4.0, 104.0, 4.0});
    CHECK(file.shape("/network/b/sums") == sim::io::Shape{3, 1});
    CHECK(file.read<double>("/projections/p/a/source") == Values{0, 1});
    CHECK(file.read<double>("/projections/p/a/target") == Values{1, 0});
    CHECK(file.read<double>("/projections/p/b/weight") == Values(6, 2.0));
    CHECK(file.read_attribute<std::string>("/projections/p/b/weight", "units") == "nS");
}

TEST_CASE("a circuit that fails or is stopped leaves no file") {
    const test::TempDir dir;
    sim::request_stop();
    CHECK_THROWS_AS(
        sim::run(sim::RunSettings(sim::Params::parse(kConfig, "x.yaml")), {.output = dir.file("out.h5")}),
        sim::Interrupted);
    sim::withdraw_stop();
    CHECK(dir.names().empty());
}

TEST_CASE("a weight's unit is that of the target") {
    const auto settings = [](const std::string& weight) {
        return sim::RunSettings(sim::Params::parse(kConfig, "x.yaml", {"projections.p.weight=" + weight}));
    };
    CHECK(settings("1 uS").projections[0].weight.mean == 1e3);
    CHECK_THROWS_AS(settings("1 mV"), sim::ConfigError);
    CHECK_THROWS_AS(settings("1"), sim::ConfigError);
}

TEST_CASE("a key set below an anchor is set for the population named, not for others of the anchor") {
    const auto tau_m = [](const sim::Params& config) {
        const sim::RunSettings circuit(config);
        std::vector<double> all;
        const auto populations = sim::Params::parse(circuit.resolved, "resolved").block("populations");
        for (const char* name : {"excitatory", "inhibitory"})
            all.push_back(
                populations.block(name).block("lif_delta").number("tau_m", "ms", 0.0, sim::Check::any, ""));
        return all;
    };
    const std::string brunel = STRIATE_SOURCE_DIR "/configs/brunel.yaml";
    const double usual = tau_m(sim::Params::load(brunel)).at(1);
    CHECK(tau_m(sim::Params::load(brunel, {"populations.excitatory.lif_delta.tau_m=12 ms"})) ==
          std::vector{12.0, usual});
    CHECK(tau_m(sim::Params::load(brunel, {"populations.inhibitory.lif_delta.tau_m=12 ms"})) ==
          std::vector{usual, 12.0});
}
