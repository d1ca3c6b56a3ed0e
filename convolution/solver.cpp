#include "convolution/solver.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/network.hpp"

namespace convolution {

std::vector<std::string> kinds_of_populations() {
    std::vector<std::string> kinds;
    for (const auto& [name, entry] : sim::Registry<sim::Neurons>::instance().entries())
        if (entry.make(sim::Params::parse("", name), {})->solves_program()) kinds.push_back(name);
    return kinds;
}

SolverSettings::SolverSettings(const sim::Params& block)
    : kind(block.choice("kind", kinds_of_populations(), "admm",
                        "what finds the code of an image: a kind of population that shares the kernels")),
      presentation(sim::read_presentation_of_still(block)) {
    if (block.has("spikes") && !block.is_describing())
        block.fail("spikes",
                   "left out: kind names a population, slca_falling or another, whose keys stand in a block "
                   "of that name, and T and T0 in presentation",
                   "the block of an older version");
    const auto& registry = sim::Registry<sim::Neurons>::instance();
    for (const std::string& name : kinds_of_populations())
        if (name == kind || block.has(name)) registry.entries().at(name).read(block.block(name));
    neurons = registry.make(kind, block, {});
    const sim::Program alone{sim::Interaction::dense(1), {0.0}};
    has_graded_spikes = neurons->population(alone)->has_graded_spikes();
}

SolverSettings SolverSettings::to_learn(double lambda, std::size_t iterations) const {
    SolverSettings settings = *this;
    if (has_course()) return settings;
    const std::string keys =
        fmt::format("{}: {{iterations: {}, rho: {}, adapts: false}}", kind, iterations, 10.0 * lambda);
    settings.neurons =
        sim::Registry<sim::Neurons>::instance().make(kind, sim::Params::parse(keys, "learning"), {});
    return settings;
}

Solve make_solver(const SolverSettings& settings, const Task& task, std::size_t rows, std::size_t cols,
                  bool keeps_spikes) {
    const sim::Time T = settings.presentation.T;
    std::vector<sim::Time> times;
    for (const double part : kCourse) times.push_back(part * T);
    const auto population =
        std::make_shared<Population>(task, rows, cols, settings.neurons, T, settings.presentation.T0);
    if (!settings.has_course())
        return [population](const Image& image) { return Solved{population->solve(image).code, {}, {}}; };
    return [population, times, keeps_spikes](const Image& image) {  // functions are copied
        Solved solved;
        solved.course = population->course(image, times, keeps_spikes ? &solved.spikes : nullptr);
        solved.code = solved.course.back().code;
        return solved;
    };
}

}  // namespace convolution
