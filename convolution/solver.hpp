// What codes the images of an experiment: a population of the kind that its config names.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "convolution/population.hpp"
#include "sim/params.hpp"

namespace convolution {

struct SolverSettings {
    explicit SolverSettings(const sim::Params& block);

    /// Whether codes come about in the time of a presentation; those of ADMM are there at once.
    bool has_course() const { return !neurons->solves_by_kernels(); }
    /// The same for codes to learn from, under a lambda of the order of 1. There a rho of ADMM that follows the
    /// residuals swings and leaves codes that may be worse than none; at 10 lambda 30 iterations come within half a
    /// percent of the optimum. Other kinds stay as they are.
    SolverSettings to_learn(double lambda, std::size_t iterations) const;

    std::string kind;
    sim::Presentation presentation;  // T, T0
    std::shared_ptr<const sim::Neurons> neurons;
    bool has_graded_spikes = false;
};

/// Kinds of populations that solve the problem.
std::vector<std::string> kinds_of_populations();

struct Solved {
    Code code;
    std::vector<Snapshot> course;  // at kCourse; empty where codes are there at once
    std::vector<Spike> spikes;     // all of them, if they are kept
};

/// Parts of a presentation after which its course is known.
inline constexpr std::array kCourse = {0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0};

using Solve = std::function<Solved(const Image&)>;

/// Codes of one task on images of one size. It may be asked from several threads at a time; ADMM uses them itself.
Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols,
                  bool keeps_spikes = false);

}  // namespace convolution
