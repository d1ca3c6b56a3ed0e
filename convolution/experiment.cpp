#include "convolution/experiment.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <utility>

#include "convolution/experiment_file.hpp"
#include "convolution/kernel_learning.hpp"
#include "convolution/measures.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/median.hpp"
#include "sim/parallel.hpp"
#include "sim/size_limit.hpp"
#include "sim/stop.hpp"
#include "sim/wall_time.hpp"

namespace convolution {
namespace {

constexpr double kKeepEvery_s = 10.0;  // while learning: what a kill may cost

/// Synaptic events of a spike: neurons whose kernels overlap its own, ON and OFF, itself included, away from borders.
double fan_out(const Task& task) {
    const auto reach = [&](std::size_t pixels) { return 2 * ((pixels - 1) / task.stride) + 1; };
    return static_cast<double>(reach(task.kernels.height) * reach(task.kernels.width) * task.kernels.n *
                               (task.is_signed ? 2 : 1));
}

Moment measure(const Task& task, const Image& image, const Snapshot& snapshot) {
    const Quality quality = cut_part(task, image, snapshot.code, std::array{0.0}).front();
    const double spikes = static_cast<double>(snapshot.n_spikes) / static_cast<double>(image.size());
    return {snapshot.t, quality.psnr, quality.sparseness, spikes, spikes * fan_out(task)};
}

Measured measure(const Task& task, const Image& image, const Solved& solved) {
    const Code& code = solved.code;
    Measured measured{energy(task, image, code) / static_cast<double>(image.size()),
                      0.0,
                      0.0,
                      cut_below(task, image, code, Reading::absolute, kCutOffs),
                      cut_below(task, image, code, Reading::contrast, kCutOffs),
                      cut_part(task, image, code, kCutParts),
                      std::vector<double>(task.kernels.n, 0.0),
                      {}};
    measured.psnr = measured.by_part.front().psnr;  // nothing is cut
    measured.sparseness = measured.by_part.front().sparseness;
    const auto norm = norms(task.kernels);
    const std::size_t positions = code.size() / task.kernels.n;
    for (std::size_t at = 0; at < code.size(); ++at)
        measured.contrast[at / positions] += std::abs(static_cast<double>(code[at])) * norm[at / positions];
    for (const Snapshot& snapshot : solved.course) measured.course.push_back(measure(task, image, snapshot));
    return measured;
}

std::string scenario_of_run(const std::string& path) {
    return sim::io::open_striate_file(path, "convolution").read_attribute<std::string>("/", "scenario");
}

double median_spikes(const std::vector<Measured>& measured) {
    std::vector<double> spikes;
    for (const Measured& one : measured) spikes.push_back(one.course.back().spikes);
    return sim::median_of_known(std::move(spikes));
}

/// Energy of codes in parts of that of no code, over the last tenth of the crops; 0 of none.
double unexplained(const Learned& learning) {
    const std::size_t n = learning.energy.size(), first = n - (n + 9) / 10;
    double left = 0.0, of = 0.0;
    for (std::size_t i = first; i < n; ++i) {
        left += learning.energy[i];
        of += learning.energy_of_no_code[i];
    }
    return of > 0.0 ? left / of : 0.0;
}

std::vector<models::Photograph> photographs_of(const ExperimentSettings& settings, const models::Warn& warn) {
    const std::size_t size = settings.photographs.size;
    return models::read_photographs(settings.photographs, size, size, warn);
}

/// throws ConfigError if no photograph has room for a crop
models::Crops crops_of(const std::vector<models::Photograph>& photographs,
                       const ExperimentSettings& settings) {
    const std::size_t crop = settings.learning.crop;
    models::Crops crops(photographs, settings.photographs.size, crop, crop, settings.seed);
    if (settings.learning.presentations > 0 && crops.empty())
        throw sim::ConfigError(fmt::format(
            "learning.crop: must be at most {} px, the room that these photographs leave beside the "
            "square they are tested on, got {} px",
            crops.room(), crop));
    return crops;
}

/// A run from its photographs to its file.
class Run {
  public:
    Run(const ExperimentSettings& settings, sim::io::Output output, const RunOptions& options)
        : settings_(settings),
          options_(options),
          photographs_(photographs_of(settings, options.on_warning)),
          initial_(make_kernels(settings.kernels, settings.seed)),
          crops_(crops_of(photographs_, settings)),
          file_(settings, photographs_, no_input(std::move(output), settings), options) {}

    Summary to_end() {
        const auto start = sim::Clock::now();
        learn();
        const double learning_s = sim::seconds_since(start);
        const Learned& learned = *file_.learned();
        code_photographs(settings_.task(learned.kernels));
        file_.finish(initial_, sim::seconds_since(start));
        const std::vector<Measured>& measured = file_.measured();
        const auto median = [&](double Measured::*of) {
            std::vector<double> values;
            for (const Measured& one : measured) values.push_back(one.*of);
            return sim::median_of_known(std::move(values));  // one of one grey has no PSNR
        };
        return {settings_.scenario(),
                initial_.n,
                settings_.learning.presentations,
                unexplained(learned),
                photographs_.size(),
                median(&Measured::energy),
                median(&Measured::psnr),
                median(&Measured::sparseness),
                settings_.solver.has_course() ? median_spikes(measured) : 0.0,
                learning_s,
                sim::seconds_since(start) - learning_s,
                warnings(measured)};
    }

  private:
    /// The files that were read are known by now.
    static sim::io::Output no_input(sim::io::Output output, const ExperimentSettings& settings) {
        output.must_not_be(settings.inputs->all());
        return output;
    }

    static std::vector<std::string> warnings(const std::vector<Measured>& measured) {
        std::size_t n_silent = 0, n_without_psnr = 0;
        for (const Measured& one : measured) {
            n_silent += one.sparseness == 1.0 ? 1 : 0;
            n_without_psnr += std::isnan(one.psnr) ? 1 : 0;
        }
        std::vector<std::string> all;
        if (n_silent > 0)
            all.push_back(fmt::format("{} of {} codes are empty: not one coefficient is active", n_silent,
                                      measured.size()));
        if (n_without_psnr > 0)
            all.push_back(
                fmt::format("{} of {} photographs are of one grey; they have no PSNR and are left "
                            "out of its median",
                            n_without_psnr, measured.size()));
        return all;
    }

    void learn() {
        const LearningSettings& learning = settings_.learning;
        KernelLearner learner(learning, settings_.task(initial_));
        if (file_.learned()) learner.go_on_from(*file_.learned());
        const std::size_t first = learner.n_crops(), n = learning.presentations;
        const auto start = sim::Clock::now();
        auto last_kept = start;
        if (first < n) {
            const SolverSettings solver = settings_.solver.to_learn(learning.lambda, learning.iterations);
            while (learner.n_crops() < n) {
                const Image crop = image_of(crops_(learner.n_crops()));
                learner.learn(crop, code_to_learn_from(crop, solver, learner));
                if (sim::hears_stop() || sim::seconds_since(last_kept) >= kKeepEvery_s) {
                    file_.keep(learner.learned());
                    last_kept = sim::Clock::now();
                }
                report({"crop", learner.n_crops(), n, first, sim::seconds_since(start)});
            }
        }
        file_.keep(learner.learned());
    }

    /// A stop in the middle of it leaves what was learned before.
    Code code_to_learn_from(const Image& crop, const SolverSettings& solver, const KernelLearner& learner) {
        try {
            return make_solver(solver, learner.asked(), crop.rows, crop.cols)(crop).code;
        } catch (const sim::Interrupted&) {
            file_.keep(learner.learned());
            throw interrupted_after("crop", learner.n_crops(), settings_.learning.presentations);
        }
    }

    void code_photographs(const Task& task) {
        const std::size_t size = settings_.photographs.size, n = photographs_.size(),
                          first = file_.measured().size();
        const Solve solve = make_solver(settings_.solver, task, size, size, settings_.records_spikes);
        const auto start = sim::Clock::now();
        std::mutex done_mutex;
        std::atomic<std::size_t> next = first;  // in order, whichever core is free: few wait for one before
        const auto code_next = [&](std::size_t) {
            const std::size_t i = next++;
            Coded coded = code(task, image_of(photographs_[i].centre), solve);
            const std::lock_guard lock(done_mutex);
            file_.keep(i, std::move(coded));
            report({"photograph", file_.n_coded(), n, first, sim::seconds_since(start)});
        };
        try {
            if (settings_.solver.has_course())
                sim::parallel_for(first, n, code_next);
            else  // ADMM has all cores at work on one photograph
                for (std::size_t i = first; i < n; ++i) code_next(i);
        } catch (const sim::Interrupted&) {
            throw interrupted_after("photograph", file_.measured().size(), n);
        }
    }

    Coded code(const Task& task, const Image& image, const Solve& solve) const {
        Solved solved = solve(image);
        Coded coded{measure(task, image, solved), {}, {}, std::move(solved.spikes)};
        if (!settings_.records_codes) return coded;
        for (std::size_t at = 0; at < solved.code.size(); ++at)
            if (solved.code[at] != 0.0F) coded.place.push_back(at), coded.value.push_back(solved.code[at]);
        return coded;
    }

    static sim::Interrupted interrupted_after(const std::string& what, std::size_t done, std::size_t of) {
        return sim::Interrupted(
            fmt::format("interrupted after {} {} of {}; --resume goes on from there", what, done, of));
    }

    /// What is done is kept already.
    void report(const Progress& progress) const {
        if (options_.on_progress) options_.on_progress(progress);
        if (sim::hears_stop()) throw interrupted_after(progress.what, progress.done, progress.of);
    }

    const ExperimentSettings& settings_;
    const RunOptions& options_;
    std::vector<models::Photograph> photographs_;
    Kernels initial_;
    models::Crops crops_;  // to learn from
    ExperimentFile file_;
};

}  // namespace

bool is_convolutional(const sim::Params& root) { return root.has("kernels"); }

ExperimentSettings::ExperimentSettings(const sim::Params& root)
    : seed(static_cast<std::uint64_t>(
          root.integer("seed", 1, sim::Check::non_negative, "of all chance; same seed, same bits"))),
      photographs(root.block("images"), {"/usr/share/backgrounds", "/usr/share/palapeli/collection"}),
      kernels(root.block("kernels")),
      lambda(root.block("coding").number(
          "lambda", "1", 0.01, sim::Check::positive,
          "price of activity: of the sum of its absolute values, beside half the squared error")),
      border(
          root.block("coding").choice("border", {"periodic", "valid"}, "periodic",
                                      "periodic: kernels run over an edge and in at the opposite one; valid: "
                                      "they lie within the image") == "valid"
              ? Border::valid
              : Border::periodic),
      is_signed(root.block("coding").flag("signed", true, "whether codes are of either sign")),
      stride(root.block("coding").count("stride", 1,
                                        "step between places of a kernel, in both directions [px]")),
      solver(root.block("solver")),
      learning(root.block("learning")),
      records_codes(root.block("record").flag("codes", false, "whether the file keeps the codes")),
      records_spikes(root.block("record").flag(
          "spikes", false, "whether the file keeps every spike; not where solver.kind is admm")) {
    root.check_all_read();
    resolved = root.resolved();
    keys = root.keys();
    inputs = root.inputs();
    if (root.is_describing()) return;
    if (records_spikes && !solver.has_course())
        root.block("record").fail("spikes", "false where solver.kind is admm");
    if (kernels.log_gabor.size > photographs.size)
        root.block("kernels").fail("size", fmt::format("at most images.size, {} px", photographs.size));
    const double side = static_cast<double>(photographs.size);
    sim::check_fits(root.block("images"), "size", side * side * sizeof(float),
                    fmt::format("a photograph of {} px a side", photographs.size));
    if (learning.presentations > 0 && kernels.log_gabor.size > learning.crop)
        root.block("learning")
            .fail("crop", fmt::format("at least kernels.size, {} px", kernels.log_gabor.size));
}

std::string ExperimentSettings::scenario() const {
    const std::string bank = kernels.kind == "random"                  ? "random"
                             : kernels.kind == "run"                   ? scenario_of_run(kernels.file)
                             : kernels.log_gabor.bandwidths.size() > 1 ? "heterogeneous"
                                                                       : "homogeneous";
    if (learning.presentations > 0) return bank + ", learned";
    return bank + (kernels.kind == "log_gabor" && kernels.has_unit_norm ? ", unit norm" : "");
}

Summary run(const ExperimentSettings& settings, const RunOptions& options) {
    sim::io::Output output(options.output, options.force || options.resume ? sim::io::Existing::replace
                                                                           : sim::io::Existing::refuse);
    return Run(settings, std::move(output), options).to_end();
}

}  // namespace convolution
