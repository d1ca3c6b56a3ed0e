#include "tests/verification/slow_twin.hpp"

#include <algorithm>

namespace twin {

std::vector<Spike> simulate(const Problem& p, double T, double dt) {
    const int n = static_cast<int>(p.b.size());
    std::vector<double> u = p.b, v(p.b.size(), 0.0), silent_until(p.b.size(), 0.0);
    std::vector<Spike> spikes;
    std::size_t next_kick = 0;
    const long steps = static_cast<long>(T / dt + 0.5);
    for (long step = 0; step < steps; ++step) {
        const double t = static_cast<double>(step) * dt, end = t + dt;
        std::vector<double> rise = v;  // slope of v over the part of the step since the last spike in it
        double reached = t;
        for (int i = 0; i < n; ++i) {
            const double slope = u[i] - p.lambda[i];
            const double h = dt / p.tau;
            const double u_next = u[i] + h * (1.0 - 0.5 * h) * (p.b[i] - u[i]);
            const double runs =
                std::clamp(end - silent_until[i], 0.0, dt);  // part of the step not refractory
            v[i] = std::max(v[i] + 0.5 * (slope + u_next - p.lambda[i]) * runs, p.v_floor);
            u[i] = u_next;
            rise[i] = (v[i] - rise[i]) / dt;
        }
        for (; next_kick < p.kicks.size() && p.kicks[next_kick].t < end; ++next_kick) {
            const auto& [when, i, jump] = p.kicks[next_kick];
            u[i] += jump * (1.0 - (end - when) / p.tau);
            const double felt = end - std::max(when, silent_until[i]);
            if (felt > 0.0) v[i] = std::max(v[i] + jump * felt, p.v_floor);
            rise[i] += jump;
        }
        while (true) {  // the neuron that crossed first in this step, until none is above its threshold
            int first = -1;
            double when = end;
            for (int i = 0; i < n; ++i) {
                const double threshold = p.q * p.Q[i][i];
                if (v[i] < threshold) continue;
                const double crossed =
                    std::max(end - (v[i] - threshold) / std::max(rise[i], 1e-300), reached);
                if (first < 0 || crossed < when) {
                    first = i;
                    when = crossed;
                }
            }
            if (first < 0) break;
            reached = when;
            spikes.push_back({when, first});
            silent_until[first] = when + p.t_ref;
            const double left = end - when;
            const double rest = std::max(left - p.t_ref, 0.0);
            v[first] = (u[first] - p.lambda[first]) * rest;  // from 0 at `when`
            rise[first] = u[first] - p.lambda[first];
            for (int i = 0; i < n; ++i) {
                if (i == first) continue;
                const double jump = p.q / p.tau * p.Q[i][first];
                u[i] -= jump * (1.0 - left / p.tau);
                const double felt = end - std::max(when, silent_until[i]);
                if (felt > 0.0) v[i] = std::max(v[i] - jump * felt, p.v_floor);
                rise[i] -= jump;
            }
        }
    }
    std::stable_sort(spikes.begin(), spikes.end(), [](const Spike& x, const Spike& y) { return x.t < y.t; });
    return spikes;
}

}  // namespace twin
