// The place where a solver of the convolutional problem is chosen.
#pragma once
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "convolution/admm.hpp"
#include "convolution/spiking.hpp"
#include "sim/params.hpp"

namespace convolution {

struct SolverSettings {
    /// lambda: of the task; rho of ADMM starts from it.
    SolverSettings(const sim::Params& block, double lambda);

    bool spikes() const { return kind == "spikes"; }

    std::string kind;
    AdmmSettings admm;
    SpikingSettings spiking;  // q: for kernels of unit norm
};

struct Solved {
    Code code;
    std::vector<Snapshot> course;  // of spikes, at kCourse; empty of ADMM
};

/// Parts of a presentation after which its course is known.
inline constexpr std::array kCourse = {0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0};

using Solve = std::function<Solved(const Image&)>;

/// A solver of one task on images of one size. One of spikes may be asked from several threads at a time;
/// ADMM uses them itself. A spike stands for q / (mean norm of the kernels): that much less activity makes
/// the same contrast.
Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols);

}  // namespace convolution
