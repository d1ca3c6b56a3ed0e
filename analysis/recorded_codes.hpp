// Codes of recorded presentations, as files of networks keep them: whole, or, where all places share their kernels, what is
// active alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"

namespace analysis {

/// What is active of a code, in order of the neurons' numbers.
struct ActiveCode {
    std::vector<std::uint64_t> neuron;
    std::vector<float> value;  // never 0

    std::size_t size() const { return neuron.size(); }
};

/// Of each recorded presentation, of a population whose places share kernels. n_neurons: of the population.
/// throws IoError if what is there does not fit together
std::vector<ActiveCode> read_active_codes(const sim::io::File& file, const std::string& population,
                                          std::size_t n_neurons);

/// The code of recorded presentation `row`, shape (n_neurons), of any population; empty where it has none.
std::vector<float> read_code(const sim::io::File& file, const std::string& population, std::size_t row,
                             std::size_t n_neurons);

}  // namespace analysis
