// Integrate-and-fire neurons with synaptic currents, against closed forms, quadrature and brute force that
// share no code with them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "sim/rng.hpp"
#include "sim/simulation.hpp"
#include "tests/cells.hpp"

using doctest::Approx;
using test::drive;
using test::Input;
using test::make_cells;

namespace {

const std::vector<std::string> kKinds = {"iaf_psc_exp", "iaf_psc_alpha"};

/// A synaptic current of peak w, t after its spike arrived.
double current(const std::string& kind, double w, double tau_syn, double t) {
    const double x = t / tau_syn;
    return kind == "iaf_psc_exp" ? w * std::exp(-x) : w * x * std::exp(1.0 - x);
}

/// What it adds to V_m: the convolution with the membrane's e^(-t / tau_m) / C_m by Simpson's rule.
double response(const std::string& kind, double w, double tau_syn, double tau_m, double C_m, double t) {
    constexpr int kPanels = 20000;
    const double end = std::min(t, 50.0 * tau_syn);  // the current is over then
    long double sum = 0.0L;
    for (int k = 0; k <= kPanels; ++k) {
        const double s = end * k / kPanels;
        const int weight = k == 0 || k == kPanels ? 1 : k % 2 == 1 ? 4 : 2;
        sum += weight * static_cast<long double>(current(kind, w, tau_syn, s) * std::exp((s - t) / tau_m));
    }
    return static_cast<double>(sum * static_cast<long double>(end) / (3.0L * kPanels)) / C_m;
}

}  // namespace

TEST_CASE("psc: without input they are the plain integrate-and-fire neuron") {
    for (const std::string& kind : kKinds) {
        CAPTURE(kind);
        const std::string keys = "E_L: 0 mV, V_reset: 0 mV, I_e: 1000 pA, V_th: ";
        CHECK(make_cells(kind, keys + "1 V")->value(0, 0, 5.0) == Approx(15.738773611494663).epsilon(1e-14));
        const auto spikes = drive(*make_cells(kind, keys + "15 mV"), {}, 15.0);
        REQUIRE(spikes.size() == 2);
        CHECK(spikes[0].t == Approx(4.700036292457356).epsilon(1e-13));
        CHECK(spikes[1].t == Approx(2 * 4.700036292457356 + 2.0).epsilon(1e-13));
    }
}

TEST_CASE("psc: cells with steady currents fire when the closed form says (PyNN's scenario 2)") {
    for (const std::string& kind : kKinds) {
        const auto cells = make_cells(kind, "E_L: 0 mV, V_reset: 0 mV, V_th: 10 mV, tau_m: 20 ms, C_m: 1 nF");
        const auto spikes = drive(*cells, {{25.0, 500.0 + 10000.0 / 83.0, 0, Input::current}}, 70.0);
        REQUIRE(spikes.size() == 1);
        CHECK(spikes[0].t == Approx(57.77993429351284).epsilon(1e-13));  // cell 10 of 83
    }
}

TEST_CASE("iaf_psc_alpha: a potential known to all digits") {
    const auto cells = make_cells("iaf_psc_alpha", "tau_syn_ex: 0.3 ms");
    cells->receive(0, 500.0, 1.132123512 + 1.0);
    CHECK(cells->value(0, 0, 3.0) + 70.0 == Approx(1.2237180269836678).epsilon(1e-13));
    CHECK(cells->value(0, 0, 6.0) + 70.0 == Approx(1.1773370092045718).epsilon(1e-13));
    CHECK(cells->value(1, 0, 2.132123512 + 0.3) == Approx(500.0).epsilon(1e-12));  // the peak is the weight
}

TEST_CASE("iaf_psc_alpha: the same potential, where a spike train and a delay bring it about") {
    sim::Simulation simulation;
    auto& train = simulation.add(make_cells("spike_list", "times: [1.132123512 ms]"));
    auto& cells = simulation.add(make_cells("iaf_psc_alpha", "tau_syn_ex: 0.3 ms"));
    CHECK(train.size() == 1);
    simulation.connect(sim::Projection(0, 1, cells, test::synapses({{{0, 500.0, 1.0}}})));
    simulation.run_until(3.0);
    CHECK(cells.value(0, 0, 3.0) + 70.0 == Approx(1.2237180269836678).epsilon(1e-13));
    simulation.run_until(6.0);
    CHECK(cells.value(0, 0, 6.0) + 70.0 == Approx(1.1773370092045718).epsilon(1e-13));
}

TEST_CASE("psc: a drive that ends at threshold never fires alone, one just above it does, late") {
    for (const std::string& kind : kKinds) {
        CAPTURE(kind);
        const std::string at = "E_L: 0 mV, V_reset: 0 mV, V_th: 40 mV, I_e: 1000 pA";
        CHECK(drive(*make_cells(kind, at), {}, 1e6).empty());
        CHECK(drive(*make_cells(kind, at), {{1.0, -100.0}}, 1e6).empty());
        // so close to threshold that a little charge brings it over
        CHECK(drive(*make_cells(kind, at), {{100.0, 10.0}}, 150.0).size() == 1);
        const auto late = drive(*make_cells(kind, at), {{0.0, 1e-3, 0, Input::current}}, 200.0);
        REQUIRE(late.size() == 1);
        CHECK(late[0].t == Approx(10.0 * std::log(40.00004 / 4e-5)).epsilon(1e-10));
    }
}

TEST_CASE("iaf_psc_exp: a spike that a grid of 0.1 ms does not see") {
    // V_m just under threshold; a current lifts it over and it comes back before the next grid point.
    const double tau_m = 100.0, C_m = 250.0, u0 = 21.0 - 0.001 * std::exp(-0.02);
    const auto cells = [&](double w) {
        auto made = make_cells(
            "iaf_psc_exp",
            fmt::format("tau_m: 100 ms, tau_syn_ex: 1 ms, V_th: -49 mV, V_init: {} mV, t_ref: 2 ms",
                        -70.0 + u0));
        made->receive(0, w, 0.0);
        return made;
    };
    // V_m + 70 = (u0 - K) e^(-t / tau_m) + K e^(-t), largest where its slope is zero; K < 0
    const auto highest = [&](double w) {
        const double K = w / C_m / (1.0 / tau_m - 1.0);
        const double t = std::log(-K * tau_m / (u0 - K)) / (1.0 - 1.0 / tau_m);
        return t <= 0.0 ? u0 : (u0 - K) * std::exp(-t / tau_m) + K * std::exp(-t);
    };
    CHECK(highest(55.0) < 21.0);
    CHECK(highest(70.0) > 21.0);
    CHECK_FALSE(cells(55.0)->next_spike(1e9));
    for (const auto& [w, t] : {std::pair{70.0, 4.014415459912326}, {90.0, 4.006586385666180}}) {
        const auto spikes = drive(*cells(w), {}, 1000.0);
        REQUIRE(spikes.size() == 1);
        CHECK(4.0 + spikes[0].t == Approx(t).epsilon(1e-13));  // V_m's last bit over its slope
    }
}

TEST_CASE("psc: time constants that are equal, or nearly, or far apart, give what quadrature gives") {
    for (const std::string& kind : kKinds)
        for (const double tau_m : {1.0, 10.0})
            for (const double ratio : {1.0, 1.0 + 1e-15, 1.0 + 1e-14, 1.0 - 1e-14, 1.0 + 1e-12, 1.0 - 1e-9,
                                       1.0 + 1e-7, 1.0 - 1e-5, 1.0 + 1e-3, 0.9, 1.3, 0.02, 40.0}) {
                const double tau_syn = tau_m * ratio;
                const auto cells = make_cells(
                    kind,
                    fmt::format("E_L: 0 mV, V_reset: 0 mV, V_th: 1 V, tau_m: {} ms, tau_syn_ex: {} ms, "
                                "tau_syn_in: {} ms",
                                tau_m, tau_syn, tau_syn),
                    2);
                cells->receive(0, 300.0, 0.0);
                cells->receive(1, -300.0, 0.0);
                for (const double t : {0.01, 0.5, 3.0, 12.0, 40.0}) {
                    CAPTURE(kind);
                    CAPTURE(tau_m);
                    CAPTURE(ratio);
                    CAPTURE(t);
                    const double V_m = cells->value(0, 0, t);
                    const double expected = response(kind, 300.0, tau_syn, tau_m, 250.0, t);
                    CHECK(std::abs(V_m - expected) <= 1e-10 * expected);  // Simpson's error at tau 0.02 ms
                    if (tau_syn > 0.5 && t <= 12.0) CHECK(std::abs(V_m - expected) <= 1e-12 * expected);
                    CHECK(cells->value(0, 1, t) == -V_m);
                }
            }
}

TEST_CASE("psc: a potential does not depend on how often it was looked at or the neuron was reached") {
    for (const std::string& kind : kKinds) {
        const std::string keys = "tau_syn_in: 9.999999 ms, V_th: 0 mV";
        const auto once = make_cells(kind, keys), often = make_cells(kind, keys);
        for (const auto& cells : {once.get(), often.get()}) {
            cells->receive(0, 400.0, 1.0);
            cells->receive(0, -300.0, 1.5);
        }
        for (int k = 0; k < 100; ++k) often->receive(0, 0.0, 2.0 + 0.1 * k);
        for (const double t : {12.0, 20.0, 50.0})
            CHECK(often->value(0, 0, t) == Approx(once->value(0, 0, t)).epsilon(1e-14));
    }
}

TEST_CASE("psc: while refractory V_m stays and the currents go on") {
    for (const std::string& kind : kKinds) {
        CAPTURE(kind);
        const auto cells = make_cells(kind, "V_init: -55 mV, t_ref: 3 ms, tau_syn_ex: 5 ms");
        REQUIRE(drive(*cells, {}, 0.5).size() == 1);  // at 0
        cells->receive(0, 100.0, 1.0);
        CHECK(cells->value(0, 0, 2.9) == -70.0);
        CHECK(cells->value(0, 0, 3.0) == -70.0);
        CHECK(cells->value(1, 0, 2.0) == Approx(current(kind, 100.0, 5.0, 1.0)).epsilon(1e-14));
        // from 3 ms on only what is left of the current acts
        const double after = response(kind, 100.0, 5.0, 10.0, 250.0, 6.0) -
                             std::exp(-0.4) * response(kind, 100.0, 5.0, 10.0, 250.0, 2.0);
        CHECK(cells->value(0, 0, 7.0) + 70.0 == Approx(after).epsilon(1e-12));
    }
}

namespace {

/// Brute force: V_m and currents of distinct time constants, stepped by their closed form.
struct Walker {
    std::string kind;
    double tau_m, tau_ex, tau_in, C_m = 250.0, E_L = -70.0, V_reset = -70.0;
    double V_m = -70.0, I_ex = 0.0, q_ex = 0.0, I_in = 0.0, q_in = 0.0;

    struct Propagator {
        double syn, of_I, of_q;
    };
    Propagator propagator(double tau, double dt) const {
        const double c = 1.0 / tau_m - 1.0 / tau, E = std::exp(-dt / tau), M = std::exp(-dt / tau_m);
        return {E, (E - M) / c / C_m, (dt * E / c - (E - M) / (c * c)) / C_m};
    }
    struct Step {
        double dt, M;
        Propagator ex, in;
    };
    Step step_of(double dt) const {
        return {dt, std::exp(-dt / tau_m), propagator(tau_ex, dt), propagator(tau_in, dt)};
    }
    void walk(const Step& s, bool is_refractory) {
        if (!is_refractory)
            V_m = E_L + (V_m - E_L) * s.M + I_ex * s.ex.of_I + q_ex * s.ex.of_q + I_in * s.in.of_I +
                  q_in * s.in.of_q;
        I_ex = (I_ex + q_ex * s.dt) * s.ex.syn;
        q_ex *= s.ex.syn;
        I_in = (I_in + q_in * s.dt) * s.in.syn;
        q_in *= s.in.syn;
    }
    void receive(double w) {
        if (kind == "iaf_psc_exp")
            (w > 0.0 ? I_ex : I_in) += w;
        else
            (w > 0.0 ? q_ex : q_in) += w * std::numbers::e / (w > 0.0 ? tau_ex : tau_in);
    }
};

/// Excitation and inhibition that make V_m wander around threshold.
std::vector<Input> random_inputs(std::uint64_t number, double strength, double T) {
    sim::Stream random(7, sim::Purpose::test, number);
    std::vector<Input> inputs;
    for (double t = 0.0; t < T; t -= 1.5 * std::log1p(-random.uniform()))
        inputs.push_back({t, strength * (random.uniform() < 0.6 ? 1.0 : -1.0) * random.uniform(0.2, 2.0)});
    return inputs;
}

/// Walks through all that happened and counts the steps with V_m at threshold before a spike was made.
std::size_t missed(Walker walker, const std::vector<Input>& inputs, const std::vector<double>& spikes,
                   double t_ref, double T) {
    constexpr double h = 1e-4, V_th = -55.0;
    const auto step = walker.step_of(h);
    std::vector<double> stops = spikes;
    for (const double t : spikes) stops.push_back(t + t_ref);
    for (const Input& input : inputs) stops.push_back(input.t);
    stops.push_back(T);
    std::sort(stops.begin(), stops.end());
    double t = 0.0, t_free = 0.0;
    std::size_t n_missed = 0, spike = 0, input = 0;
    for (const double stop : stops) {
        if (stop > T) break;
        for (; t + h < stop; t += h) {
            walker.walk(step, t < t_free);
            if (walker.V_m > V_th + 1e-10) ++n_missed;
        }
        walker.walk(walker.step_of(stop - t), t < t_free);
        t = stop;
        if (spike < spikes.size() && spikes[spike] == t) {
            CHECK(walker.V_m == Approx(V_th).epsilon(1e-10));
            walker.V_m = walker.V_reset;
            t_free = t + t_ref;
            ++spike;
        }
        for (; input < inputs.size() && inputs[input].t == t; ++input) walker.receive(inputs[input].value);
    }
    CHECK(spike == spikes.size());
    return n_missed;
}

}  // namespace

TEST_CASE("psc: no crossing of the threshold is missed, and none is made up") {
    constexpr double T = 200.0;
    struct Case {
        double tau_m, tau_ex, tau_in, strength;
    };
    std::size_t n_spikes = 0;
    std::uint64_t number = 0;
    for (const std::string& kind : kKinds)
        for (const Case& c : {Case{10.0, 2.0, 2.5, 700.0},
                              {10.0, 0.3, 6.0, 3000.0},
                              {10.0, 5.0, 0.5, 400.0},
                              {2.0, 8.0, 3.0, 2000.0},
                              {20.0, 0.5, 0.2, 4000.0}})
            for (int trial = 0; trial < 4; ++trial) {
                CAPTURE(kind);
                CAPTURE(c.tau_ex);
                CAPTURE(trial);
                const auto inputs = random_inputs(++number, c.strength, T);
                const auto cells = make_cells(
                    kind, fmt::format("tau_m: {} ms, tau_syn_ex: {} ms, tau_syn_in: {} ms, t_ref: 0.5 ms",
                                      c.tau_m, c.tau_ex, c.tau_in));
                const auto spikes = test::times(drive(*cells, inputs, T));
                n_spikes += spikes.size();
                CHECK(missed({kind, c.tau_m, c.tau_ex, c.tau_in}, inputs, spikes, 0.5, T) == 0);
            }
    MESSAGE("spikes checked: ", n_spikes);
    CHECK(n_spikes > 100);
}
