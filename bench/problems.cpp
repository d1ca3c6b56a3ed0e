#include "bench/problems.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/learning.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"
#include "sim/trained_network.hpp"

namespace bench {
namespace {

constexpr double kOptimumTolerance = 1e-9;
constexpr std::size_t kPatches = 64;
constexpr const char* kPhotographs = "/usr/share/backgrounds";

constexpr const char* kNaturalPatches = R"(
seed: 1
frame: {{height: 16 px, width: 16 px}}
stimulus:
  kind: {}
  natural_patches: {{folder: {}, shrink: 4, exclude: [analogpattern, Wine, greentock, umang]}}
populations:
  v1:
    kind: slca
    sheet: {{rows: {}, cols: 32}}
    lambda: 0.1
    slca: {{q: 0.1 tau}}
    plasticity: {{kind: residual_hebbian, residual_hebbian: {{eta: 0.03}}}}
    homeostasis: {{rate: 0.02}}
presentation: {{T: 50 ms, T0: 15 ms}}
learning: {{batches: 200, batch_size: 100, held_out: 1}}
record: {{snapshots: 0}}
)";

void add_stimuli(Problem& problem, const Eigen::MatrixXf& frames, const Eigen::MatrixXf& drive) {
    for (Eigen::Index k = 0; k < drive.cols(); ++k) {
        const Eigen::VectorXd b = drive.col(k).cast<double>();
        problem.drives.emplace_back(b.begin(), b.end());
        problem.half_power.push_back(0.5 * frames.col(k).cast<double>().squaredNorm());
    }
    problem.least_energy.resize(problem.drives.size());
    sim::parallel_for(std::size_t{0}, problem.drives.size(), [&](std::size_t k) {
        const auto best = sim::optimum(problem.program, problem.drives[k], kOptimumTolerance);
        problem.least_energy[k] = sim::energy(problem.program, problem.drives[k], best);
    });
}

}  // namespace

ScratchFolder::ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "striate-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw sim::IoError(fmt::format("{}: cannot be made", name));
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

double Problem::relative_gap(std::size_t k, const std::vector<double>& a) const {
    const double least = least_energy[k] + half_power[k];
    return (sim::energy(program, drives[k], a) - least_energy[k]) / least;
}

Problem natural_patches(std::size_t N, std::string& source) {
    const bool has_photographs = std::filesystem::exists(kPhotographs);
    source = has_photographs ? "natural patches" : "dead leaves (no photographs are installed)";
    const ScratchFolder scratch;
    const sim::RunOptions options{.output = scratch.path() / "run.h5"};
    sim::learn(sim::RunSettings(sim::Params::parse(
                   fmt::format(kNaturalPatches, has_photographs ? "natural_patches" : "dead_leaves",
                               kPhotographs, N / 32),
                   "bench")),
               options);
    const sim::TrainedNetwork trained = sim::load_trained_network(options.output.string(), {});

    const auto stimulus = sim::make_stimulus(trained.settings());
    Eigen::MatrixXf frames(16 * 16, kPatches);
    std::vector<double> shown(stimulus->columns().size());
    for (Eigen::Index k = 0; k < frames.cols(); ++k)
        stimulus->frame(sim::FrameSet::held_out, static_cast<std::uint64_t>(k), {frames.col(k).data(), 256},
                        shown);
    Problem problem{std::move(trained.network().program), {}, {}, {}};
    problem.program.lambda.assign(problem.program.lambda.size(), 0.1);
    add_stimuli(problem, frames, trained.network().fields().drive(frames));
    return problem;
}

void write(const Problem& problem, const sim::io::Output& output) {
    const std::size_t n = problem.program.Q.size();
    std::vector<float> Q;
    std::vector<double> b;
    for (std::size_t j = 0; j < n; ++j) {
        const auto column = problem.program.Q.weights(problem.program.Q.runs(j)[0]);
        Q.insert(Q.end(), column.begin(), column.end());
    }
    for (const auto& drive : problem.drives) b.insert(b.end(), drive.begin(), drive.end());
    sim::io::write_whole_file(output, [&](sim::io::File& file) {
        file.write<float>("/Q", Q, {n, n}, {"1", "interaction, symmetric"});
        file.write("/lambda", problem.program.lambda, {"1", "threshold of each neuron"});
        file.write<double>("/b", b, {problem.drives.size(), n}, {"1", "drive of each stimulus"});
        file.write("/half_power", problem.half_power, {"1", "1/2 |s|^2 of each stimulus"});
        file.write("/least_energy", problem.least_energy,
                   {"1", "least of 1/2 a'Qa - (b - lambda)'a, a >= 0"});
    });
}

Problem sheet(std::size_t side) {
    const std::size_t pixels = side / 4 + 8;
    const sim::RunSettings settings(sim::Params::parse(
        fmt::format("{{frame: {{height: {0} px, width: {0} px}}, stimulus: {{kind: dead_leaves}}, "
                    "populations: {{v1: {{kind: slca, sheet: {{rows: {1}, cols: {1}}}, "
                    "receptive_field: {{R: 2 px, span: {2} px}}}}}}}}",
                    pixels, side, side / 4),
        "bench"));
    sim::Network& network = settings.populations.front().codes->network;
    network.lay_out();
    network.fields().initialise(1);
    network.refresh_interaction();
    Eigen::MatrixXf frames(static_cast<Eigen::Index>(pixels * pixels), 8);
    sim::Stream stream(2, sim::Purpose::test, 0);
    for (float& x : frames.reshaped()) x = static_cast<float>(stream.normal() / 8.0);
    Problem problem{{}, {}, {}, {}};
    const Eigen::MatrixXf drive = network.fields().drive(frames);
    problem.program = std::move(network.program);
    add_stimuli(problem, frames, drive);
    return problem;
}

}  // namespace bench
