#include "convolution/solver.hpp"

#include <memory>

namespace convolution {
namespace {

AdmmSettings read_admm(const sim::Params& block, double lambda) {
    AdmmSettings admm(lambda);
    admm.iterations = block.count("iterations", admm.iterations, "iterations for an image");
    admm.relaxation = block.number("relaxation", "1", admm.relaxation, sim::Check::positive,
                                   "over-relaxation alpha, below 2");
    if (admm.relaxation >= 2.0) block.fail("relaxation", "below 2");
    admm.rho = block.number("rho", "1", admm.rho, sim::Check::positive,
                            "weight of the constraint at first; 50 lambda + 1 if not given");
    admm.adapts =
        block.flag("adapts", admm.adapts, "whether rho follows the residuals, in the first 100 iterations");
    return admm;
}

}  // namespace

SolverSettings::SolverSettings(const sim::Params& block, double lambda)
    : kind(block.choice("kind", {"admm"}, "admm", "what finds the code of an image")),
      admm(read_admm(block.block("admm"), lambda)) {}

Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols) {
    const auto admm = std::make_shared<Admm>(task, rows, cols, settings.admm);  // functions are copied
    return [admm](const Image& image) { return admm->solve(image); };
}

}  // namespace convolution
