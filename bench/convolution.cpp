#include "bench/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numbers>
#include <numeric>

#include "bench/spiking.hpp"
#include "convolution/admm.hpp"
#include "convolution/contrast_normalisation.hpp"
#include "convolution/coordinate_descent.hpp"
#include "convolution/spiking.hpp"
#include "models/stimuli/photograph.hpp"
#include "sim/interaction.hpp"
#include "sim/kernels.hpp"
#include "sim/log_gabor.hpp"
#include "sim/program.hpp"
#include "sim/rng.hpp"

namespace bench {
namespace {

using convolution::Code;
using convolution::Image;
using convolution::SpikingSettings;

constexpr const char* kPhotograph = "/usr/share/backgrounds/Bridge_by_Sander_Klootwijk.jpg";
constexpr sim::Time kTau = 10.0;
/// Iterations after which ADMM serves as the optimum, unless another solver got lower still.
constexpr std::size_t kToTheOptimum = 1500;

/// Of the clock: ADMM uses all cores, the others one.
template <class Work>
double seconds(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The middle of a photograph; discs that hide each other where there is none.
Image picture(std::size_t side) {
    Image image{side, side, std::vector<float>(side * side)};
    if (std::filesystem::exists(kPhotograph)) {
        const models::Image whole = models::read_photograph(kPhotograph, 4);
        const std::size_t top = (whole.height - side) / 2, left = (whole.width - side) / 2;
        for (std::size_t y = 0; y < side; ++y)
            std::copy_n(whole.row(top + y) + left, side, &image.pixels[y * side]);
        return image;
    }
    sim::Stream stream(1, sim::Purpose::test, 0);
    const auto size = static_cast<double>(side);
    for (std::size_t disc = 0; disc < 40 * side; ++disc) {
        const double cy = stream.uniform(0.0, size), cx = stream.uniform(0.0, size);
        const double r = 2.0 / std::sqrt(stream.uniform(0.005, 1.0));
        const auto grey = static_cast<float>(stream.uniform());
        for (std::size_t p = 0; p < image.size(); ++p)
            if (std::hypot(static_cast<double>(p / side) - cy, static_cast<double>(p % side) - cx) < r)
                image.pixels[p] = grey;
    }
    return image;
}

/// Zero mean, peak 1.
Image scaled_to_peak(Image image) {
    const float mean =
        std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0F) / static_cast<float>(image.size());
    float peak = 0.0F;
    for (float& x : image.pixels) peak = std::max(peak, std::abs(x -= mean));
    for (float& x : image.pixels) x /= peak;
    return image;
}

/// 144 kernels of 12 x 12 px and unit norm: 12 orientations, 6 bandwidths, 2 phases.
convolution::Task task_with(double lambda) {
    sim::LogGaborSettings settings;
    settings.orientations = 12;
    for (const double degrees : {5.0, 10.0, 15.0, 20.0, 25.0, 30.0})
        settings.bandwidths.push_back(degrees * std::numbers::pi / 180.0);
    convolution::Task task;
    task.kernels = log_gabor_bank(settings);
    normalise(task.kernels);
    task.lambda = lambda;
    return task;
}

struct Problem {
    std::string name;
    convolution::Task task;
    Image image;
    SpikingSettings settings;  // which bring spikes within 1 % of the least energy

    std::size_t side() const { return image.rows; }
    double energy(const Code& code) const { return convolution::energy(task, image, code); }
};
SpikingSettings presented_for(double T) { return {kTau, 0.2, 0.998, T * kTau, 0.4 * T * kTau}; }

Problem peak_one(std::size_t side) {
    return {fmt::format("{0} x {0}, peak 1, lambda 0.05, T 5 tau", side), task_with(0.05),
            scaled_to_peak(picture(side)), presented_for(5.0)};
}
Problem normalised(std::size_t side) {
    return {fmt::format("{0} x {0}, contrast normalised, lambda 0.01, T 10 tau", side), task_with(0.01),
            normalise_contrast(picture(side)), presented_for(10.0)};
}

/// What a solver came to, and how long it took, setting up its tables included.
struct Run {
    convolution::Solution solution;
    double spent_s = 0.0, energy = 0.0;
};
template <class Solver, class Settings>
Run run(const Problem& problem, const Settings& settings) {
    Run run;
    run.spent_s = seconds([&] {
        run.solution = Solver(problem.task, problem.side(), problem.side(), settings).solve(problem.image);
    });
    run.energy = problem.energy(run.solution.code);
    return run;
}

convolution::AdmmSettings admm_settings(const Problem& problem, std::size_t iterations) {
    convolution::AdmmSettings settings(problem.task.lambda);
    settings.iterations = iterations;
    return settings;
}

/// ADMM with as few iterations, of 25, 50, 100, ..., as get down to an energy.
Run admm_to(const Problem& problem, double energy) {
    for (std::size_t iterations = 25;; iterations *= 2) {
        Run its = run<convolution::Admm>(problem, admm_settings(problem, iterations));
        if (its.energy <= energy || iterations > kToTheOptimum) return its;
    }
}

Figure figure_of(const std::string& name, const Run& run, double least, const char* updates) {
    const auto n_active = std::ranges::count_if(run.solution.code, [](float a) { return a != 0.0F; });
    return {
        name, run.spent_s, "s", 0.0,
        fmt::format("{} {}, energy {:+.2f} %, {:.3f} % active", run.solution.updates, updates,
                    100.0 * (run.energy / least - 1.0),
                    100.0 * static_cast<double>(n_active) / static_cast<double>(run.solution.code.size()))};
}

void add_race(Section& section, const Problem& problem) {
    const Run spikes = run<convolution::Spiking>(problem, problem.settings);
    const Run to_the_end = run<convolution::Admm>(problem, admm_settings(problem, kToTheOptimum));
    const double least = std::min(to_the_end.energy, spikes.energy);
    convolution::CoordinateDescentSettings down;
    down.energy = spikes.energy;
    const Run descent = run<convolution::CoordinateDescent>(problem, down);
    section.figures.push_back(figure_of(problem.name + ": spikes", spikes, least, "spikes"));
    section.figures.push_back(figure_of("    coordinate descent", descent, least, "moves"));
    section.figures.push_back(figure_of("    ADMM", admm_to(problem, spikes.energy), least, "iterations"));
    section.figures.push_back(
        {"    spikes per move of coordinate descent",
         static_cast<double>(spikes.solution.updates) / static_cast<double>(descent.solution.updates), "x",
         0.0, "", false});
}

/// Spikes of `slca_falling` on shared kernels, and coordinate descent down to their energy: codes that are not negative,
/// kernels within the image. Tables are made before the clock runs.
void add_falling_race(Section& section, std::size_t side) {
    Problem problem = peak_one(side);
    problem.task.is_signed = false;
    problem.task.border = convolution::Border::valid;
    const sim::Kernels& kernels = problem.task.kernels;
    const sim::Grid grid = sim::places_within(kernels.height, kernels.width, side, side, 1);
    const std::size_t K = kernels.n, N = K * grid.size();
    const sim::Program program{sim::Interaction::shared(sim::correlations(kernels, 1), grid),
                               std::vector<double>(N, problem.task.lambda)};
    const std::vector<float> drive =
        convolution::by_place(convolution::drive(problem.task, problem.image), K);
    const std::vector<double> b(drive.begin(), drive.end());
    const Spiking spiking = slca_falling(1.0, 0.7, 0.01);
    Run spikes;
    std::vector<double> a(N);
    spikes.spent_s = seconds([&] { spikes.solution.updates = spiking.present(program, b, a); });
    const std::vector<float> code(a.begin(), a.end());
    spikes.energy = problem.energy(convolution::by_kernel(code, K));
    spikes.solution.code = code;
    convolution::CoordinateDescentSettings down;
    down.energy = spikes.energy;
    const convolution::CoordinateDescent solver(problem.task, side, side, down);
    Run descent;
    descent.spent_s = seconds([&] { descent.solution = solver.solve(problem.image); });
    descent.energy = problem.energy(descent.solution.code);
    down.energy = -std::numeric_limits<double>::infinity();
    const double least = run<convolution::CoordinateDescent>(problem, down).energy;
    const auto per_update = [](const Run& one) {
        return one.spent_s / static_cast<double>(one.solution.updates);
    };
    section.figures.push_back(
        figure_of(fmt::format("{0} x {0}, peak 1, a >= 0: slca_falling", side), spikes, least, "spikes"));
    section.figures.push_back(figure_of("    coordinate descent", descent, least, "moves"));
    section.figures.push_back(
        {"    spikes per move of coordinate descent",
         static_cast<double>(spikes.solution.updates) / static_cast<double>(descent.solution.updates), "x",
         0.0,
         fmt::format("a spike takes {:.2f} times as long as a move",
                     per_update(spikes) / per_update(descent)),
         false});
}

/// Most memory this process has had so far [MB].
double peak_memory_MB() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmHWM:") {
            double kB = 0.0;
            status >> kB;
            return kB / 1024.0;
        }
    return 0.0;
}

/// On one core: time of the processor, which all cores spend together. Difference of two lengths, so that
/// what comes before the iterations does not count.
Figure admm_figure() {
    constexpr std::size_t kSide = 256, kIterations = 20;
    const Problem problem = normalised(kSide);
    const auto spent_s = [&](std::size_t iterations) {
        convolution::AdmmSettings settings(problem.task.lambda);
        settings.iterations = iterations;
        const convolution::Admm admm(problem.task, kSide, kSide, settings);
        const std::clock_t start = std::clock();
        static_cast<void>(admm.solve(problem.image));
        return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    };
    return {fmt::format("an iteration of ADMM, {0} x {0}, one core", kSide),
            1e3 * (spent_s(2 * kIterations) - spent_s(kIterations)) / kIterations, "ms", 0.0,
            "time of the processor"};
}

/// The first moments of a large image: memory does not grow from then on.
Figure memory_figure() {
    constexpr std::size_t kSide = 512;
    Problem problem = peak_one(kSide);
    problem.settings = presented_for(0.01);
    const Run spikes = run<convolution::Spiking>(problem, problem.settings);
    return {fmt::format("peak memory, {0} x {0}", kSide),
            peak_memory_MB(),
            "MB",
            0.0,
            fmt::format("{} neurons, {} B each while they run", spikes.solution.code.size(),
                        convolution::Spiking::bytes_per_neuron()),
            false};
}

}  // namespace

Section admm_section() { return {"ADMM, 144 kernels of 12 x 12 px", {admm_figure()}}; }

Section convolution_section() {
    Section section{
        "Convolutional sparse coding, 144 kernels of 12 x 12 px: the other solvers go on until they "
        "have the energy of the spikes",
        {}};
    section.figures.push_back(memory_figure());
    for (const std::size_t side : {32, 64, 128}) add_race(section, peak_one(side));
    for (const std::size_t side : {32, 64}) add_race(section, normalised(side));
    for (const std::size_t side : {32, 64, 128}) add_falling_race(section, side);
    return section;
}

Section convolution_settings_section() {
    const Problem problem = peak_one(32);
    Section section{"Settings of the convolutional spiking network (32 x 32, peak 1, lambda 0.05)", {}};
    const double least = run<convolution::Admm>(problem, admm_settings(problem, kToTheOptimum)).energy;
    const auto attempt = [&](double q, double sigma, double T, std::size_t stride = 1) {
        Problem its = problem;
        its.task.stride = stride;
        const SpikingSettings settings{kTau, q, sigma, T * kTau, 0.4 * T * kTau};
        const std::string name = fmt::format("q {} tau, sigma {}, T {} tau{}", q, sigma, T,
                                             stride > 1 ? fmt::format(", stride {}", stride) : "");
        section.figures.push_back(figure_of(name, run<convolution::Spiking>(its, settings), least, "spikes"));
    };
    for (const double sigma : {0.0, 0.5, 0.9, 0.98, 0.998, 0.9998}) attempt(0.2, sigma, 10.0);
    for (const double T : {20.0, 40.0}) attempt(0.2, 0.0, T);
    for (const double q : {0.05, 0.5}) attempt(q, 0.0, 10.0);
    for (const double q : {0.1, 0.5, 1.0}) attempt(q, 0.998, 10.0);
    for (const double T : {2.0, 5.0, 20.0}) attempt(0.2, 0.998, T);
    attempt(0.2, 0.998, 10.0, 2);
    return section;
}

}  // namespace bench
