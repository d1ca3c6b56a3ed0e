#include "deep/classification.hpp"

#include <fmt/format.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <mutex>

#include "deep/coded_images.hpp"
#include "models/stimuli/contrast_normalisation.hpp"
#include "sim/kernel_settings.hpp"
#include "sim/parallel.hpp"

namespace deep {
namespace {

LabelledImages normalised(LabelledImages set) {
    sim::parallel_for(std::size_t{0}, set.n(),
                      [&](std::size_t i) { set.images[i] = models::normalise_contrast(set.images[i]); });
    return set;
}

/// The same kind of input to learn from and, after each cut, to be tested on.
struct Parts {
    std::vector<Inputs> training, held_out;
};

/// Networks of all seeds, trained side by side.
class Training {
  public:
    Training(const ClassificationSettings& settings, std::string name, const OnProgress& on_progress)
        : settings_(settings), name_(std::move(name)), on_progress_(on_progress) {}

    /// Fills in accuracies: of a network trained after the first cut, the whole, on all cuts; of one trained
    /// after another, on this alone.
    void run(const Parts& parts, Classified& result) {
        const std::size_t n_cuts = parts.training.size(), n_seeds = settings_.n_seeds;
        result.as_whole.assign(n_cuts, AccuracyOfSeeds(n_seeds));
        result.as_cut = result.as_whole;
        sim::parallel_for(std::size_t{0}, n_cuts * n_seeds, [&](std::size_t job) {
            const std::size_t cut = job % n_cuts, seed = job / n_cuts;
            const auto tests =
                cut == 0 ? std::span(parts.held_out) : std::span(parts.held_out).subspan(cut, 1);
            const auto accuracy =
                train_and_test(parts.training[cut], tests, settings_.training, settings_.seed + seed)
                    .accuracy;
            result.as_cut[cut][seed] = accuracy.front();
            if (cut == 0)
                for (std::size_t other = 0; other < n_cuts; ++other)
                    result.as_whole[other][seed] = accuracy[other];
            note_done(n_cuts * n_seeds);
        });
    }

  private:
    void note_done(std::size_t of) {
        const std::lock_guard lock(mutex_);
        on_progress_(name_ + ": networks trained", ++done_, of);
    }

    const ClassificationSettings& settings_;
    std::string name_;
    const OnProgress& on_progress_;
    std::mutex mutex_;
    std::size_t done_ = 0;
};

Classified classify_pixels(const std::string& name, const DataSet& set,
                           const ClassificationSettings& settings, const OnProgress& on_progress) {
    Classified result{name, name, {}, {}, {}};
    Training(settings, name, on_progress).run({{pixels_of(set.training)}, {pixels_of(set.held_out)}}, result);
    return result;
}

/// Coefficients of a pixel, the mean over images.
double active_per_pixel(const CodedImages& codes, double cut, std::size_t pixels) {
    std::size_t active = 0;
    for (std::size_t i = 0; i < codes.n(); ++i) active += codes.active(i, cut);
    return static_cast<double>(active) / static_cast<double>(codes.n() * pixels);
}

// rho that follows the residuals becomes so small on these images that 100 iterations end at three times the least
// energy.
std::shared_ptr<const sim::Neurons> admm(std::size_t iterations) {
    const std::string keys = fmt::format("admm: {{iterations: {}, rho: 0.2, adapts: false}}", iterations);
    return sim::Registry<sim::Neurons>::instance().make("admm", sim::Params::parse(keys, "classification"),
                                                        {});
}

Classified classify_codes(const Bank& bank, const DataSet& set, const ClassificationSettings& settings,
                          const OnProgress& on_progress) {
    const std::size_t of = set.training.n() + set.held_out.n();
    const auto neurons = admm(settings.iterations);
    const auto code = [&](const LabelledImages& images, std::size_t before) {
        return code_images(bank.kernels, settings.lambda, *neurons, images.images, [&](std::size_t done) {
            on_progress(bank.name + ": images coded", before + done, of);
        });
    };
    const CodedImages training = code(set.training, 0), held_out = code(set.held_out, training.n());
    Classified result{bank.name, bank.scenario, {}, {}, {}};
    Parts parts;
    for (const double cut : kCuts) {
        parts.training.push_back(codes_of(training, set.training.labels, cut));
        parts.held_out.push_back(codes_of(held_out, set.held_out.labels, cut));
        result.active.push_back(active_per_pixel(held_out, cut, set.held_out.rows * set.held_out.cols));
    }
    Training(settings, bank.name, on_progress).run(parts, result);
    return result;
}

}  // namespace

Bank read_bank(const std::string& path) {
    sim::KernelSettings settings(sim::Params::parse("", "classification"));
    settings.kind = "run";
    settings.file = path;
    return {std::filesystem::path(path).stem().string(), sim::bank_of(settings, false),
            sim::make_kernels(settings, 1)};
}

Classification classify(const std::vector<Bank>& banks, const ClassificationSettings& settings,
                        const OnProgress& on_progress) {
    DataSet set = read_data_set(settings.images, settings.n_training, settings.n_held_out);
    Classification result{set.name, {}};
    result.inputs.push_back(classify_pixels("pixels", set, settings, on_progress));
    set.training = normalised(std::move(set.training));
    set.held_out = normalised(std::move(set.held_out));
    result.inputs.push_back(classify_pixels("normalised pixels", set, settings, on_progress));
    for (const Bank& bank : banks) result.inputs.push_back(classify_codes(bank, set, settings, on_progress));
    return result;
}

analysis::Interval mean_interval(const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    const double mean = analysis::mean(values);
    if (values.size() < 2) {
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        return {mean, -kInfinity, kInfinity};
    }
    double sum = 0.0;
    for (const double x : values) sum += (x - mean) * (x - mean);
    const double t = boost::math::quantile(boost::math::students_t(n - 1.0), 0.975);
    const double half = t * std::sqrt(sum / (n - 1.0) / n);
    return {mean, mean - half, mean + half};
}

analysis::Interval mean_difference(const AccuracyOfSeeds& a, const AccuracyOfSeeds& b) {
    std::vector<double> difference;
    for (std::size_t seed = 0; seed < a.size(); ++seed) difference.push_back(a[seed] - b[seed]);
    return mean_interval(difference);
}

}  // namespace deep
