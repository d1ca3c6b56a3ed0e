// Neurons without closed form against Runge-Kutta steps of order 4, too short to matter, written here;
// against closed forms where a limit has one; and against what their papers say of them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "models/neurons/bernstein.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/cells.hpp"

using doctest::Approx;
using test::drive;
using test::Input;
using test::make_cells;

namespace {

using X = std::vector<double>;

/// A neuron to be integrated by brute force.
struct Reference {
    X x;
    std::function<X(const X&)> derivative;
    std::function<void(X&, double)> receive;
    std::function<void(X&)> reset;
    double threshold = 0.0, t_ref = 0.0;
    bool at_peak = false, is_clamped = false;  // V_m while refractory
    double finest = 1e-3;

    X slope(const X& at, bool clamp) const {
        X d = derivative(at);
        if (clamp) d[0] = 0.0;
        return d;
    }
    X stepped(const X& from, double h, bool clamp) const {
        const auto shifted = [](const X& base, double c, const X& k) {
            X moved = base;
            for (std::size_t i = 0; i < base.size(); ++i) moved[i] += c * k[i];
            return moved;
        };
        const X k1 = slope(from, clamp), k2 = slope(shifted(from, h / 2, k1), clamp),
                k3 = slope(shifted(from, h / 2, k2), clamp), k4 = slope(shifted(from, h, k3), clamp);
        X to = from;
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
        return to;
    }
    /// Above 0 once the neuron has reached its spike.
    double beyond(const X& at) const { return at_peak ? -derivative(at)[0] : at[0] - threshold; }
    bool spikes(const X& from, const X& to) const {
        if (at_peak) return beyond(from) < 0.0 && beyond(to) >= 0.0 && to[0] >= threshold;
        return beyond(to) >= 0.0;
    }

    /// Spike times before T; x is left as it is then.
    std::vector<double> run(const std::vector<Input>& inputs, double T) {
        std::vector<double> times;
        double t = 0.0, t_free = 0.0;
        std::size_t next = 0;
        while (t < T) {
            for (; next < inputs.size() && inputs[next].t <= t; ++next) receive(x, inputs[next].value);
            const bool is_refractory = t < t_free, clamp = is_refractory && is_clamped;
            // steps of V_m of at most 0.01 mV where it runs away
            double h = std::min(finest, 0.01 / (1e-9 + std::abs(slope(x, clamp)[0])));
            h = std::min(h, (next < inputs.size() ? std::min(inputs[next].t, T) : T) - t);
            if (is_refractory) h = std::min(h, t_free - t);
            X to = stepped(x, h, clamp);
            if (!is_refractory && spikes(x, to)) {
                double low = 0.0, high = h;
                for (int k = 0; k < 60; ++k) {
                    const double middle = 0.5 * (low + high);
                    (beyond(stepped(x, middle, false)) >= 0.0 ? high : low) = middle;
                }
                to = stepped(x, high, false);
                reset(to);
                times.push_back(t + high);
                t_free = t + high + t_ref;
                h = high;
            }
            x = to;
            t = std::abs(t + h - T) < 1e-12 ? T : t + h;
            if (next < inputs.size() && std::abs(inputs[next].t - t) < 1e-12) t = inputs[next].t;
        }
        return times;
    }
};

void decay(const X& x, X& d, std::size_t first, double tau_ex, double tau_in) {
    d[first] = -x[first] / tau_ex;
    d[first + 1] = -x[first + 1] / tau_in;
}

Reference lif_cond_exp(double I) {
    Reference r;
    r.x = {-70.0, 0.0, 0.0};
    r.derivative = [I](const X& x) {
        X d(3);
        d[0] = (-16.6667 * (x[0] + 70.0) - x[1] * x[0] - x[2] * (x[0] + 85.0) + I) / 250.0;
        decay(x, d, 1, 0.2, 2.0);
        return d;
    };
    r.receive = [](X& x, double w) { w > 0.0 ? x[1] += w : x[2] -= w; };
    r.reset = [](X& x) { x[0] = -60.0; };
    r.threshold = -55.0;
    r.t_ref = 2.0;
    r.is_clamped = true;
    return r;
}

Reference adex(double I) {
    Reference r;
    r.x = {-70.6, 0.0, 0.0, 0.0};
    r.derivative = [I](const X& x) {
        X d(4);
        const double V = std::min(x[0], 0.0);
        d[0] = (-30.0 * (V + 70.6) + 60.0 * std::exp((V + 50.4) / 2.0) - x[1] * V - x[2] * (V + 85.0) - x[3] +
                I) /
               281.0;
        decay(x, d, 1, 0.2, 2.0);
        d[3] = (4.0 * (V + 70.6) - x[3]) / 144.0;
        return d;
    };
    r.receive = [](X& x, double w) { w > 0.0 ? x[1] += w : x[2] -= w; };
    r.reset = [](X& x) {
        x[0] = -60.0;
        x[3] += 80.5;
    };
    return r;
}

Reference izhikevich(double a, double b, double c, double d, double I) {
    Reference r;
    r.x = {-65.0, -65.0 * b};
    r.derivative = [=](const X& x) {
        return X{(0.04 * x[0] + 5.0) * x[0] + 140.0 - x[1] + I, a * (b * x[0] - x[1])};
    };
    r.receive = [](X& x, double w) { x[0] += w; };
    r.reset = [=](X& x) {
        x[0] = c;
        x[1] += d;
    };
    r.threshold = 30.0;
    return r;
}

Reference hh(double I) {
    Reference r;
    r.derivative = [I](const X& x) {
        const double V = x[0];
        X d(8);
        d[0] = (12000.0 * std::pow(x[1], 3) * x[2] * (50.0 - V) + 3600.0 * std::pow(x[3], 4) * (-77.0 - V) +
                30.0 * (-54.402 - V) + x[4] + x[5] + I) /
               100.0;
        const double am = 0.1 * (V + 40.0) / (1.0 - std::exp(-(V + 40.0) / 10.0)),
                     bm = 4.0 * std::exp(-(V + 65.0) / 18.0), ah = 0.07 * std::exp(-(V + 65.0) / 20.0),
                     bh = 1.0 / (1.0 + std::exp(-(V + 35.0) / 10.0)),
                     an = 0.01 * (V + 55.0) / (1.0 - std::exp(-(V + 55.0) / 10.0)),
                     bn = 0.125 * std::exp(-(V + 65.0) / 80.0);
        d[1] = am - (am + bm) * x[1];
        d[2] = ah - (ah + bh) * x[2];
        d[3] = an - (an + bn) * x[3];
        d[4] = x[6] - x[4] / 0.2;
        d[5] = x[7] - x[5] / 2.0;
        decay(x, d, 6, 0.2, 2.0);
        return d;
    };
    r.x = {-65.0, 0.0529324852572496, 0.5961207535084603, 0.3176769140606974, 0.0, 0.0, 0.0, 0.0};
    r.receive = [](X& x, double w) {
        w > 0.0 ? x[6] += w * std::numbers::e / 0.2 : x[7] += w * std::numbers::e / 2.0;
    };
    r.reset = [](X&) {};
    r.t_ref = 2.0;
    r.at_peak = true;
    r.finest = 2e-3;
    return r;
}

std::vector<Input> random_inputs(std::uint64_t number, double interval, double excitation, double inhibition,
                                 double T) {
    sim::Stream random(11, sim::Purpose::test, number);
    std::vector<Input> inputs;
    for (double t = 0.0; t < T; t -= interval * std::log1p(-random.uniform()))
        inputs.push_back({t, (random.uniform() < 0.7 ? excitation : -inhibition) * random.uniform(0.5, 1.5)});
    return inputs;
}

/// Compares spikes and V_m at the end.
void compare(const std::string& kind, const std::string& keys, Reference reference,
             const std::vector<Input>& inputs, double T, double tolerance) {
    CAPTURE(kind);
    CAPTURE(keys);
    const auto cells = make_cells(kind, keys);
    const auto spikes = test::times(drive(*cells, inputs, T));
    const auto expected = reference.run(inputs, T);
    REQUIRE(spikes.size() == expected.size());
    double worst = 0.0;
    for (std::size_t k = 0; k < spikes.size(); ++k)
        worst = std::max(worst, std::abs(spikes[k] - expected[k]) / expected[k]);
    CHECK(worst < tolerance);
    const double V_error = std::abs(cells->value(0, 0, T) - reference.x[0]) / 70.0;
    CHECK(V_error < 10.0 * tolerance);  // V_m moves by millivolts while a spike time moves by microseconds
    MESSAGE(fmt::format("{}: {} spikes, relative error of times {:.1e}, of V_m {:.1e}", kind, spikes.size(),
                        worst, V_error));
}

}  // namespace

TEST_CASE("ode neurons: nothing arrives, a constant current") {
    compare("lif_cond_exp", "I_e: 500 pA", lif_cond_exp(500.0), {}, 100.0, 1e-9);
    compare("adex", "I_e: 700 pA", adex(700.0), {}, 200.0, 1e-9);
    compare("izhikevich", "I_e: 10 pA", izhikevich(0.02, 0.2, -65.0, 8.0, 10.0), {}, 200.0, 1e-9);
    compare("hh", "I_e: 1000 pA", hh(1000.0), {}, 100.0, 1e-9);
}

TEST_CASE("ode neurons: random trains of excitation and inhibition") {
    compare("lif_cond_exp", "I_e: 150 pA", lif_cond_exp(150.0), random_inputs(1, 0.5, 40.0, 15.0, 150.0),
            150.0, 1e-9);
    compare("adex", "I_e: 300 pA", adex(300.0), random_inputs(2, 0.5, 60.0, 15.0, 150.0), 150.0, 1e-9);
    compare("izhikevich", "I_e: 10 pA", izhikevich(0.02, 0.2, -65.0, 8.0, 10.0),
            random_inputs(3, 2.0, 5.0, 5.0, 200.0), 200.0, 1e-9);
    compare("hh", "I_e: 300 pA", hh(300.0), random_inputs(4, 1.0, 1500.0, 300.0, 100.0), 100.0, 1e-9);
}

TEST_CASE("lif_cond_exp: without conductances it is the integrate-and-fire neuron of closed form") {
    const auto cells = make_cells("lif_cond_exp", "g_L: 25 nS, I_e: 500 pA");  // tau_m 10 ms, V_inf -50 mV
    const double first = 10.0 * std::log(20.0 / 5.0), later = 2.0 + 10.0 * std::log(10.0 / 5.0);
    CHECK(cells->value(0, 0, 5.0) == Approx(-50.0 - 20.0 * std::exp(-0.5)).epsilon(1e-9));
    const auto spikes = drive(*cells, {}, 100.0);
    REQUIRE(spikes.size() == 1 + static_cast<std::size_t>((100.0 - first) / later));
    for (std::size_t k = 0; k < spikes.size(); ++k)
        CHECK(spikes[k].t == Approx(first + static_cast<double>(k) * later).epsilon(1e-9));
}

TEST_CASE("lif_cond_exp: V_m is never above threshold without a spike") {
    for (std::uint64_t trial = 0; trial < 5; ++trial) {
        const auto inputs = random_inputs(20 + trial, 0.5, 100.0, 40.0, 100.0);
        const auto cells = make_cells("lif_cond_exp", "t_ref: 0.3 ms");
        std::size_t n_spikes = 0, n_above = 0;
        std::vector<Input> looked;
        double t = 0.0;
        for (const Input& input : inputs) {
            while (t < input.t) {
                const double to = std::min(t + 0.002, input.t);
                n_spikes += drive(*cells, {}, to).size();
                if (cells->value(0, 0, to) > -55.0 + 1e-9) {
                    const auto due = cells->next_spike(std::nextafter(to, 1e9));
                    if (!due || due->t > to) ++n_above;
                }
                t = to;
            }
            cells->receive(0, input.value, input.t);
        }
        CHECK(n_above == 0);
        CHECK(n_spikes > 3);
    }
}

TEST_CASE("lif_cond_exp: V_m that only grazes the threshold, within a step, makes a spike") {
    for (const double w : {50.0, 100.0, 150.0}) {
        const auto cells = [&](double V_th) {
            auto made = make_cells("lif_cond_exp", fmt::format("V_th: {} mV, tau_syn_ex: 2 ms", V_th));
            made->receive(0, w, 1.0);
            return made;
        };
        // where V_m is highest, by golden section
        const auto free = cells(100.0);
        const double golden = 0.5 * (std::sqrt(5.0) - 1.0);
        double low = 1.0, high = 20.0;
        while (high - low > 1e-7) {
            const double x = high - golden * (high - low), y = low + golden * (high - low);
            (free->value(0, 0, x) < free->value(0, 0, y) ? low : high) =
                free->value(0, 0, x) < free->value(0, 0, y) ? x : y;
        }
        const double highest = free->value(0, 0, low);
        REQUIRE(highest > -60.0);
        CHECK_FALSE(cells(highest + 1e-9)->next_spike(100.0));
        const auto spike = cells(highest - 1e-9)->next_spike(100.0);
        REQUIRE(spike);
        CHECK(spike->t < low);
        CHECK(spike->t > low - 1e-3);
    }
}

TEST_CASE("adex: with a sharp exponential and no adaptation it becomes the integrate-and-fire neuron") {
    // tau_m 281 / 30 ms, V_inf = -70.6 + 700 / 30 mV, threshold V_th; the error shrinks with Delta_T
    const double V_inf = 700.0 / 30.0, expected = 281.0 / 30.0 * std::log(V_inf / (V_inf - 20.2));
    double last = 1e9;
    for (const double Delta_T : {0.4, 0.2, 0.1, 0.05, 0.025}) {
        const auto spikes =
            drive(*make_cells("adex", fmt::format("a: 0 nS, b: 0 pA, I_e: 700 pA, V_peak: -40 mV, "
                                                  "Delta_T: {} mV",
                                                  Delta_T)),
                  {}, 30.0);
        REQUIRE(!spikes.empty());
        const double error = std::abs(spikes[0].t - expected);
        CHECK(error < 0.7 * last);
        last = error;
    }
    CHECK(last < 0.02 * expected);
}

TEST_CASE("izhikevich: regular spiking, fast spiking and chattering are what their names say") {
    const auto intervals = [](const std::string& keys) {
        const auto spikes = test::times(drive(*make_cells("izhikevich", keys + ", I_e: 10 pA"), {}, 500.0));
        std::vector<double> result;
        for (std::size_t k = 1; k < spikes.size(); ++k) result.push_back(spikes[k] - spikes[k - 1]);
        REQUIRE(result.size() > 5);
        return result;
    };
    const auto regular = intervals("a: 0.02, b: 0.2, c: -65 mV, d: 8 mV");
    CHECK(regular.back() > 1.5 * regular.front());  // adapts
    const auto fast = intervals("a: 0.1, b: 0.2, c: -65 mV, d: 2 mV");
    CHECK(fast.size() > 3 * regular.size());
    CHECK(fast.back() < 1.2 * fast[2]);
    const auto chattering = intervals("a: 0.02, b: 0.2, c: -50 mV, d: 2 mV");
    const auto [shortest, longest] = std::minmax_element(chattering.begin(), chattering.end());
    CHECK(*longest > 5.0 * *shortest);  // bursts and pauses
    compare("izhikevich", "a: 0.1, d: 2 mV, I_e: 10 pA", izhikevich(0.1, 0.2, -65.0, 2.0, 10.0), {}, 100.0,
            1e-9);
    compare("izhikevich", "c: -50 mV, d: 2 mV, I_e: 10 pA", izhikevich(0.02, 0.2, -50.0, 2.0, 10.0), {},
            100.0, 1e-9);
}

TEST_CASE("hh: gates start where they stay, the squid's axon rests, fires once, or again and again") {
    const auto cells = make_cells("hh");
    CHECK(cells->value(1, 0, 0.0) == Approx(0.0529324852572496).epsilon(1e-12));
    CHECK(cells->value(2, 0, 0.0) == Approx(0.5961207535084603).epsilon(1e-12));
    CHECK(cells->value(3, 0, 0.0) == Approx(0.3176769140606974).epsilon(1e-12));
    CHECK(drive(*cells, {}, 500.0).empty());
    CHECK(cells->value(0, 0, 500.0) == Approx(-65.0).epsilon(1e-3));
    CHECK(drive(*make_cells("hh", "I_e: 400 pA"), {}, 500.0).size() == 1);
    const auto tonic = drive(*make_cells("hh", "I_e: 1000 pA"), {}, 500.0);
    CHECK(tonic.size() > 30);  // near 70 Hz
    CHECK(tonic.size() < 40);
    // a spike is a maximum of V_m
    const double t = tonic[3].t;
    const auto again = make_cells("hh", "I_e: 1000 pA");
    drive(*again, {}, t - 0.001);
    const double before = again->value(0, 0, t - 0.001);
    const double at = again->value(0, 0, t), after = again->value(0, 0, t + 0.001);
    CHECK(at > 0.0);
    CHECK(at > before);
    CHECK(at > after);
}

TEST_CASE("hh: a current that turns V_m round makes a maximum at that instant") {
    const auto cells = make_cells("hh", "I_e: 1000 pA");
    const auto first = cells->next_spike(100.0);
    REQUIRE(first);
    const double t = first->t - 0.01;
    REQUIRE(cells->value(0, 0, t) > 0.0);
    cells->set_current(0, -5000.0, t);
    const auto now = cells->next_spike(100.0);
    REQUIRE(now);
    CHECK(now->t == t);
    cells->fire(*now);
    cells->set_current(0, 0.0, t + 0.1);
    CHECK_FALSE(cells->next_spike(t + 3.0));
}

TEST_CASE("ode neurons: a state that no solver can follow is an error with neuron and time") {
    for (const char* kind : {"lif_cond_exp", "adex"}) {
        const auto cells = make_cells(kind, "", 3);
        cells->receive(2, 1e300, 1.5);
        try {
            drive(*cells, {}, 50.0);
            FAIL("no error");
        } catch (const sim::NumericsError& error) {
            const std::string what = error.what();
            CHECK(what.find(kind) != std::string::npos);
            CHECK(what.find("neuron 2") != std::string::npos);
            CHECK(what.find("1.5") != std::string::npos);
        }
    }
}

TEST_CASE("first_rise finds the first of roots however close, and none where there is none") {
    // (x - r)(s - x) rises through 0 at r < s
    const auto parabola = [](double r, double s) {
        return models::Bernstein<3>{-r * s, 0.5 * (r + s) - r * s, r + s - 1.0 - r * s};
    };
    for (const auto& [r, s] : {std::pair{0.3, 0.9}, {0.5, 0.5001}, {0.7, 0.70001}, {0.1, 2.0}}) {
        const auto at = models::first_rise(parabola(r, s));
        REQUIRE(at);
        CHECK(*at == Approx(r).epsilon(1e-9));
    }
    CHECK_FALSE(models::first_rise(parabola(-0.5, 0.9)));  // starts above
    CHECK_FALSE(models::first_rise(models::Bernstein<3>{-0.25 - 1e-9, 0.25 - 1e-9, -0.25 - 1e-9}));
    CHECK_FALSE(models::first_rise(models::Bernstein<3>{1.0, 0.0, -1.0}));
    const auto [left, right] = models::split(parabola(0.3, 0.9), 0.25);
    CHECK(models::evaluate(left, 0.4) == Approx((0.1 - 0.3) * (0.9 - 0.1)));
    CHECK(models::evaluate(right, 0.2) == Approx((0.4 - 0.3) * (0.9 - 0.4)));
    // x^5 - x, from values and slopes
    const auto f = [](double x) { return std::pow(x, 5) - x; };
    const auto b = models::quintic(0.0, -1.0, f(1.0 / 3.0), f(2.0 / 3.0), 0.0, 4.0);
    CHECK(models::evaluate(b, 0.77) == Approx(f(0.77)).epsilon(1e-14));
}
