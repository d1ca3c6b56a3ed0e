#include "bench/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <numeric>

#include "bench/convolutional_descent.hpp"
#include "bench/convolutional_population.hpp"
#include "bench/spiking.hpp"
#include "models/stimuli/contrast_normalisation.hpp"
#include "sim/log_gabor.hpp"
#include "sim/program.hpp"
#include "sim/rng.hpp"

namespace bench {
namespace {

using convolution::Code;
using convolution::Image;

constexpr const char* kPhotograph = "/usr/share/backgrounds/Bridge_by_Sander_Klootwijk.jpg";
/// Iterations after which ADMM serves as the optimum, unless another solver got lower still.
constexpr std::size_t kToTheOptimum = 1500;

/// Of the processor: a core that is busy with others does not count. ADMM uses all cores, which spend them together.
template <class Work>
double seconds(const Work& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
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

struct ImageProblem {
    std::string name;
    convolution::Task task;
    Image image;

    std::size_t side() const { return image.rows; }
    double energy(const Code& code) const { return convolution::energy(task, image, code); }
};

ImageProblem peak_one(std::size_t side) {
    return {fmt::format("{0} x {0}, peak 1, lambda 0.05", side), task_with(0.05),
            scaled_to_peak(picture(side))};
}
ImageProblem normalised(std::size_t side) {
    return {fmt::format("{0} x {0}, contrast normalised, lambda 0.01", side), task_with(0.01),
            convolution::image_of(models::normalise_contrast({side, side, picture(side).pixels}))};
}

/// What a solver came to, and how long it took, its tables made before.
struct Run {
    convolution::Solution solution;
    double spent_s = 0.0, energy = 0.0;

    double s_per_update() const { return spent_s / static_cast<double>(solution.updates); }
};
template <class Solver, class Settings>
Run run(const ImageProblem& problem, const Settings& settings) {
    const Solver solver(problem.task, problem.side(), problem.side(), settings);
    Run run;
    run.spent_s = seconds([&] { run.solution = solver.solve(problem.image); });
    run.energy = problem.energy(run.solution.code);
    return run;
}

Run run(const ImageProblem& problem, const sim::Program& program, const Spiking& spiking) {
    const std::vector<double> b =
        convolution::drive_of(problem.task, problem.image, problem.side(), problem.side());
    std::vector<double> a(b.size());
    Run run;
    run.spent_s = seconds([&] { run.solution.updates = spiking.present(program, b, a); });
    run.solution.code = convolution::code_of(problem.task, a);
    run.energy = problem.energy(run.solution.code);
    return run;
}
sim::Program program_of(const ImageProblem& problem, bool has_weights = true) {
    return convolution::program_of(problem.task, problem.side(), problem.side(), has_weights);
}

Run run_admm(const ImageProblem& problem, std::size_t iterations) {
    Run its = run(problem, program_of(problem, false), admm(iterations));
    its.solution.updates = iterations;
    return its;
}

/// ADMM with as few iterations, of 25, 50, 100, ..., as get down to an energy.
Run admm_to(const ImageProblem& problem, double energy) {
    for (std::size_t iterations = 25;; iterations *= 2) {
        Run its = run_admm(problem, iterations);
        if (its.energy <= energy || iterations > kToTheOptimum) return its;
    }
}

Figure figure_of(const std::string& name, const Run& run, double least, const char* updates) {
    const auto n_active = std::ranges::count_if(run.solution.code, [](float a) { return a != 0.0F; });
    return {
        name, run.spent_s, "s", 0.0,
        fmt::format("{} {}, energy {:+.3f} %, {:.3f} % active", run.solution.updates, updates,
                    100.0 * (run.energy / least - 1.0),
                    100.0 * static_cast<double>(n_active) / static_cast<double>(run.solution.code.size()))};
}

/// Spikes of slca_falling on shared kernels, and the other solvers down to their energy.
void add_race(Section& section, const ImageProblem& problem, double q_end) {
    const Run spikes = run(problem, program_of(problem), slca_falling(1.0, 0.7, q_end));
    const double least = std::min(spikes.energy, run_admm(problem, kToTheOptimum).energy);
    ConvolutionalDescentSettings down;
    down.energy = spikes.energy;
    const Run descent = run<ConvolutionalDescent>(problem, down);
    section.figures.push_back(figure_of(problem.name + ": slca_falling", spikes, least, "spikes"));
    section.figures.push_back(figure_of("    coordinate descent", descent, least, "moves"));
    section.figures.push_back(figure_of("    ADMM", admm_to(problem, spikes.energy), least, "iterations"));
    section.figures.push_back(
        {"    spikes per move of coordinate descent",
         static_cast<double>(spikes.solution.updates) / static_cast<double>(descent.solution.updates), "x",
         0.0,
         fmt::format("a spike takes {:.2f} times as long as a move",
                     spikes.s_per_update() / descent.s_per_update()),
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
    const ImageProblem problem = normalised(kSide);
    const auto spent_s = [&](std::size_t iterations) { return run_admm(problem, iterations).spent_s; };
    return {fmt::format("an iteration of ADMM, {0} x {0}, one core", kSide),
            1e3 * (spent_s(2 * kIterations) - spent_s(kIterations)) / kIterations, "ms", 0.0,
            "time of the processor"};
}

/// The first moments of a large image: memory does not grow from then on.
Figure memory_figure() {
    constexpr std::size_t kSide = 256;
    const ImageProblem problem = peak_one(kSide);
    const sim::Program program = program_of(problem);
    const Run spikes = run(problem, program, slca_falling(1.0, 0.7, 0.99));
    return {fmt::format("peak memory, {0} x {0}", kSide),
            peak_memory_MB(),
            "MB",
            0.0,
            fmt::format("{} neurons of slca_falling, ON and OFF", program.Q.size()),
            false};
}

}  // namespace

Section admm_section() { return {"ADMM, 144 kernels of 12 x 12 px", {admm_figure()}}; }

Section convolution_section() {
    Section section{
        "Convolutional sparse coding, 144 kernels of 12 x 12 px, codes of either sign, periodic borders: the "
        "other "
        "solvers go on until they have the energy of the spikes; time of the processor, tables made before",
        {}};
    section.figures.push_back(memory_figure());
    for (const std::size_t side : {32, 64, 128}) add_race(section, peak_one(side), 0.01);
    add_race(section, normalised(32), 3e-3);
    return section;
}

Section convolution_settings_section() {
    const ImageProblem problem = normalised(32);
    const sim::Program program = program_of(problem);
    Section section{"Settings of slca_falling on shared kernels (32 x 32, contrast normalised, lambda 0.01)",
                    {}};
    const double least = run_admm(problem, kToTheOptimum).energy;
    const auto attempt = [&](double q0, double k, double q_end) {
        section.figures.push_back(figure_of(fmt::format("q0 {}, k {}, down to q {}", q0, k, q_end),
                                            run(problem, program, slca_falling(q0, k, q_end)), least,
                                            "spikes"));
    };
    for (const double k : {0.55, 0.6, 0.7, 0.8, 0.9, 1.0}) attempt(1.0, k, 1e-2);
    for (const double q0 : {0.1, 0.3, 3.0}) attempt(q0, 0.7, 1e-2);
    for (const double q_end : {1e-1, 3e-2, 3e-3}) attempt(1.0, 0.7, q_end);
    return section;
}

}  // namespace bench
