#include "lab/analyze.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "analysis/analysis_file.hpp"
#include "apps/commands.hpp"
#include "apps/compare_json.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "sim/trained_network.hpp"

namespace apps {
namespace {

struct AnalyzeOptions : CommonOptions {
    std::string run, output, population;
};

void analyze(const AnalyzeOptions& options) {
    const auto threads = limit_threads(options.threads);
    const std::string output =
        options.output.empty() ? beside(options.run, options.population, "analysis.h5") : options.output;
    const sim::io::Output place(output, existing(options.force));
    place.must_not_be(std::vector<std::filesystem::path>{options.run});

    const sim::TrainedNetwork trained =
        sim::load_trained_network(options.run, options.overrides, options.population);
    const auto tell = [&](const std::string& what) {
        if (!options.quiet) say(what + '\n');
    };
    lab::analyze(trained, options.run, place, tell);
    if (!place.is_ours()) return;  // another rank has written it, and says so
    // What is told is what is in the file, in its order.
    const ComparedRun result{"", analysis::read(output),
                             read_learning_ends(options.run, trained.population().name)};
    if (options.json) return print_text(json_text(json_of(result)));
    if (const std::string words = words_of_population(trained); !words.empty())
        print("population               {}\n", words);
    print("{}analysis                 {}\n", figures_that_matter(result.analysis, result.learning), output);
}

}  // namespace

void add_analyze(CLI::App& app, Action& action) {
    auto options = std::make_shared<AnalyzeOptions>();
    CLI::App* command = app.add_subcommand("analyze", "Test a trained network as a physiologist would");
    command->add_option("run", options->run, "A finished run, HDF5")->required();
    command->add_option(
        "-o,--output", options->output,
        "Analysis file to write [RUN.analysis.h5, or RUN.NAME.analysis.h5 of --population NAME]");
    add_population(*command, options->population);
    add_common(*command, *options,
               {Common::set, Common::threads, Common::force, Common::quiet, Common::json});
    command->footer(
        "The network is tested as the run's config says in analysis.set; --set changes more. What each test "
        "records is kept in ANALYSIS.partial until all are over: an analysis that was stopped goes on.\n"
        "Examples: striate analyze sheet.h5 --set populations.v1.coupling.kappa=20 -o smooth.analysis.h5\n"
        "          striate analyze sheet.h5 --set analysis.tests=gratings (the shortest)\n"
        "          striate analyze two_areas.h5 --population v2");
    command->callback([options, &action] { action = [options] { analyze(*options); }; });
}

}  // namespace apps
