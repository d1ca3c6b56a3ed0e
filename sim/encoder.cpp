#include "sim/encoder.hpp"

namespace sim {

Encoder::Encoder(const Neurons& neurons, const Program& program, const Presentation& presentation,
                 std::size_t n_lanes)
    : n_neurons_(program.Q.size()),
      n_frames_(presentation.n_frames),
      lanes_([&](Simulation& simulation) { simulation.add(neurons.population(program)); },
             {{neurons.name(), program.Q.size() - neurons.n_hidden(), presentation.background}}, presentation,
             n_lanes) {}

Eigen::MatrixXd Encoder::encode(const Eigen::MatrixXf& drive, std::uint64_t first) {
    return std::move(
        lanes_.show({&drive, 1}, static_cast<std::size_t>(drive.cols()) / n_frames_, first).front());
}

}  // namespace sim
