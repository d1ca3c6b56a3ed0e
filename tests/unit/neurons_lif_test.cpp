// Leaky integrate-and-fire with delta synapses against closed forms.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/error.hpp"
#include "tests/cells.hpp"

using doctest::Approx;
using test::drive;
using test::make_cells;

namespace {

constexpr const char* kDriven = "E_L: 0 mV, V_th: 15 mV, V_reset: 0 mV, I_e: 1000 pA";

}  // namespace

TEST_CASE("lif_delta: a constant current, known to all digits") {
    const auto cells = make_cells("lif_delta", "E_L: 0 mV, V_th: 1 V, V_reset: 0 mV, I_e: 1000 pA");
    CHECK(cells->value(0, 0, 5.0) == Approx(15.738773611494663).epsilon(1e-14));
    const auto spikes = drive(*make_cells("lif_delta", kDriven), {}, 15.0);
    REQUIRE(spikes.size() == 2);
    CHECK(spikes[0].t == Approx(4.700036292457356).epsilon(1e-14));
    CHECK(spikes[1].t == Approx(2 * 4.700036292457356 + 2.0).epsilon(1e-14));  // refractory for 2 ms
}

TEST_CASE("lif_delta: a spike moves V_m by its weight, and fires at once what it brings to threshold") {
    const auto cells = make_cells("lif_delta", "V_init: -65 mV");
    cells->receive(0, 4.0, 3.0);
    const double V_m = -70.0 + 5.0 * std::exp(-0.3) + 4.0;
    CHECK(cells->value(0, 0, 3.0) == Approx(V_m).epsilon(1e-14));
    CHECK(cells->value(0, 0, 8.0) == Approx(-70.0 + (V_m + 70.0) * std::exp(-0.5)).epsilon(1e-14));
    CHECK_FALSE(cells->next_spike(1e9));
    cells->receive(0, -2.0, 8.0);
    cells->receive(0, 16.0, 8.0);
    const auto spike = cells->next_spike(9.0);
    REQUIRE(spike);
    CHECK(spike->t == 8.0);
    cells->fire(*spike);
    CHECK(cells->value(0, 0, 8.0) == -70.0);
    CHECK_FALSE(cells->next_spike(1e9));
}

TEST_CASE("lif_delta: what arrives at one instant counts together") {
    const auto cells = make_cells("lif_delta");
    cells->receive(0, 20.0, 1.0);
    cells->receive(0, -10.0, 1.0);
    CHECK_FALSE(cells->next_spike(1e9));
    CHECK(cells->value(0, 0, 1.0) == Approx(-60.0));
}

TEST_CASE("lif_delta: spikes are lost on a refractory neuron up to the end of t_ref, and not at it") {
    const auto cells = make_cells("lif_delta", "", 2);
    for (std::uint32_t i = 0; i < 2; ++i) cells->receive(i, 20.0, 1.0);
    CHECK(drive(*cells, {}, 2.0).size() == 2);
    cells->receive(0, 14.0, 3.0 * (1.0 - 1e-13));  // earlier than rounding could make it
    cells->receive(1, 14.0, 3.0);
    CHECK(cells->value(0, 0, 3.0) == -70.0);
    CHECK(cells->value(0, 1, 3.0) == Approx(-56.0));
}

TEST_CASE("lif_delta: an injected current adds to I_e and counts from when it is set") {
    const auto cells = make_cells("lif_delta", "I_e: 100 pA");
    const double V_inf = -70.0 + 4.0;
    cells->set_current(0, 50.0, 10.0);
    const double V_m = V_inf + (-70.0 - V_inf) * std::exp(-1.0);
    CHECK(cells->value(0, 0, 10.0) == Approx(V_m).epsilon(1e-14));
    CHECK(cells->value(0, 0, 20.0) == Approx(-64.0 + (V_m + 64.0) * std::exp(-1.0)).epsilon(1e-14));
    cells->set_current(0, 900.0, 20.0);  // while refractory only later counts
    const auto first = drive(*cells, {}, 40.0);
    REQUIRE(!first.empty());
    cells->set_current(0, 0.0, 40.0);
    CHECK_FALSE(cells->next_spike(1e9));
}

TEST_CASE("lif_delta: a drive that ends at threshold never fires; one just above it does, late") {
    const std::string at = "E_L: 0 mV, V_reset: 0 mV, V_th: 40 mV, I_e: 1000 pA";
    CHECK(drive(*make_cells("lif_delta", at), {}, 1e6).empty());
    // 1e-3 pA more: it ends 4e-5 mV above threshold, which it meets after tau_m ln(40.00004 / 4e-5)
    const auto late = drive(*make_cells("lif_delta", at), {{0.0, 1e-3, 0, test::Input::current}}, 200.0);
    REQUIRE(late.size() == 1);
    CHECK(late[0].t ==
          Approx(10.0 * std::log(40.00004 / 4e-5)).epsilon(1e-10));  // conditioning 1e6 eps / 100
}

TEST_CASE("lif_delta: settings that make no neuron are refused") {
    CHECK_THROWS_AS(make_cells("lif_delta", "V_reset: -55 mV"), sim::ConfigError);
    CHECK_THROWS_AS(make_cells("lif_delta", "tau_m: 0 ms"), sim::ConfigError);
}

TEST_CASE("lif_delta: cells with steady currents fire when the closed form says (PyNN's scenario 2)") {
    // 83 cells, tau_m 20 ms, C_m 1 nF, threshold 10 mV above rest; from 25 ms on cell k gets I = 0.5 + k / 83
    // nA: rheobase and more. Cell 10 fires first at 57.77993429351284 ms.
    constexpr std::size_t n = 83;
    const auto cells =
        make_cells("lif_delta", "E_L: 0 mV, V_reset: 0 mV, V_th: 10 mV, tau_m: 20 ms, C_m: 1 nF", n);
    std::vector<test::Input> currents;
    for (std::uint32_t k = 0; k < n; ++k)
        currents.push_back({25.0, 500.0 + 1000.0 * k / static_cast<double>(n), k, test::Input::current});
    std::vector<double> first(n, 0.0);
    for (const sim::Spike& spike : drive(*cells, currents, 200.0))
        if (first[spike.neuron] == 0.0) first[spike.neuron] = spike.t;
    CHECK(first[0] == 0.0);
    CHECK(first[10] == Approx(57.77993429351284).epsilon(1e-13));
    for (std::size_t k = 1; k < n; ++k) {
        const double I_tau = 20.0 * currents[k].value, V_C = 10.0 * 1000.0;
        CHECK(first[k] == Approx(25.0 + 20.0 * std::log(I_tau / (I_tau - V_C))).epsilon(1e-13));
    }
}

TEST_CASE("lif_delta: a current so strong that no time passes between spikes is an error, not a hang") {
    CHECK_THROWS_AS(drive(*make_cells("lif_delta", "t_ref: 0 ms, I_e: 1e300 pA"), {}, 1.0),
                    sim::NumericsError);
}
