// The place where a solver of the convolutional problem is chosen.
#pragma once
#include <functional>
#include <string>

#include "convolution/admm.hpp"
#include "sim/params.hpp"

namespace convolution {

struct SolverSettings {
    /// lambda: of the task; rho of ADMM starts from it.
    SolverSettings(const sim::Params& block, double lambda);

    std::string kind;
    AdmmSettings admm;
};

using Solve = std::function<Solution(const Image&)>;

/// A solver of one task on images of one size.
Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols);

}  // namespace convolution
