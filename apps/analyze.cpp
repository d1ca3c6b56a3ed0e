#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "analysis/analysis_file.hpp"
#include "apps/commands.hpp"
#include "apps/figures_that_matter.hpp"
#include "apps/options.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/trained_network.hpp"

namespace apps {
namespace {

struct Options {
    std::string run, output;
    std::vector<std::string> overrides;
    std::size_t threads = 0;
    bool force = false;
};

constexpr double kMapSmoothing = 1.0;  // sheet units

/// The different values of one row of `shown`, in order of appearance.
std::vector<double> values_of(const Eigen::MatrixXd& shown, Eigen::Index row) {
    std::vector<double> values;
    for (Eigen::Index k = 0; k < shown.cols(); ++k)
        if (std::find(values.begin(), values.end(), shown(row, k)) == values.end())
            values.push_back(shown(row, k));
    return values;
}

/// Responses (N, n) as the analysis wants them: (N, orientations, frequencies, phases), the gratings' own
/// order.
analysis::GratingResponses measure(const Eigen::MatrixXf& responses, const analysis::GratingAxes& axes) {
    const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_neuron =
        responses.cwiseMax(0.0F);
    std::vector<float> flat(by_neuron.data(), by_neuron.data() + by_neuron.size());
    analysis::Tuning tuning = analysis::measure_tuning(flat, axes);
    return {std::move(flat), std::move(tuning)};
}

analysis::MapMeasures measure_map(const analysis::Tuning& tuning, const sim::NetworkSettings& network) {
    std::vector<double> weight;
    for (const double circular_variance : tuning.circular_variance) weight.push_back(1.0 - circular_variance);
    return analysis::measure_map(
        "network", tuning.preferred_orientation, weight, network.rows, network.cols, kMapSmoothing,
        network.boundary == sim::Boundary::open ? analysis::Boundary::open : analysis::Boundary::periodic);
}

std::string default_output(const std::string& run) {
    return std::filesystem::path(run).replace_extension(".analysis.h5").string();
}

void analyze(const Options& options) {
    const auto threads = limit_threads(options.threads);
    const std::string output = options.output.empty() ? default_output(options.run) : options.output;
    if (!options.force && std::filesystem::exists(output))
        throw sim::IoError(fmt::format("{}: exists; --force overwrites it", output));

    const sim::TrainedNetwork trained = sim::load_trained_network(options.run, options.overrides);
    const auto gratings = sim::make_stimulus(trained.settings.gratings, trained.settings.network);
    const std::size_t n = gratings->n_frames(sim::FrameSet::training);
    fmt::print(stderr, "showing {} gratings to {} neurons (lambda {}, kappa {})\n", n,
               trained.network->size(), trained.settings.network.lambda, trained.settings.network.kappa);
    const sim::Responses responses = sim::respond(trained, *gratings, n);

    analysis::Analysis result;
    result.gratings = {values_of(responses.shown, 0), values_of(responses.shown, 1),
                       values_of(responses.shown, 2)};
    result.network = measure(responses.codes, result.gratings);
    result.linear = measure(responses.drive, result.gratings);
    result.map = measure_map(result.network.tuning, trained.settings.network);
    result.comparisons = analysis::compare_with_v1(result.network.tuning, trained.settings.network.seed);
    result.run = std::filesystem::absolute(options.run).string();

    sim::io::write_whole_file(output, [&](sim::io::File& file) { analysis::write(file, result); });
    fmt::print("{}analysis                 {}\n", figures_that_matter(result, options.run), output);
}

}  // namespace

void add_analyze(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "analyze", "Show gratings to a trained network: tuning, orientation map, comparison with V1");
    command->add_option("run", options->run, "A finished run, HDF5")->required();
    command->add_option("-o,--output", options->output, "Analysis file to write [RUN.analysis.h5]");
    add_set(*command, options->overrides);
    add_threads(*command, options->threads);
    command->add_flag("--force", options->force, "Overwrite an existing output");
    command->footer(
        "The network is tested as the run's config says in analysis.set; --set changes more.\n"
        "Example: striate analyze sheet.h5 --set coupling.kappa=20 -o smooth.analysis.h5");
    command->callback([options, &action] { action = [options] { analyze(*options); }; });
}

}  // namespace apps
