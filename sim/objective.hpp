// What a code is asked for, besides explaining the frame (docs/models/sparse_coding.md, wlsc.md, kds.md).
#pragma once
#include "sim/params.hpp"

namespace sim {

/// The cost of a code a of the frame s is 1/2 |s - Phi a|^2 + kappa/2 a'La and
///     l1        lambda sum_j a_j                      fields of unit norm
///     weighted  lambda sum_j a_j |s - phi_j|^2        fields of any norm
///     simplex   the same, and sum_j a_j = 1, held by a penalty rho/2 (sum_j a_j - 1)^2
/// and of each delta/2 |a|^2 more.
struct Objective {
    enum class Kind { l1, weighted, simplex };

    Objective() = default;
    /// Reads the block `objective`.
    explicit Objective(const Params& root);

    /// Whether far fields cost more: then each learns to be near the frames it codes, at the norm that takes.
    bool weighs_distance() const { return kind != Kind::l1; }

    Kind kind = Kind::l1;
    double rho = 0.0;        // of the simplex
    double delta = 0.0;      // ridge: Q_ii rises by it, and with it all that neurons do to themselves
    bool is_signed = false;  // codes of either sign, by ON and OFF twins; only l1
};

}  // namespace sim
