#include "bench/convolutional_population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.hpp"
#include "sim/shared_kernels.hpp"
#include "sim/simulation.hpp"

namespace bench::convolution {
namespace {

/// Spikes that are kept before they are counted.
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
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons_->population(program_));
    Solution solution;
    const auto count = [&] { solution.updates += simulation.take_spikes().size(); };
    simulation.gather(kGathered, count);
    population.drive(drive_of(task_, image, rows_, cols_));
    population.begin_readout();
    if (T0_ > 0.0) {
        simulation.run_until(T0_);
        population.begin_readout();
    }
    simulation.run_until(T_);
    count();
    std::vector<double> activity(program_.Q.size());
    population.read_code(activity);
    solution.code = code_of(task_, activity);
    return solution;
}

}  // namespace bench::convolution
