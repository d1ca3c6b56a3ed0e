// The event loop with what circuits add to it: arrivals after delays, steps of current, and looking on.
#include "sim/simulation.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/ode.hpp"
#include "sim/stop.hpp"
#include "tests/cells.hpp"

namespace {

using sim::Time;

/// Neurons that fire at given times and write down all that happens to them.
class Diary final : public test::Stub {
  public:
    Diary(std::vector<std::pair<Time, std::uint32_t>> spikes, std::vector<std::string>& log, std::string name)
        : spikes_(std::move(spikes)), log_(log), name_(std::move(name)) {}

    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (spikes_.empty() || spikes_[0].first >= t_end) return std::nullopt;
        return sim::Spike{spikes_[0].first, 0, spikes_[0].second};
    }
    void fire(const sim::Spike& spike) override {
        note(fmt::format("fires {}", spike.neuron), spike.t);
        spikes_.erase(spikes_.begin());
    }
    void advance(Time t) override { note("ends", t); }
    std::size_t size() const override { return 4; }
    using Stub::receive;
    void receive(std::uint32_t neuron, double weight, Time t) override {
        note(fmt::format("gets {} at {}", weight, neuron), t);
    }
    std::string weight_unit() const override { return "mV"; }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        note(fmt::format("current {} at {}", I, neuron), t);
    }
    std::string current_unit() const override { return "pA"; }

  private:
    void note(const std::string& what, Time t) { log_.push_back(fmt::format("{} {} {}", t, name_, what)); }

    std::vector<std::pair<Time, std::uint32_t>> spikes_;
    std::vector<std::string>& log_;
    std::string name_;
};

using Log = std::vector<std::string>;

/// a fires at 1 (neuron 0), 4 (1) and 6 (0); b at 4 (2). a0 reaches b0 after 2, b1 after 2, b2 after 3 ms.
struct Pair {
    Log log;
    sim::Simulation simulation;
    sim::Population *a, *b;
    Pair() {
        a = &simulation.add(std::make_unique<Diary>(
            std::vector<std::pair<Time, std::uint32_t>>{{1.0, 0}, {4.0, 1}, {6.0, 0}}, log, "a"));
        b = &simulation.add(
            std::make_unique<Diary>(std::vector<std::pair<Time, std::uint32_t>>{{4.0, 2}}, log, "b"));
        simulation.connect(
            sim::Projection(0, 1, *b, test::synapses({{{2, 7.0, 3.0}, {1, 6.0, 2.0}, {0, 5.0, 2.0}}, {}})));
    }
};

const Log kExpected = {"1 a fires 0", "3 b gets 5 at 0", "3 b gets 6 at 1", "4 b gets 7 at 2", "4 a fires 1",
                       "4 b fires 2", "6 a fires 0",     "8 b gets 5 at 0", "8 b gets 6 at 1"};

}  // namespace

TEST_CASE("spikes arrive after their delays, before the spikes of the same time") {
    Pair pair;
    pair.simulation.run_until(9.0);
    Log expected = kExpected;
    expected.insert(expected.end(), {"9 a ends", "9 b ends"});
    CHECK(pair.log == expected);
    CHECK(pair.simulation.n_arrivals() == 5);
    pair.simulation.run_until(10.0);
    CHECK(pair.log[expected.size()] == "9 b gets 7 at 2");
}

TEST_CASE("a graded spike multiplies the weights on its way, whether delays differ or not") {
    struct Graded final : test::Stub {
        std::optional<sim::Spike> next_spike(Time t_end) override {
            const Time t = n == 0 ? 1.0 : 2.0;
            return n < 2 && t < t_end ? std::optional(sim::Spike{t, 0, 0, n == 0 ? -0.5 : 2.0})
                                      : std::nullopt;
        }
        void fire(const sim::Spike&) override { ++n; }
        bool has_graded_spikes() const override { return true; }
        int n = 0;
    };
    for (const Time late : {3.0, 2.0}) {
        Log log;
        sim::Simulation simulation;
        simulation.add(std::make_unique<Graded>());
        sim::Population& b =
            simulation.add(std::make_unique<Diary>(std::vector<std::pair<Time, std::uint32_t>>{}, log, "b"));
        simulation.connect(sim::Projection(0, 1, b, test::synapses({{{1, 6.0, 2.0}, {2, 7.0, late}}})));
        simulation.run_until(9.0);
        Log expected{"3 b gets -3 at 1", "4 b gets 12 at 1", "4 b gets -3.5 at 2", "5 b gets 14 at 2",
                     "9 b ends"};
        if (late == 2.0)
            expected = {"3 b gets -3 at 1", "3 b gets -3.5 at 2", "4 b gets 12 at 1", "4 b gets 14 at 2",
                        "9 b ends"};
        std::ranges::sort(log);
        std::ranges::sort(expected);
        CHECK(log == expected);
        REQUIRE(simulation.spikes().size() == 2);
        CHECK(simulation.spikes()[0].amount == -0.5);
    }
}

TEST_CASE("steps of current come before what else happens at their time, in the order they were given") {
    Pair pair;
    pair.simulation.set_current(1, 3, 2.5, 4.0);
    pair.simulation.set_current(1, 3, 1.5, 3.0);
    pair.simulation.set_current(0, 0, 9.0, 4.0);
    pair.simulation.run_until(4.5);
    Log expected(kExpected.begin(), kExpected.begin() + 6);
    expected.insert(expected.begin() + 1, "3 b current 1.5 at 3");
    expected.insert(expected.begin() + 4, {"4 b current 2.5 at 3", "4 a current 9 at 0"});
    expected.insert(expected.end(), {"4.5 a ends", "4.5 b ends"});
    CHECK(pair.log == expected);
}

TEST_CASE("a watch looks before anything of its time happens, and nobody notices") {
    Pair pair;
    std::vector<std::pair<Time, std::size_t>> looks;  // when, and after how many happenings
    const auto look = [&](Time t) { looks.emplace_back(t, pair.log.size()); };
    pair.simulation.watch({0.0, 3.0, 3.5, 4.0, 9.0, 9.5}, look);
    pair.simulation.watch({4.0, 20.0}, look);
    pair.simulation.run_until(9.0);
    CHECK(looks ==
          std::vector<std::pair<Time, std::size_t>>{{0, 0}, {3, 1}, {3.5, 3}, {4, 3}, {4, 3}, {9, 9}});
    CHECK(Log(pair.log.begin(), pair.log.begin() + 9) == kExpected);
    pair.simulation.run_until(10.0);
    CHECK(looks.back() == std::pair<Time, std::size_t>{9.5, 12});  // two ends and the arrival at 9
    CHECK(pair.simulation.take_spikes().size() == 4);
    CHECK(pair.simulation.spikes().empty());
}

namespace {

/// One neuron that fires again and again, `interval` apart.
class Clockwork final : public test::Stub {
  public:
    explicit Clockwork(Time interval) : interval_(interval) {}
    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (next_ >= t_end) return std::nullopt;
        return sim::Spike{next_, 0, 0};
    }
    void fire(const sim::Spike&) override { next_ += interval_; }
    using Stub::receive;
    void receive(std::uint32_t neuron, double, Time t) override {
        throw sim::NumericsError("clockwork", neuron, t, "it breaks");
    }
    std::string weight_unit() const override { return "mV"; }

  private:
    Time interval_, next_ = 5.0;
};

std::string error_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const sim::NumericsError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a population that fires without end, or all but, is named with the time; a fast one is not") {
    for (const Time interval : {0.0, 1e-12, 0.9e-3}) {
        sim::Simulation simulation;
        simulation.add(std::make_unique<Clockwork>(interval), "fast");
        const std::string what = error_of([&] { simulation.run_until(1e9); });
        CHECK(what.starts_with("population fast: neuron 0 at t = "));
        CHECK(simulation.now() < 1000.0);
    }
    sim::Simulation simulation;
    simulation.add(std::make_unique<Clockwork>(1.1e-3), "not so fast");
    simulation.run_until(1000.0);
    CHECK(simulation.spikes().size() > 900'000);
}

TEST_CASE("what breaks in a population gets its name") {
    sim::Simulation simulation;
    auto& cells = simulation.add(std::make_unique<Clockwork>(1.0), "one");
    simulation.connect(sim::Projection(0, 0, cells, test::synapses({{{0, 1.0, 0.5}}})));
    CHECK(error_of([&] { simulation.run_until(100.0); }) ==
          "population one: clockwork: neuron 0 at t = 5.5 ms: it breaks");
}

TEST_CASE("spikes are taken before too many gather") {
    sim::Simulation simulation;
    simulation.add(std::make_unique<Clockwork>(1.0));
    std::vector<std::size_t> taken;
    simulation.gather(10, [&] { taken.push_back(simulation.take_spikes().size()); });
    simulation.run_until(30.0);  // 25 spikes
    CHECK(taken == std::vector<std::size_t>{10, 10});
    CHECK(simulation.spikes().size() == 5);
}

TEST_CASE("a stop is heard at the next event") {
    sim::Simulation simulation;
    simulation.add(std::make_unique<Clockwork>(1.0));
    simulation.watch({10.5}, [](Time) { sim::request_stop(); });
    CHECK_THROWS_AS(simulation.run_until(1e9), sim::Interrupted);
    sim::withdraw_stop();
    CHECK(simulation.now() < 12.0);
    CHECK_NOTHROW(simulation.run_until(20.0));
}

TEST_CASE("instants that ought to be equal are, and no others") {
    CHECK(sim::has_come_to(0.3, 0.1 + 0.2));
    CHECK(sim::has_come_to(0.1 + 0.2, 0.3));
    CHECK(sim::has_come_to(1e6 + 0.3, 1e6 + 0.1 + 0.2));
    CHECK(sim::has_come_to(0.0, 0.0));
    CHECK(sim::has_come_to(2.0, 3.0));
    CHECK_FALSE(sim::has_come_to(2.0, 2.0 - 1e-12));
    CHECK_FALSE(sim::has_come_to(1e6, 1e6 - 1e-6));
}

TEST_CASE("an integration whose steps are too small is no endless one") {
    const auto decay = [](const sim::ode::State& x, sim::ode::State& dxdt, Time) { dxdt[0] = -x[0]; };
    sim::ode::State x{1.0};
    CHECK(error_of([&] { sim::ode::integrate_fixed(decay, x, 0.0, 1.0, 1e-12); }) != "");
    CHECK(error_of([&] { sim::ode::integrate_adaptive(decay, x, 0.0, 1e9, 1e-12, 1e-17); }) != "");
    x[0] = 1.0;
    sim::ode::integrate_adaptive(decay, x, 0.0, 1.0, 0.1, 1e-9);
    CHECK(x[0] == doctest::Approx(std::exp(-1.0)));
}

namespace {

/// Fires never; counts how often it is asked.
class Asked final : public test::Stub {
  public:
    explicit Asked(int& n) : n_(n) {}
    std::optional<sim::Spike> next_spike(Time) override {
        ++n_;
        return std::nullopt;
    }

  private:
    int& n_;
};

}  // namespace

TEST_CASE("populations to which nothing happens are not asked at every event of others") {
    sim::Simulation simulation;
    int n_asked = 0;
    for (int k = 0; k < 30; ++k) simulation.add(std::make_unique<Asked>(n_asked));
    simulation.add(std::make_unique<Clockwork>(0.1));
    simulation.add(std::make_unique<Clockwork>(0.07));
    simulation.run_until(100.0);
    CHECK(simulation.spikes().size() > 2000);
    CHECK(n_asked < 30 * 2500);  // each once a spike would be 30 x 2400
}
