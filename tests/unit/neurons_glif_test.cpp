// The five GLIF models against Runge-Kutta steps written here, against the plain integrate-and-fire neuron, and against
// closed forms.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/cells.hpp"

using doctest::Approx;
using test::drive;
using test::Input;
using test::make_cells;

namespace {

/// Parameters of one neuron, as Teeter et al. have them.
struct Glif {
    double E_L = -78.85, V_th = -51.68, V_reset = -78.85, f_v = 0.0, C = 58.72, g = 9.43, t_ref = 3.75,
           tau_ex = 2.0, tau_in = 2.0, I_e = 0.0, add_s = 0.0, b_s = 0.009, a_v = 0.0, b_v = 0.09;
    std::array<double, 2> amp{0.0, 0.0}, k{0.003, 0.1}, r{1.0, 1.0}, init{0.0, 0.0};

    std::string keys() const {
        return fmt::format(
            "E_L: {} mV, V_th: {} mV, V_reset: {} mV, reset_fraction: {}, C_m: {} pF, g: {} nS, t_ref: {} "
            "ms, "
            "tau_syn_ex: {} ms, tau_syn_in: {} ms, I_e: {} pA, th_spike_add: {} mV, th_spike_decay: {}, "
            "th_voltage_index: {}, th_voltage_decay: {}, asc_amp_1: {} pA, asc_amp_2: {} pA, asc_decay_1: "
            "{}, "
            "asc_decay_2: {}, asc_r_1: {}, asc_r_2: {}, asc_init_1: {} pA, asc_init_2: {} pA",
            E_L, V_th, V_reset, f_v, C, g, t_ref, tau_ex, tau_in, I_e, add_s, b_s, a_v, b_v, amp[0], amp[1],
            k[0], k[1], r[0], r[1], init[0], init[1]);
    }
};

using X = std::array<double, 9>;  // V, asc 1 and 2, th_spike, th_voltage, I and dI + I / tau of either sign

X slope(const Glif& p, const X& x, bool is_refractory) {
    X d{};
    if (!is_refractory) {
        d[0] = (-p.g * (x[0] - p.E_L) + x[1] + x[2] + x[5] + x[7] + p.I_e) / p.C;
        d[1] = -p.k[0] * x[1];
        d[2] = -p.k[1] * x[2];
        d[3] = -p.b_s * x[3];
        d[4] = p.a_v * (x[0] - p.E_L) - p.b_v * x[4];
    }
    d[5] = x[6] - x[5] / p.tau_ex;
    d[6] = -x[6] / p.tau_ex;
    d[7] = x[8] - x[7] / p.tau_in;
    d[8] = -x[8] / p.tau_in;
    return d;
}

X stepped(const Glif& p, const X& x, double h, bool is_refractory) {
    const auto at = [&](double c, const X& k) {
        X moved = x;
        for (std::size_t i = 0; i < x.size(); ++i) moved[i] += c * k[i];
        return moved;
    };
    const X k1 = slope(p, x, is_refractory), k2 = slope(p, at(h / 2, k1), is_refractory),
            k3 = slope(p, at(h / 2, k2), is_refractory), k4 = slope(p, at(h, k3), is_refractory);
    X to = x;
    for (std::size_t i = 0; i < x.size(); ++i) to[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
    return to;
}

/// Spikes before T, and the state then.
std::pair<std::vector<double>, X> by_brute_force(const Glif& p, const std::vector<Input>& inputs, double T) {
    X x{p.E_L, p.init[0], p.init[1], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    const auto is_above = [&](const X& at) { return at[0] >= p.V_th + at[3] + at[4]; };
    std::vector<double> times;
    double t = 0.0, t_free = 0.0;
    std::size_t next = 0;
    while (t < T) {
        for (; next < inputs.size() && inputs[next].t <= t; ++next) {
            const double w = inputs[next].value;
            w > 0.0 ? x[6] += w * std::numbers::e / p.tau_ex : x[8] += w * std::numbers::e / p.tau_in;
        }
        const bool is_refractory = t < t_free;
        double to = std::min(t + 0.005, T);  // of order 4: errors of 1e-10
        if (next < inputs.size()) to = std::min(to, inputs[next].t);
        if (is_refractory) to = std::min(to, t_free);
        X after = stepped(p, x, to - t, is_refractory);
        if (!is_refractory && is_above(after)) {
            double low = 0.0, high = to - t;
            for (int k = 0; k < 60; ++k) {
                const double middle = 0.5 * (low + high);
                (is_above(stepped(p, x, middle, false)) ? high : low) = middle;
            }
            after = stepped(p, x, high, false);
            to = t + high;
            times.push_back(to);
            t_free = to + p.t_ref;
            after[0] = p.V_reset + p.f_v * (after[0] - p.E_L);
            for (std::size_t j = 0; j < 2; ++j)
                after[1 + j] = p.amp[j] + after[1 + j] * p.r[j] * std::exp(-p.k[j] * p.t_ref);
            after[3] = after[3] * std::exp(-p.b_s * p.t_ref) + p.add_s;
        }
        x = after;
        t = to;
    }
    return {times, x};
}

std::vector<Input> random_trains(std::uint64_t number, double excitation, double inhibition, double T) {
    sim::Stream random(12, sim::Purpose::test, number);
    std::vector<Input> inputs;
    for (double t = 0.0; t < T; t -= 1.5 * std::log1p(-random.uniform()))
        inputs.push_back({t, (random.uniform() < 0.7 ? excitation : -inhibition) * random.uniform(0.5, 1.5)});
    return inputs;
}

/// The same cell with more and more of what models 1 to 5 have; constants of NEST's default, cell 490626718.
Glif model(int number) {
    Glif p;
    if (number == 2 || number >= 4) {
        p.f_v = 0.2;
        p.V_reset = p.E_L + 18.51;
        p.add_s = 0.37;
    }
    if (number >= 3) p.amp = {-9.18, -198.94};
    if (number == 5) p.a_v = 0.005;
    return p;
}

void compare(const Glif& p, const std::vector<Input>& inputs, double T, std::size_t at_least) {
    CAPTURE(p.keys());
    const auto cells = make_cells("glif_psc", p.keys());
    const auto spikes = test::times(drive(*cells, inputs, T));
    const auto [expected, x] = by_brute_force(p, inputs, T);
    REQUIRE(spikes.size() == expected.size());
    REQUIRE(spikes.size() >= at_least);
    double worst = 0.0;
    for (std::size_t k = 0; k < spikes.size(); ++k)
        worst = std::max(worst, std::abs(spikes[k] - expected[k]));
    CHECK(worst < 1e-9);  // errors of the steps, carried from spike to spike: 1e-11 found
    CHECK(std::abs(cells->value(0, 0, T) - x[0]) < 1e-8);
    CHECK(std::abs(cells->value(1, 0, T) - (p.V_th + x[3] + x[4])) < 1e-8);
    CHECK(std::abs(cells->value(2, 0, T) - (x[1] + x[2])) < 1e-8);
    CHECK(std::abs(cells->value(3, 0, T) - x[5]) < 1e-8);
    CHECK(std::abs(cells->value(4, 0, T) - x[7]) < 1e-8);
    MESSAGE(fmt::format("{} spikes, at most {:.1e} ms apart", spikes.size(), worst));
}

}  // namespace

TEST_CASE("glif_psc: the five models, a constant current") {
    for (int number = 1; number <= 5; ++number) {
        CAPTURE(number);
        Glif p = model(number);
        p.I_e = 500.0;
        compare(p, {}, 400.0, 10);
    }
}

TEST_CASE("glif_psc: the five models, random trains of excitation and inhibition") {
    for (int number = 1; number <= 5; ++number) {
        CAPTURE(number);
        Glif p = model(number);
        p.I_e = 150.0;
        p.tau_ex = 5.5;
        p.tau_in = 8.5;
        compare(p, random_trains(static_cast<std::uint64_t>(number), 80.0, 60.0, 400.0), 400.0, 10);
    }
}

TEST_CASE("glif_psc: rates that are equal, or nearly so, and currents that are there at the start") {
    for (const double apart : {0.0, 1e-14, 1e-9, 1e-5, 1e-2}) {
        CAPTURE(apart);
        Glif p = model(5);
        const double rate = p.g / p.C;
        p.b_v = rate * (1.0 + apart);
        p.k = {rate * (1.0 - apart), rate * (1.0 + 2.0 * apart)};
        p.tau_ex = 1.0 / (rate * (1.0 + 3.0 * apart));
        p.tau_in = p.tau_ex * (1.0 + apart);
        p.r = {0.5, 1.0};
        p.init = {40.0, -20.0};
        p.I_e = 200.0;
        compare(p, random_trains(9, 100.0, 60.0, 200.0), 200.0, 5);
    }
}

TEST_CASE("glif_psc: model 1 is iaf_psc_alpha, whose spikes are found another way") {
    const auto inputs = random_trains(20, 150.0, 90.0, 2000.0);
    const auto one = test::times(
        drive(*make_cells("glif_psc", "C_m: 100 pF, g: 10 nS, t_ref: 2 ms, I_e: 100 pA"), inputs, 2000.0));
    const auto other = test::times(
        drive(*make_cells("iaf_psc_alpha",
                          "C_m: 100 pF, E_L: -78.85 mV, V_reset: -78.85 mV, V_th: -51.68 mV, I_e: 100 pA"),
              inputs, 2000.0));
    REQUIRE(one.size() == other.size());
    REQUIRE(one.size() > 20);
    for (std::size_t k = 0; k < one.size(); ++k) CHECK(one[k] == Approx(other[k]).epsilon(1e-12));
}

TEST_CASE("glif_psc: intervals of closed form; a drive that ends at threshold never fires") {
    const std::string keys =
        "E_L: 0 mV, V_reset: 0 mV, C_m: 100 pF, g: 10 nS, t_ref: 3 ms, V_th: 20 mV, I_e: ";
    const auto spikes = drive(*make_cells("glif_psc", keys + "400 pA"), {}, 100.0);
    const double first = 10.0 * std::log(2.0);
    REQUIRE(spikes.size() == 10);
    for (std::size_t k = 0; k < spikes.size(); ++k)
        CHECK(spikes[k].t == Approx(first + static_cast<double>(k) * (first + 3.0)).epsilon(1e-13));
    CHECK(drive(*make_cells("glif_psc", keys + "200 pA"), {}, 1e6).empty());
    CHECK(drive(*make_cells("glif_psc", keys + "200 pA"), {{1.0, -100.0}}, 1e6).empty());
}

TEST_CASE("glif_psc: V_m that only grazes the threshold makes a spike, one below it none") {
    for (const double w : {200.0, 400.0, 800.0}) {
        const auto cells = [&](double V_th) {
            auto made =
                make_cells("glif_psc", fmt::format("V_th: {} mV, V_reset: -90 mV, tau_syn_ex: 3 ms", V_th));
            made->receive(0, w, 1.0);
            return made;
        };
        const auto free = cells(1000.0);
        double highest = -100.0;
        for (double low = 1.0, high = 40.0; high - low > 1e-8;) {  // the maximum, in thirds
            const double x = low + (high - low) / 3.0, y = high - (high - low) / 3.0,
                         V_x = free->value(0, 0, x), V_y = free->value(0, 0, y);
            (V_x < V_y ? low : high) = V_x < V_y ? x : y;
            highest = std::max({highest, V_x, V_y});
        }
        CHECK_FALSE(cells(highest + 1e-9)->next_spike(1e9));
        CHECK(cells(highest - 1e-9)->next_spike(1e9));
    }
}

TEST_CASE("glif_psc: a reset above threshold is refused") {
    CHECK_THROWS_AS(make_cells("glif_psc", "V_reset: -51 mV"), sim::ConfigError);
}
