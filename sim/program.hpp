// The one problem every population solves (Rozell et al. 2008; Tang, Lin & Davies 2017):
//
//     minimise  E(a) = 1/2 a^T Q a - (b - lambda)^T a   over a >= 0
//
// and how far a given code is from solving it.
#pragma once
#include <span>
#include <vector>

#include "sim/interaction.hpp"

namespace sim {

/// Q and lambda are shared by all presentations; the drive b comes with each.
struct Program {
    Interaction Q;
    std::vector<double>
        lambda;  // threshold of each neuron, shape (n), >= 0; where a solver reads kernels, not
                 // weights, of each kernel, shape (K)
};

/// E(a). a, b: shape (n). O(active neurons x neighbours).
double energy(const Program& program, std::span<const double> b, std::span<const double> a);

/// Karush-Kuhn-Tucker residual: with g = b - lambda - Q a, the largest of |g_i| where a_i > 0 and [g_i]_+
/// where a_i = 0. Zero exactly at the optimum.
double kkt_residual(const Program& program, std::span<const double> b, std::span<const double> a);

/// The optimum by coordinate descent on the neurons off their optimality conditions, with a Newton step on the active ones
/// now and then, until the KKT residual is at most `tolerance`. throws NumericsError if that takes more than `max_sweeps` sweeps. Used to judge
/// codes, not to make them.
std::vector<double> optimum(const Program& program, std::span<const double> b, double tolerance = 1e-7,
                            int max_sweeps = 100000);

}  // namespace sim
