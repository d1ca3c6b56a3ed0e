#include "convolution/solver.hpp"

#include <utility>

#include "sim/network.hpp"

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

/// Of a population: its kind, whose keys stand in a block of its name as in a network, and what it is made of.
void read_population(const sim::Params& block, SolverSettings& settings) {
    const auto& registry = sim::Registry<sim::Neurons>::instance();
    std::vector<std::string> kinds = kinds_of_populations();
    kinds.insert(kinds.begin(), "admm");
    settings.kind =
        block.choice("kind", kinds, "admm",
                     "what finds the code of an image: admm, or a population of neurons of a kind, "
                     "which share the kernels");
    for (const std::string& name : kinds)
        if (name != "admm" && (name == settings.kind || block.has(name)))
            registry.entries().at(name).read(block.block(name));
    settings.presentation = sim::read_presentation_of_still(block);
    if (settings.kind == "admm") return;
    settings.neurons = registry.make(settings.kind, block, {});
    const sim::Program alone{sim::Interaction::dense(1), {0.0}};
    settings.has_graded_spikes = settings.neurons->population(alone)->has_graded_spikes();
}

Solve population_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols,
                        bool keeps_spikes) {
    const auto& [T, T0] = std::pair(settings.presentation.T, settings.presentation.T0);
    std::vector<sim::Time> times;
    for (const double part : kCourse) times.push_back(part * T);
    const auto population = std::make_shared<Population>(task, rows, cols, settings.neurons, T, T0);
    return [population, times, keeps_spikes](const Image& image) {  // functions are copied
        Solved solved;
        solved.course = population->course(image, times, keeps_spikes ? &solved.spikes : nullptr);
        solved.code = solved.course.back().code;
        return solved;
    };
}

Solve admm_solver(const AdmmSettings& settings, const Task& task, std::size_t rows, std::size_t cols) {
    const auto admm = std::make_shared<Admm>(task, rows, cols, settings);
    return [admm](const Image& image) { return Solved{admm->solve(image).code, {}, {}}; };
}

}  // namespace

std::vector<std::string> kinds_of_populations() {
    std::vector<std::string> kinds;
    for (const auto& [name, entry] : sim::Registry<sim::Neurons>::instance().entries())
        if (entry.make(sim::Params::parse("", name), {})->solves_program()) kinds.push_back(name);
    return kinds;
}

SolverSettings::SolverSettings(const sim::Params& block, double lambda)
    : admm(read_admm(block.block("admm"), lambda)) {
    if (block.has("spikes") && !block.is_describing())
        block.fail("spikes",
                   "left out: kind names a population, slca_falling or another, whose keys stand in a block "
                   "of that name, and T and T0 in presentation",
                   "the block of an older version");
    read_population(block, *this);
}

SolverSettings SolverSettings::to_learn(double lambda, std::size_t iterations) const {
    SolverSettings settings = *this;
    settings.admm.iterations = iterations;
    settings.admm.rho = 10.0 * lambda;
    settings.admm.adapts = false;
    return settings;
}

Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols,
                  bool keeps_spikes) {
    return settings.spikes() ? population_solver(settings, task, rows, cols, keeps_spikes)
                             : admm_solver(settings.admm, task, rows, cols);
}

}  // namespace convolution
