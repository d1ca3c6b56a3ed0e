#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/figures.hpp"
#include "analysis/reference_file.hpp"
#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "apps/compare_json.hpp"
#include "apps/compare_tables.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"

namespace apps {
namespace {

struct CompareOptions : CommonOptions {
    std::vector<std::string> analyses, references;
    std::string figure;
};

std::vector<analysis::Reference> read_all_references(const std::vector<std::string>& paths) {
    std::vector<analysis::Reference> all;
    for (const std::string& path : paths) {
        auto more = analysis::read_references(path);
        std::ranges::move(more, std::back_inserter(all));
    }
    return all;
}

/// A column that no analysis can be compared with is most likely misspelt.
void warn_of_unused(const std::vector<analysis::Reference>& references,
                    const std::vector<ComparedRun>& runs) {
    for (const analysis::Reference& reference : references) {
        const auto is_compared = [&](const ComparedRun& run) {
            return std::ranges::find(run.analysis.comparisons, reference.name,
                                     &analysis::Comparison::reference) != run.analysis.comparisons.end();
        };
        if (std::ranges::none_of(runs, is_compared))
            say(fmt::format("{}: \"{}\" is measured in no analysis given and was left out\n",
                            reference.citation, reference.property));
    }
}

void print_results(const std::vector<ComparedRun>& runs, bool as_json) {
    const ComparedRun& first = runs.front();
    if (as_json)
        print_text(json_text(runs.size() == 1 ? json_of(first) : json_of(std::span(runs))));
    else if (runs.size() == 1)
        print("{}{}", comparison_table(first.analysis), figures_that_matter(first.analysis, first.learning));
    else
        print_text(table_of_runs(runs));
}

/// returns the figure's name
std::string draw_figure(const std::vector<ComparedRun>& runs, const std::string& dir) {
    std::vector<analysis::NamedAnalysis> named;
    for (const ComparedRun& run : runs) named.push_back({run.name, &run.analysis});
    return analysis::draw_comparison(named, dir).name;
}

void compare(const CompareOptions& options) {
    const auto threads = limit_threads(options.threads);
    if (!options.figure.empty()) analysis::make_directory(options.figure);
    const auto references = read_all_references(options.references);
    const auto runs = read_compared_runs(options.analyses, references);
    if (!options.quiet) warn_of_unused(references, runs);
    print_results(runs, options.json);
    if (options.figure.empty()) return;
    const std::string name = draw_figure(runs, options.figure);
    if (!options.json) print("figure                   {}/{}.png\n", options.figure, name);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
    auto options = std::make_shared<CompareOptions>();
    CLI::App* command = app.add_subcommand("compare", "Distances of networks to macaque V1");
    command->add_option("analysis", options->analyses, "Files written by `striate analyze`")->required();
    command
        ->add_option("--reference", options->references,
                     "Compare with measurements of your own too: a table of cells, comma-separated, whose "
                     "first line names the properties; may be repeated")
        ->type_name("FILE.csv")
        ->allow_extra_args(false);  // what follows is an analysis
    command->add_option("--figure", options->figure, "Draw the distributions into this folder, SVG and PNG");
    add_common(*command, *options, {Common::threads, Common::quiet, Common::json});
    command->footer(
        "One analysis: every property beside macaque V1. Several: a column a run, the best marked.\n"
        "Examples: striate compare sheet.analysis.h5 --json > sheet.v1.json\n"
        "          striate compare a.analysis.h5 b.analysis.h5 --figure beside\n"
        "          striate compare sheet.analysis.h5 --reference cells.csv");
    command->callback([options, &action] { action = [options] { compare(*options); }; });
}

}  // namespace apps
