#include "convolution/solver.hpp"

#include <memory>
#include <numeric>

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
    admm.residual_ratio = block.number(
        "residual_ratio", "1", admm.residual_ratio, sim::Check::positive,
        "of primal to dual residual that rho aims at: higher, and a code after so many iterations is sparser "
        "and less precise; 1 + 18.3^(log10 lambda + 1) if not given");
    return admm;
}

SpikingSettings read_spiking(const sim::Params& block) {
    SpikingSettings spiking;
    spiking.tau = block.number("tau", "ms", spiking.tau, sim::Check::positive, "time constant of currents");
    spiking.q =
        block.number("q", "1", spiking.q, sim::Check::positive,
                     "what a spike stands for, activity x time [tau], of kernels of unit norm; others "
                     "have it divided by their mean norm");
    spiking.self_inhibition =
        block.number("self_inhibition", "1", spiking.self_inhibition, sim::Check::unit_interval,
                     "sigma, below 1: part of its threshold that a neuron pays as "
                     "inhibition of itself");
    if (spiking.self_inhibition >= 1.0) block.fail("self_inhibition", "below 1");
    spiking.T = block.number("T", "ms", spiking.T, sim::Check::positive, "length of a presentation");
    spiking.T0 = block.number("T0", "ms", 0.4 * spiking.T, sim::Check::non_negative,
                              "the code is read from here on; 0.4 T if not given");
    if (spiking.T0 >= spiking.T) block.fail("T0", "below T");
    return spiking;
}

double mean_norm(const Kernels& kernels) {
    const std::vector<double> norm = norms(kernels);
    return std::accumulate(norm.begin(), norm.end(), 0.0) / static_cast<double>(norm.size());
}

Solve spiking_solver(SpikingSettings settings, const Task& task, std::size_t rows, std::size_t cols,
                     bool keeps_spikes) {
    settings.q /= mean_norm(task.kernels);
    std::vector<sim::Time> times;
    for (const double part : kCourse) times.push_back(part * settings.T);
    const auto network = std::make_shared<Spiking>(task, rows, cols, settings);  // functions are copied
    return [network, times, keeps_spikes](const Image& image) {
        Solved solved;
        solved.course = network->course(image, times, keeps_spikes ? &solved.spikes : nullptr);
        solved.code = solved.course.back().code;
        return solved;
    };
}

Solve admm_solver(const AdmmSettings& settings, const Task& task, std::size_t rows, std::size_t cols) {
    const auto admm = std::make_shared<Admm>(task, rows, cols, settings);
    return [admm](const Image& image) { return Solved{admm->solve(image).code, {}, {}}; };
}

}  // namespace

SolverSettings::SolverSettings(const sim::Params& block, double lambda)
    : kind(block.choice("kind", {"admm", "spikes"}, "admm",
                        "what finds the code of an image; spikes: the convolutional spiking LCA")),
      admm(read_admm(block.block("admm"), lambda)),
      spiking(read_spiking(block.block("spikes"))) {}

SolverSettings SolverSettings::to_learn(double lambda, std::size_t iterations) const {
    SolverSettings settings = *this;
    settings.admm.iterations = iterations;
    settings.admm.rho = 10.0 * lambda;
    settings.admm.adapts = false;
    return settings;
}

Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols,
                  bool keeps_spikes) {
    return settings.spikes() ? spiking_solver(settings.spiking, task, rows, cols, keeps_spikes)
                             : admm_solver(settings.admm, task, rows, cols);
}

}  // namespace convolution
