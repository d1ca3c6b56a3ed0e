#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/analysis_file.hpp"
#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "apps/figures_that_matter.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

nlohmann::ordered_json interval(const analysis::Interval& x) {
    return {{"value", x.value}, {"low", x.low}, {"high", x.high}};
}

void write_json(const analysis::Analysis& analysis, const std::string& path) {
    nlohmann::ordered_json json = {{"run", analysis.run}};
    for (const analysis::Comparison& c : analysis.comparisons)
        json["properties"].push_back({{"property", c.property},
                                      {"citation", c.citation},
                                      {"n", c.n},
                                      {"median_model", c.median_model},
                                      {"median_macaque", c.median_macaque},
                                      {"ks", interval(c.ks)},
                                      {"ks_ceiling", c.ceiling},
                                      {"wasserstein", interval(c.wasserstein)}});
    json["map"] = {{"neighbour_difference_deg", analysis.map.neighbour_difference},
                   {"n_pinwheels", analysis.map.pinwheels.size()},
                   {"pinwheel_density", analysis.map.pinwheel_density},
                   {"wavelength", analysis.map.wavelength}};
    std::ofstream out(path);
    out << json.dump(2) << '\n';
    if (!out.flush()) throw sim::IoError(fmt::format("{}: cannot be written", path));
}

void print_table(const analysis::Analysis& analysis) {
    fmt::print("{:20} {:>6} {:>8} {:>8}   {:24} {:24} {:>8}\n", "property", "cells", "model", "macaque",
               "KS [95 %]", "Wasserstein [95 %]", "ceiling");
    for (const analysis::Comparison& c : analysis.comparisons)
        fmt::print("{:20} {:>6} {:>8.3f} {:>8.3f}   {:24} {:24} {:>8.3f}\n", c.property, c.n, c.median_model,
                   c.median_macaque, fmt::format("{:.3f} [{:.3f}, {:.3f}]", c.ks.value, c.ks.low, c.ks.high),
                   fmt::format("{:.3f} [{:.3f}, {:.3f}]", c.wasserstein.value, c.wasserstein.low,
                               c.wasserstein.high),
                   c.ceiling);
    fmt::print(
        "model and macaque: medians; KS: Kolmogorov-Smirnov distance to {}; ceiling: KS expected of as many "
        "macaque cells\n\n",
        analysis.comparisons.front().citation);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
    struct Options {
        std::string analysis, json;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("compare", "Distances of a network's tuning to that of macaque V1");
    command->add_option("analysis", options->analysis, "File written by `striate analyze`")->required();
    command->add_option("--json", options->json, "Write the table as JSON too");
    command->footer("Example: striate compare sheet.analysis.h5 --json sheet.v1.json");
    command->callback([options, &action] {
        action = [options] {
            const analysis::Analysis analysis = analysis::read(options->analysis);
            const std::string run = analysis::report_input(options->analysis).run.string();
            const std::string figures = figures_that_matter(analysis, run);
            if (!options->json.empty()) write_json(analysis, options->json);
            print_table(analysis);
            fmt::print("{}", figures);
        };
    });
}

}  // namespace apps
