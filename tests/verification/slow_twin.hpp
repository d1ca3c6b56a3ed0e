// A second spiking LCA, written only from its equations, clocked with a tiny step and deliberately slow. It
// shares no code with the simulator. First order in its step: Euler for u, and a spike takes effect at the
// fraction of the step at which v, taken as straight, crosses its threshold.
#pragma once
#include <limits>
#include <vector>

namespace twin {

struct Spike {
    double t;
    int neuron;
};

/// A spike from elsewhere: u of a neuron jumps.
struct Kick {
    double t;
    int neuron;
    double jump;
};

struct Problem {
    std::vector<std::vector<double>> Q;  // [i][j]
    std::vector<double> b, lambda;
    double tau, q;
    double v_floor = -std::numeric_limits<double>::infinity();
    double t_ref = 0.0;
    std::vector<Kick> kicks{};  // by time
};

/// Spikes over (0, T), by time.
std::vector<Spike> simulate(const Problem& problem, double T, double dt);

}  // namespace twin
