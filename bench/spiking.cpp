#include "bench/spiking.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/coding_population.hpp"
#include "sim/simulation.hpp"

namespace bench {
namespace {

std::unique_ptr<sim::CodingPopulation> population_of(const Spiking& spiking, const sim::Program& program) {
    return sim::Registry<sim::Neurons>::instance()
        .make(spiking.kind,
              sim::Params::parse(fmt::format("{}: {{{}}}", spiking.kind, spiking.keys), "bench"), {})
        ->population(program);
}

}  // namespace

std::size_t Spiking::present_all(const sim::Program& program, std::span<const std::vector<double>> drives,
                                 const std::function<std::span<double>(std::size_t)>& code) const {
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(population_of(*this, program));
    std::size_t n_spikes = 0;
    for (std::size_t k = 0; k < drives.size(); ++k) {
        simulation.restart();
        population.drive(drives[k]);
        simulation.run_until(T0);
        population.begin_readout();
        simulation.run_until(T);
        population.read_code(code(k));
        n_spikes += simulation.spikes().size();
    }
    return n_spikes;
}

std::vector<std::uint32_t> Spiking::train(const sim::Program& program,
                                          std::span<const std::vector<double>> drives) const {
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(population_of(*this, program));
    std::vector<std::uint32_t> neurons;
    for (const std::vector<double>& b : drives) {
        simulation.restart();
        population.drive(b);
        simulation.run_until(T);
        for (const sim::Spike& spike : simulation.spikes()) neurons.push_back(spike.neuron);
    }
    return neurons;
}

Spiking slca(double q, double T, double T0) {
    return {"slca", fmt::format("tau: 1 ms, q: {} tau", q), T, T0};
}

Spiking slca_falling(double q0, double k, double q_end) {
    return {"slca_falling", fmt::format("tau: 1 ms, q0: {}, k: {}", q0, k), std::log(q0 / q_end), 0.0};
}

Spiking admm(std::size_t iterations) { return {"admm", fmt::format("iterations: {}", iterations), 1.0, 0.0}; }

}  // namespace bench
