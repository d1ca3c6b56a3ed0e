#include "sim/encoder.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"
#include "sim/finite.hpp"
#include "sim/parallel.hpp"

namespace sim {

Encoder::Encoder(const Neurons& neurons, const Program& program, const Presentation& presentation,
                 std::size_t n_lanes)
    : name_(neurons.name()), n_neurons_(program.Q.size()), presentation_(presentation), lanes_(n_lanes) {
    for (Lane& lane : lanes_) lane.population = &lane.simulation.add(neurons.population(program));
}

Encoder::Arrivals Encoder::run_until(Lane& lane, Time t, Arrivals arrivals) {
    std::size_t next = 0;
    for (; next < arrivals.size() && arrivals[next].t < t; ++next) {
        const Background::Arrival& one = arrivals[next];
        lane.simulation.run_until(one.t);
        lane.simulation.act(
            0, [&](Population& population) { population.receive(one.neuron, one.jump, one.t); });
    }
    lane.simulation.run_until(t);
    return arrivals.subspan(next);
}

Eigen::MatrixXd Encoder::encode(const Eigen::MatrixXf& drive, std::uint64_t first) {
    Eigen::MatrixXd codes(drive.rows(), drive.cols());
    parallel_for(Eigen::Index{0}, drive.cols(), [&](Eigen::Index k) {
        Lane& lane = lanes_[static_cast<std::size_t>(k)];
        const Eigen::VectorXd b = drive.col(k).cast<double>();
        const auto n_driven = static_cast<std::size_t>(b.size());
        const auto arrivals = presentation_.background.arrivals(first + static_cast<std::uint64_t>(k),
                                                                n_driven, presentation_.T);
        lane.simulation.restart();
        lane.population->drive({b.data(), n_driven});
        const Arrivals later = run_until(lane, presentation_.T0, arrivals);
        lane.population->begin_readout();
        run_until(lane, presentation_.T, later);
        const std::span<double> code(codes.col(k).data(), static_cast<std::size_t>(codes.rows()));
        lane.population->read_code(code);
        if (const std::size_t i = first_not_finite(std::span<const double>(code)); i < code.size())
            throw NumericsError(name_, i, presentation_.T, fmt::format("its activity is {}", code[i]));
    });
    return codes;
}

double Encoder::mean_spikes(std::size_t n_frames) const {
    std::size_t total = 0;
    for (std::size_t k = 0; k < n_frames; ++k) total += lanes_[k].simulation.spikes().size();
    return static_cast<double>(total) / static_cast<double>(n_frames);
}

Eigen::MatrixXf Encoder::counts_from(std::size_t first, std::size_t n_frames) const {
    Eigen::MatrixXf counts = Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(n_neurons_ - first),
                                                   static_cast<Eigen::Index>(n_frames));
    if (counts.rows() == 0) return counts;
    for (std::size_t k = 0; k < n_frames; ++k)
        for (const Spike& spike : spikes(k))
            if (spike.neuron >= first)
                ++counts(static_cast<Eigen::Index>(spike.neuron - first), static_cast<Eigen::Index>(k));
    return counts;
}

std::vector<double> Encoder::carried() const {
    std::vector<double> all;
    for (const Lane& lane : lanes_) {
        const auto state = lane.population->carried();
        all.insert(all.end(), state.begin(), state.end());
    }
    return all;
}

void Encoder::restore(std::span<const double> carried) {
    const std::size_t each = carried.size() / lanes_.size();
    if (each == 0) return;
    for (std::size_t k = 0; k < lanes_.size(); ++k)
        lanes_[k].population->restore(carried.subspan(k * each, each));
}

}  // namespace sim
