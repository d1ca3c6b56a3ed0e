// Current injected into chosen neurons while the network learns; none when it is tested.
#pragma once
#include <Eigen/Core>
#include <span>
#include <vector>

#include "sim/params.hpp"

namespace sim {

/// The block `teaching` of a population. Neurons k n .. k n + n - 1 are the block of class k (ordinal linking, Barari & Kim).
struct TeachingSettings {
    /// n_neurons: of the sheet.
    TeachingSettings(const Params& population, std::size_t n_neurons);

    double current;                // into the block of a frame's label
    double inhibition;             // taken from all other neurons
    std::size_t block;             // n
    std::vector<double> currents;  // into each neuron, whatever is shown; shape (N) or empty
    double until;                  // part of the run after which nothing is injected

    bool has_blocks() const { return current > 0.0 || inhibition > 0.0; }
    bool is_on() const { return has_blocks() || !currents.empty(); }
};

/// Adds the current of batch `batch` of `n_batches` to a drive (n, B), n at least N; of movies (n, B n_frames).
/// labels: of the presentations, shape (B); one below 0 or beyond the last whole block drives nobody.
void inject(const TeachingSettings& teaching, std::size_t batch, std::size_t n_batches,
            std::span<const int> labels, Eigen::MatrixXf& drive);

/// Number of the block in which a code (N) is most active; the first of equals.
std::size_t most_active_block(std::span<const float> code, std::size_t block);

}  // namespace sim
