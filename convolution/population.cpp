#include "convolution/population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.hpp"
#include "sim/shared_kernels.hpp"
#include "sim/simulation.hpp"

namespace convolution {
namespace {

/// Spikes that are kept before they are counted, and forgotten if nobody asks for them.
constexpr std::size_t kGathered = 1U << 16;

void check(const Task& task, std::size_t rows, std::size_t cols) {
    if (!(task.lambda >= 0.0 && std::isfinite(task.lambda)))
        throw sim::ConfigError(fmt::format("lambda: must be >= 0, got {}", task.lambda));
    const std::vector<double> norm = norms(task.kernels);
    for (std::size_t k = 0; k < norm.size(); ++k)
        if (norm[k] == 0.0) throw sim::ConfigError(fmt::format("kernel {} must not be zero everywhere", k));
    if (task.border == Border::valid) return;
    if (const std::string missing = sim::missing_for_periodic(task.kernels, rows, cols, task.stride);
        !missing.empty())
        throw sim::ConfigError(
            fmt::format("with periodic borders the image must be {}, got {} x {} px", missing, rows, cols));
}

}  // namespace

sim::Program program_of(const Task& task, std::size_t rows, std::size_t cols, bool has_weights) {
    const Grid grid = grid_of(task, rows, cols);
    check(task, rows, cols);
    sim::Program program{sim::Interaction::shared(task.kernels, grid), {}};
    if (task.is_signed) program.Q.add_twins();
    if (has_weights) program.Q.make_weights();
    program.lambda.assign(program.Q.size(), task.lambda);
    return program;
}

std::vector<double> drive_of(const Task& task, const Image& image, std::size_t rows, std::size_t cols) {
    if (image.rows != rows || image.cols != cols || image.pixels.size() != rows * cols)
        throw sim::ConfigError(fmt::format("the image must be of {} x {} px, got {} x {} px", rows, cols,
                                           image.rows, image.cols));
    const Eigen::Map<const Eigen::VectorXf> pixels(image.pixels.data(),
                                                   static_cast<Eigen::Index>(image.size()));
    const Eigen::MatrixXf b = sim::drive(task.kernels, grid_of(task, rows, cols), rows, cols, pixels);
    const auto n = static_cast<std::size_t>(b.size());
    std::vector<double> all(task.is_signed ? 2 * n : n);
    std::copy_n(b.data(), n, all.begin());
    for (std::size_t i = n; i < all.size(); ++i) all[i] = -all[i - n];
    return all;
}

Code code_of(const Task& task, std::span<const double> activity) {
    const std::size_t n = task.is_signed ? activity.size() / 2 : activity.size(), K = task.kernels.n,
                      n_places = n / K;
    Code code(n);
    for (std::size_t i = 0; i < n; ++i)
        code[i % K * n_places + i / K] =
            static_cast<float>(task.is_signed ? activity[i] - activity[n + i] : activity[i]);
    return code;
}

Population::Population(const Task& task, std::size_t rows, std::size_t cols,
                       std::shared_ptr<const sim::Neurons> neurons, sim::Time T, sim::Time T0)
    : task_(task),
      rows_(rows),
      cols_(cols),
      neurons_(std::move(neurons)),
      T_(T),
      T0_(T0),
      program_(program_of(task, rows, cols, !neurons_->solves_by_kernels())) {}

Solution Population::solve(const Image& image) const {
    Snapshot last = std::move(course(image, std::span(&T_, 1))[0]);
    return {std::move(last.code), last.n_spikes};
}

std::vector<Snapshot> Population::course(const Image& image, std::span<const sim::Time> times,
                                         std::vector<Spike>* spikes) const {
    const std::size_t K = task_.kernels.n, n_places = grid_of(task_, rows_, cols_).size(), n = K * n_places;
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons_->population(program_));
    std::uint64_t n_spikes = 0;
    const auto take = [&] {
        const std::vector<sim::Spike> taken = simulation.take_spikes();
        n_spikes += taken.size();
        if (spikes == nullptr) return;
        for (const sim::Spike& spike : taken) {
            const std::size_t i = spike.neuron % n;
            spikes->push_back({spike.t, i % K * n_places + i / K, spike.neuron < n, spike.amount});
        }
    };
    simulation.gather(kGathered, take);
    population.drive(drive_of(task_, image, rows_, cols_));
    std::vector<Snapshot> snapshots;
    sim::Time read_from = 0.0;
    population.begin_readout();
    for (const sim::Time t : times) {
        if (read_from < T0_ && T0_ < t) {
            simulation.run_until(T0_);
            population.begin_readout();
            read_from = T0_;
        }
        simulation.run_until(t);
        take();
        std::vector<double> activity(program_.Q.size());
        population.read_code(activity);
        snapshots.push_back({t, code_of(task_, activity), n_spikes});
        if (t > T0_) continue;
        population.begin_readout();
        read_from = t;
    }
    return snapshots;
}

}  // namespace convolution
