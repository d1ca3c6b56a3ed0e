// A kind of population under one setting, on programs of its own choice.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/program.hpp"

namespace bench {

/// Times in ms, which is tau of those that have one.
struct Spiking {
    std::string kind, keys;
    double T, T0;

    /// Presents drives in turn, and writes the code of each to code(k), shape (n). returns spikes of all
    std::size_t present_all(const sim::Program& program, std::span<const std::vector<double>> drives,
                            const std::function<std::span<double>(std::size_t)>& code) const;
    /// The same without codes. returns the neurons that fire, one drive after the other
    std::vector<std::uint32_t> train(const sim::Program& program,
                                     std::span<const std::vector<double>> drives) const;
    std::size_t present(const sim::Program& program, const std::vector<double>& b,
                        std::span<double> a) const {
        return present_all(program, {&b, 1}, [&](std::size_t) { return a; });
    }
};

Spiking slca(double q, double T, double T0);
/// q_end: to which the quantum falls in a presentation
Spiking slca_falling(double q0, double k, double q_end);
/// Without spikes.
Spiking admm(std::size_t iterations);

}  // namespace bench
