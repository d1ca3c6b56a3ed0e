#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/figures.hpp"
#include "analysis/reference_file.hpp"
#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "apps/compare_json.hpp"
#include "apps/compare_tables.hpp"
#include "apps/options.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

struct Options {
    std::vector<std::string> analyses, references;
    std::string json, figure;
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
            fmt::print(stderr, "{}: \"{}\" is measured in no analysis given and was left out\n",
                       reference.citation, reference.property);
    }
}

std::string draw_figure(const std::vector<ComparedRun>& runs, const std::string& dir) {
    std::vector<analysis::NamedAnalysis> named;
    for (const ComparedRun& run : runs) named.push_back({run.name, &run.analysis});
    analysis::make_directory(dir);
    const auto figure = analysis::draw_comparison(named, dir);
    return fmt::format("figure                   {}/{}.png\n", dir, figure.name);
}

void compare(const Options& options) {
    const auto references = read_all_references(options.references);
    const auto runs = read_compared_runs(options.analyses, references);
    warn_of_unused(references, runs);
    if (!options.json.empty())
        write_json(options.json, runs.size() == 1 ? json_of(runs.front()) : json_of(std::span(runs)));
    const std::string figure = options.figure.empty() ? "" : draw_figure(runs, options.figure);
    if (runs.size() == 1)
        fmt::print("{}{}", comparison_table(runs.front().analysis),
                   figures_that_matter(runs.front().analysis, runs.front().learning));
    else
        fmt::print("{}", table_of_runs(runs));
    fmt::print("{}", figure);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("compare", "Distances of networks to macaque V1, one or several");
    command->add_option("analysis", options->analyses, "Files written by `striate analyze`")->required();
    command
        ->add_option("--reference", options->references,
                     "Compare with measurements of your own too: a table of cells, comma-separated, whose\n"
                     "first line names the properties; may be repeated")
        ->type_name("FILE.csv")
        ->allow_extra_args(false);  // what follows is an analysis
    command->add_option("--json", options->json, "Write the numbers as JSON too");
    command->add_option("--figure", options->figure, "Draw the distributions into this folder, SVG and PNG");
    command->footer(
        "One analysis: every property beside macaque V1. Several: a column a run, the best marked.\n"
        "Examples: striate compare sheet.analysis.h5 --json sheet.v1.json\n"
        "          striate compare a.analysis.h5 b.analysis.h5 --figure beside\n"
        "          striate compare sheet.analysis.h5 --reference cells.csv");
    command->callback([options, &action] { action = [options] { compare(*options); }; });
}

}  // namespace apps
