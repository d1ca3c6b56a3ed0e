// Other ways to solve the same program, each as fast as its author could write it, for comparison.
#pragma once
#include <Eigen/Core>
#include <memory>
#include <vector>

#include "bench/problems.hpp"

namespace bench {

/// Codes of all stimuli of a problem, (N, stimuli).
using Codes = Eigen::MatrixXd;

/// The spiking LCA on a clock: soft reset v -= q d, the overshoot kept. step and T in units of tau.
/// u relaxes exactly over a step; decoders as those of `slca`.
struct ClockedSpiking {
    double q, step, T, T0;
    bool membrane;
    Codes operator()(const Problem& problem) const;
};

/// The analog LCA (Rozell et al. 2008), Euler steps, multiplying only the columns of active neurons.
struct ActiveColumns {
    double step;  // of tau
    int iterations;
    Codes operator()(const Problem& problem) const;
};

/// The analog LCA as matrix products over batches of 64 stimuli, single precision, Eigen.
struct DenseBatches {
    double step;  // of tau
    int iterations;
    Codes operator()(const Problem& problem) const;

    std::shared_ptr<const Eigen::MatrixXf> inhibition;  // Q without its diagonal
};
std::shared_ptr<const Eigen::MatrixXf> inhibition_of(const sim::Program& program);

/// Cyclic coordinate descent with the gradient kept (a Gram matrix), until the KKT residual is at most
/// `tolerance`.
struct CoordinateDescent {
    double tolerance;
    Codes operator()(const Problem& problem) const;
};

/// Greedy coordinate descent on the same gradient: each move is the one that lowers the energy most, until no move
/// is larger than `tolerance`.
/// source  Li & Osher (2009), Inverse Probl. Imaging 3:487
struct GreedyDescent {
    double tolerance;
    Codes operator()(const Problem& problem) const;
};

}  // namespace bench
