#include "sim/program.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
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

/// Moves the active neurons towards the optimum of their own, or until one of them falls silent, and on without it. Where
/// fields are nearly alike coordinates creep: a sweep takes 1/condition of the way, this all of it. A little of the identity
/// keeps the step a descent where Q has no inverse.  O(active^3) for each neuron that falls silent
void step_of_active(const Program& program, std::vector<double>& a, std::vector<double>& g) {
    constexpr std::size_t kMost = 2000;  // of a dense matrix
    constexpr double kRidge = 1e-6;      // of the greatest diagonal; above the rounding of Q, float
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] > 0.0) active.push_back(i);
    if (active.size() > kMost) return;
    for (bool is_cut = true; is_cut && !active.empty();) {
        const auto n = static_cast<Eigen::Index>(active.size());
        Eigen::MatrixXd Q(n, n);
        Eigen::VectorXd down(n);
        for (Eigen::Index k = 0; k < n; ++k) {
            const std::size_t i = active[static_cast<std::size_t>(k)];
            down(k) = g[i];
            for (Eigen::Index l = 0; l < n; ++l) Q(k, l) = program.Q(i, active[static_cast<std::size_t>(l)]);
        }
        Q.diagonal().array() += kRidge * Q.diagonal().maxCoeff();
        const Eigen::VectorXd step = Q.ldlt().solve(down);
        if (!(step.dot(down) > 0.0)) return;
        double part = 1.0;
        for (Eigen::Index k = 0; k < n; ++k)
            if (step(k) < 0.0) part = std::min(part, -a[active[static_cast<std::size_t>(k)]] / step(k));
        is_cut = part < 1.0;
        for (Eigen::Index k = 0; k < n; ++k) {
            const std::size_t i = active[static_cast<std::size_t>(k)];
            const bool falls_silent = is_cut && a[i] + part * step(k) <= 1e-15 * a[i];
            const double moved = falls_silent ? -a[i] : part * step(k);
            a[i] = std::max(a[i] + moved, 0.0);
            subtract_column(program.Q, i, moved, g);
        }
        std::erase_if(active, [&a](std::size_t i) { return a[i] == 0.0; });
    }
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
    constexpr int kSweeps = 100;  // most programs take fewer
    for (int sweep = 0; sweep < max_sweeps; ++sweep) {
        check_stop();
        if (sweep > 0 && sweep % kSweeps == 0) {
            step_of_active(program, a, g);
            g = descent(program, b, a);  // without what rounding has left
        }
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
