#include "sim/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/stop.hpp"

namespace sim {
namespace {

/// g -= delta * Q_:j
void subtract_column(const Interaction& Q, std::size_t j, double delta, std::vector<double>& g) {
    for (const auto& run : Q.runs(j)) {
        const float* w = Q.weights(run).data();
        double* at = g.data() + run.first;
        for (std::size_t k = 0; k < run.size; ++k) at[k] -= delta * static_cast<double>(w[k]);
    }
}

/// g = b - lambda - Q a, minus the gradient of E.
std::vector<double> descent(const Program& program, std::span<const double> b, std::span<const double> a) {
    std::vector<double> g(b.size());
    for (std::size_t i = 0; i < g.size(); ++i) g[i] = b[i] - program.lambda[i];
    for (std::size_t j = 0; j < a.size(); ++j)
        if (a[j] != 0.0) subtract_column(program.Q, j, a[j], g);
    return g;
}

double violation(double g, double a) { return a > 0.0 ? std::abs(g) : std::max(g, 0.0); }

}  // namespace

double energy(const Program& program, std::span<const double> b, std::span<const double> a) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != 0.0) sum += a[i] * (0.5 * program.Q.column_dot(i, a) - (b[i] - program.lambda[i]));
    return sum;
}

double kkt_residual(const Program& program, std::span<const double> b, std::span<const double> a) {
    const auto g = descent(program, b, a);
    double worst = 0.0;
    for (std::size_t i = 0; i < g.size(); ++i) worst = std::max(worst, violation(g[i], a[i]));
    return worst;
}

std::vector<double> optimum(const Program& program, std::span<const double> b, double tolerance,
                            int max_sweeps) {
    std::vector<double> a(b.size(), 0.0);
    std::vector<double> g = descent(program, b, a);
    for (int sweep = 0; sweep < max_sweeps; ++sweep) {
        check_stop();
        double worst = 0.0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double off = violation(g[i], a[i]);
            worst = std::max(worst, off);
            if (off <= 0.1 * tolerance) continue;  // already optimal: a column saved
            const double moved = std::max(a[i] + g[i] / program.Q.diagonal(i), 0.0) - a[i];
            if (moved == 0.0) continue;
            a[i] += moved;
            subtract_column(program.Q, i, moved, g);
        }
        if (worst <= tolerance) return a;
    }
    throw NumericsError("optimum", 0, 0.0,
                        fmt::format("coordinate descent did not converge in {} sweeps", max_sweeps));
}

}  // namespace sim
