// Presentations that a run recorded, with what a population made of them (docs/file_format.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/recorded_run.hpp"
#include "sim/time.hpp"

namespace analysis {

/// Of n presentations, in the order of their numbers. What the file does not have is empty.
struct RecordedPresentations {
    sim::Time T = 0.0, T0 = 0.0;         // [ms]
    std::vector<std::uint64_t> number;   // shape (n)
    std::vector<std::uint8_t> held_out;  // 1 or 0
    std::vector<double> energy, psnr, sparseness;
    std::vector<float> frames;  // as the population sees them, shape (n, height, width)
    std::vector<float> codes;   // shape (n, N)
    std::vector<std::uint32_t>
        first;                // shape (n + 1): spikes of presentation k are first[k], ..., first[k + 1] - 1
    std::vector<float> time;  // of each spike, since its presentation began [ms]
    std::vector<std::uint32_t> neuron;

    std::size_t size() const { return number.size(); }
};

/// The first n_most of those held out, or, where there are none, of all. Fewer where these have more than
/// n_most_spikes; at least one. throws IoError if what is there does not fit together
RecordedPresentations read_presentations(const RecordedRun& run, std::size_t n_most,
                                         std::size_t n_most_spikes);

}  // namespace analysis
