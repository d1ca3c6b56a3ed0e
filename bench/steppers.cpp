// What Boost.Odeint costs neurons of `adex` and `hh`: its steps beside those of a stepper written for the purpose, with the
// same tableau (Dormand-Prince 5(4)), the same tolerance and equations of the same cost.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/programs.hpp"
#include "bench/timing.hpp"
#include "sim/elementary.hpp"
#include "sim/ode.hpp"

namespace bench {
namespace {

constexpr double kTolerance = 1e-6, kT = 200.0, kLongest = 1.0;

/// Hodgkin & Huxley (1952), J Physiol 117:500, at a drive that makes it fire: V [mV] and three gates, t in ms.
struct HodgkinHuxley {
    static constexpr std::size_t kSize = 4;
    using X = std::array<double, kSize>;
    static X initial() { return {-65.0, 0.05, 0.6, 0.32}; }
    void operator()(const X& x, X& dxdt) const {
        const double V = x[0] + 65.0, I = 10.0;
        const auto gate = [](double y, double opens, double closes) {
            return opens * (1.0 - y) - closes * y;
        };
        const double u = 25.0 - V, w = 10.0 - V;
        dxdt[0] = I - 120.0 * x[1] * x[1] * x[1] * x[2] * (V - 115.0) -
                  36.0 * x[3] * x[3] * x[3] * x[3] * (V + 12.0) - 0.3 * (V - 10.613);
        dxdt[1] = gate(x[1], 0.1 * u / sim::expm1(0.1 * u), 4.0 * sim::exp(-V / 18.0));
        dxdt[2] = gate(x[2], 0.07 * sim::exp(-V / 20.0), 1.0 / (sim::exp(0.1 * (30.0 - V)) + 1.0));
        dxdt[3] = gate(x[3], 0.01 * w / sim::expm1(0.1 * w), 0.125 * sim::exp(-V / 80.0));
    }
};

/// Brette & Gerstner (2005), J Neurophysiol 94:3637, below threshold: V [mV] and adaptation [pA].
struct Exponential {
    static constexpr std::size_t kSize = 2;
    using X = std::array<double, kSize>;
    static X initial() { return {-70.6, 0.0}; }
    void operator()(const X& x, X& dxdt) const {
        const double I = 400.0, over = std::min(x[0], 0.0) + 50.4;
        dxdt[0] = (-30.0 * (x[0] + 70.6) + 30.0 * 2.0 * sim::exp(over / 2.0) - x[1] + I) / 281.0;
        dxdt[1] = (4.0 * (x[0] + 70.6) - x[1]) / 144.0;
    }
};

/// Steps to kT.
template <class System>
std::size_t by_odeint(const System& f) {
    sim::ode::Solution<System::kSize> solution(kTolerance, kLongest);
    solution.start({System::initial(), 0.0, 0.1});
    std::size_t n = 0;
    for (; solution.end() < kT; ++n) solution.step(f, kT);
    return n;
}

/// The same by hand, rejected steps among them. Source: Dormand & Prince (1980), J Comput Appl Math 6:19.
template <class System>
std::size_t by_hand(const System& f) {
    using X = typename System::X;
    constexpr std::size_t N = System::kSize;
    X x = System::initial(), k1{}, k2{}, k3{}, k4{}, k5{}, k6{}, k7{}, at{};
    f(x, k1);
    double t = 0.0, h = 0.1;
    std::size_t n = 0;
    for (; t < kT; ++n) {
        const auto go = [&](auto&& slope) {
            for (std::size_t i = 0; i < N; ++i) at[i] = x[i] + h * slope(i);
        };
        go([&](std::size_t i) { return k1[i] / 5.0; });
        f(at, k2);
        go([&](std::size_t i) { return 3.0 / 40.0 * k1[i] + 9.0 / 40.0 * k2[i]; });
        f(at, k3);
        go([&](std::size_t i) { return 44.0 / 45.0 * k1[i] - 56.0 / 15.0 * k2[i] + 32.0 / 9.0 * k3[i]; });
        f(at, k4);
        go([&](std::size_t i) {
            return 19372.0 / 6561.0 * k1[i] - 25360.0 / 2187.0 * k2[i] + 64448.0 / 6561.0 * k3[i] -
                   212.0 / 729.0 * k4[i];
        });
        f(at, k5);
        go([&](std::size_t i) {
            return 9017.0 / 3168.0 * k1[i] - 355.0 / 33.0 * k2[i] + 46732.0 / 5247.0 * k3[i] +
                   49.0 / 176.0 * k4[i] - 5103.0 / 18656.0 * k5[i];
        });
        f(at, k6);
        go([&](std::size_t i) {
            return 35.0 / 384.0 * k1[i] + 500.0 / 1113.0 * k3[i] + 125.0 / 192.0 * k4[i] -
                   2187.0 / 6784.0 * k5[i] + 11.0 / 84.0 * k6[i];
        });
        f(at, k7);
        double error = 0.0;
        for (std::size_t i = 0; i < N; ++i) {
            const double of = h * (71.0 / 57600.0 * k1[i] - 71.0 / 16695.0 * k3[i] + 71.0 / 1920.0 * k4[i] -
                                   17253.0 / 339200.0 * k5[i] + 22.0 / 525.0 * k6[i] - k7[i] / 40.0);
            const double allowed = kTolerance * (1.0 + std::abs(x[i]) + h * std::abs(k1[i]));
            error = std::max(error, std::abs(of) / allowed);
        }
        if (error <= 1.0) {
            t += h;
            x = at;
            k1 = k7;
        }
        h = std::min(h * std::clamp(0.9 * std::pow(error + 1e-10, -0.2), 0.2, 5.0), kLongest);
    }
    return n;
}

template <class System>
void compare(Section& section, const char* name) {
    const System f;
    double odeint = 1e9, hand = 1e9;
    std::size_t n_odeint = 0, n_hand = 0;
    for (int round = 0; round < 2 * kRounds; ++round) {
        odeint = std::min(odeint, seconds([&] { n_odeint = by_odeint(f); }));
        hand = std::min(hand, seconds([&] { n_hand = by_hand(f); }));
    }
    const double per_odeint = 1e9 * odeint / static_cast<double>(n_odeint),
                 per_hand = 1e9 * hand / static_cast<double>(n_hand);
    section.figures.push_back({fmt::format("step of Odeint, {}", name), per_odeint, "ns", 0.0,
                               fmt::format("{} steps in {:.0f} ms", n_odeint, kT)});
    section.figures.push_back(
        {fmt::format("step by hand, {}", name), per_hand, "ns", 0.0,
         fmt::format("{} steps; Odeint's costs {:.2f} times as much", n_hand, per_odeint / per_hand)});
}

}  // namespace

Section stepper_section() {
    Section section{"Dormand-Prince 5(4) with error control (tolerance 1e-6, one core)", {}};
    compare<HodgkinHuxley>(section, "hh");
    compare<Exponential>(section, "adex");
    return section;
}

}  // namespace bench
