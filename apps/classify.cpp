// striate_deep: a deep network on codes by kernels that all places share. A program of its own, so that
// striate needs no libtorch.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/run_action.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "deep/classification.hpp"
#include "sim/provenance.hpp"

namespace {

using analysis::Interval;
using deep::Classification;
using deep::Classified;

struct Options : apps::CommonOptions {
    std::vector<std::string> runs;
    deep::ClassificationSettings classification;
};

/// Progress on stderr.
class ProgressLine {
  public:
    void operator()(const std::string& what, std::size_t done, std::size_t of) {
        if (line_.is_due(done == of)) line_.show(fmt::format("{} {} of {}", what, done, of), done == of);
    }

  private:
    apps::StatusLine line_;
};

/// Accuracy [%] of ResNet-18 on coefficients of CIFAR-10 after the cuts.
/// source  Ladret, Casanova & Perrinet (2024), arXiv 2312.14685
struct Published {
    const char* scenario;
    double accuracy[3];
};
constexpr Published kPublished[] = {{"homogeneous", {70.65, 69.70, 67.83}},
                                    {"homogeneous, learned", {67.31, 66.24, 67.40}},
                                    {"heterogeneous", {75.08, 71.81, 65.20}},
                                    {"heterogeneous, learned", {79.20, 78.98, 79.26}}};

std::string percent(const Interval& x) {
    const std::string mean = fmt::format("{:.1f}", 100.0 * x.value);
    return std::isfinite(x.low) ? fmt::format("{} [{:.1f}, {:.1f}]", mean, 100.0 * x.low, 100.0 * x.high)
                                : mean;
}

using Cells = std::vector<std::string>;

void print_row(const std::string& name, const Cells& cells) {
    apps::print("{:40}", name);
    for (const std::string& cell : cells) apps::print(" {:20}", cell);
    apps::print("\n");
}

void print_cuts(const std::string& title) {
    apps::print("\n");
    print_row(title, {"no cut", "|x| < max/4 cut", "|x| < max/2 cut"});
}

/// Accuracies after each cut of networks trained in one of two ways.
using Accuracies = std::vector<deep::AccuracyOfSeeds> Classified::*;

void print_accuracy(const Classified& input, Accuracies accuracies) {
    Cells cells;
    for (const auto& accuracy : input.*accuracies) cells.push_back(percent(deep::mean_interval(accuracy)));
    print_row(input.name, cells);
}

void print_difference(const Classified& of, const Classified& from, Accuracies accuracies) {
    Cells cells;
    for (std::size_t cut = 0; cut < deep::kCuts.size(); ++cut)
        cells.push_back(percent(deep::mean_difference((of.*accuracies)[cut], (from.*accuracies)[cut])));
    print_row(fmt::format("{} - {}", of.name, from.name), cells);
}

void print_loss(const Classified& bank, Accuracies accuracies) {
    Cells cells = {"0"};
    for (std::size_t cut = 1; cut < deep::kCuts.size(); ++cut)
        cells.push_back(percent(deep::mean_difference((bank.*accuracies)[cut], (bank.*accuracies)[0])));
    print_row(fmt::format("{}, change by the cut", bank.name), cells);
}

void print_accuracies(const Classification& result, const std::string& title, Accuracies accuracies) {
    print_cuts(title);
    const auto banks = std::span(result.inputs).subspan(deep::kPixelInputs);
    for (const Classified& bank : banks) print_accuracy(bank, accuracies);
    for (const Classified& bank : banks.subspan(1)) print_difference(bank, banks.front(), accuracies);
    for (const Classified& bank : banks) print_loss(bank, accuracies);
}

void print_published() {
    print_cuts("published, another data set: CIFAR-10");
    for (const Published& published : kPublished) {
        Cells cells;
        for (const double accuracy : published.accuracy) cells.push_back(fmt::format("{:.1f}", accuracy));
        print_row(published.scenario, cells);
    }
}

void print_active(const Classification& result) {
    print_cuts("coefficients a pixel");
    for (const Classified& bank : std::span(result.inputs).subspan(deep::kPixelInputs)) {
        Cells cells;
        for (const double active : bank.active) cells.push_back(fmt::format("{:.3f}", active));
        print_row(bank.name, cells);
    }
}

void print_tables(const Classification& result, const deep::ClassificationSettings& settings) {
    apps::print(
        "{}, {} images to learn from, {} to be tested on; accuracy [%], mean [95 % interval, Student's t] of "
        "{} seeds\n\n",
        result.data_set, settings.n_training, settings.n_held_out, settings.n_seeds);
    for (const Classified& pixels : std::span(result.inputs).first(deep::kPixelInputs))
        print_accuracy(pixels, &Classified::as_whole);
    print_accuracies(result, "codes; trained on whole ones", &Classified::as_whole);
    print_accuracies(result, "codes; trained on ones cut alike", &Classified::as_cut);
    print_published();
    print_active(result);
}

nlohmann::ordered_json json_of(const Classification& result, const deep::ClassificationSettings& settings) {
    nlohmann::ordered_json json = {{"data_set", result.data_set},
                                   {"training", settings.n_training},
                                   {"test", settings.n_held_out},
                                   {"seed", settings.seed},
                                   {"lambda", settings.lambda},
                                   {"iterations", settings.iterations},
                                   {"epochs", settings.training.epochs},
                                   {"cut", deep::kCuts},
                                   {"inputs", nlohmann::ordered_json::array()}};
    for (const Classified& input : result.inputs)
        json["inputs"].push_back({{"name", input.name},
                                  {"scenario", input.scenario},
                                  {"active_per_pixel", input.active},
                                  {"accuracy_trained_whole", input.as_whole},
                                  {"accuracy_trained_cut", input.as_cut}});
    return json;
}

void classify(const Options& options) {
    const auto limit = apps::limit_threads(options.threads);
    std::vector<deep::Bank> banks;
    for (const std::string& run : options.runs) banks.push_back(deep::read_bank(run));
    std::function<void(const std::string&, std::size_t, std::size_t)> tell = ProgressLine{};
    if (options.quiet) tell = [](const std::string&, std::size_t, std::size_t) {};
    const Classification result = deep::classify(banks, options.classification, tell);
    if (options.json)
        apps::print_text(apps::json_text(json_of(result, options.classification)));
    else
        print_tables(result, options.classification);
}

void add_options(CLI::App& app, Options& options) {
    deep::ClassificationSettings& settings = options.classification;
    const auto add_count = [&](const char* name, std::size_t& value, const char* what) {
        apps::add_count(app, name, value, what, 1, 1'000'000);
    };
    app.add_option("runs", options.runs, "Files of runs whose places share kernels: these are used")
        ->required();
    app.add_option("--images", settings.images,
                   "Folder of Fashion-MNIST, or of the binary version of CIFAR-10")
        ->capture_default_str();
    add_count("--training", settings.n_training, "Images to learn from");
    add_count("--test", settings.n_held_out, "Images to be tested on");
    add_count("--iterations", settings.iterations, "Iterations of ADMM for an image");
    add_count("--epochs", settings.training.epochs, "How often a network sees each image");
    add_count("--seeds", settings.n_seeds, "Networks of each kind, of seeds from --seed on");
    apps::add_count(app, "--seed", settings.seed, "Of initial weights and of the order of images", 0,
                    std::numeric_limits<std::int64_t>::max());
    apps::add_common(app, options, {apps::Common::threads, apps::Common::quiet, apps::Common::json});
    app.footer("Example: striate_deep homogeneous.h5 heterogeneous.h5 --json > classification.json");
}

}  // namespace

int main(int argc, char** argv) {
    apps::open_standard_streams();
    CLI::App app{
        "Striate: how well a deep network tells classes from codes by kernels that all places share.",
        "striate_deep"};
    app.set_version_flag("--version",
                         fmt::format("striate_deep {} ({})", sim::striate_version(), sim::git_hash()));
    Options options;
    add_options(app, options);
    return apps::run_program(app, argc, argv, [&] { classify(options); });
}
