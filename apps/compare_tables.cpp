#include "apps/compare_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "analysis/comparison_words.hpp"
#include "apps/none.hpp"

namespace apps {
namespace {

using analysis::Comparison;

constexpr std::size_t kPage = 120;  // columns

/// "-" for NaN.
std::string decimals(double x, int n) { return std::isfinite(x) ? fmt::format("{:.{}f}", x, n) : "-"; }
/// Three that matter, below 1 three behind the point, in five columns up to 9999.
std::string digits(double x) {
    return std::isfinite(x) && std::abs(x) >= 1.0 ? fmt::format("{:#.3g}", x) : decimals(x, 3);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

/// At most 39 columns.
std::string short_label(const Comparison& c) {
    constexpr std::size_t kLongest = 39;
    const std::string label =
        replaced(replaced(analysis::label(c), ", foveal", ", fov."), ", parafoveal", ", para.");
    return label.size() <= kLongest ? label : label.substr(0, kLongest - 1) + "…";
}

// ---- one run

std::string short_units(const Comparison& c) {
    if (c.units == "1" || !std::isfinite(c.median_macaque)) return "";
    return fmt::format(" {}{}", replaced(c.units, "cycles", "c"), c.scaled ? "*" : "");
}

std::string with_interval(const analysis::Interval& x) {
    return fmt::format("{} [{}, {}]", decimals(x.value, 3), decimals(x.low, 3), decimals(x.high, 3));
}

/// Columns from the distance to the similarity; instead of them why there are none.
std::string distances(const Comparison& c) {
    if (const std::string why = analysis::why_unsaid(c); !why.empty()) return fmt::format("{:39}", why);
    return fmt::format("{:20} {:>5} {:>5} {:>6}", with_interval(c.ks), decimals(c.ceiling, 3),
                       analysis::probability_words(c.p_value),
                       decimals(c.similarity.value / c.similarity_ceiling.value, 2));
}

std::string comparison_rows(const analysis::Analysis& analysis, std::span<const analysis::Paper> papers) {
    std::size_t width = std::string("property").size();
    for (const Comparison& c : analysis.comparisons) width = std::max(width, short_label(c).size());
    std::string text =
        fmt::format("{:{}} {:>5} {:>5} {:11} {:20} {:>5} {:>5} {:>6} {}\n", "property", width, "cells",
                    "model", "macaque", "KS [95 %]", "least", "p", "simil.", "source");
    for (const Comparison& c : analysis.comparisons)
        text += fmt::format("{:{}} {:>5} {:>5} {:11} {} {}\n", short_label(c), width, c.n,
                            digits(c.median_model), digits(c.median_macaque) + short_units(c), distances(c),
                            analysis::key_of(papers, c.citation));
    return text;
}

constexpr const char* kComparisonLegend =
    "cells: neurons compared; model, macaque: medians; KS: Kolmogorov-Smirnov distance; least: KS expected "
    "of as\n"
    "many macaque cells; p: probability of so great a KS if both were drawn from one distribution, "
    "neighbours\n"
    "counted as alike; simil.: likeness of the histograms, 1 - KS / KS_max, over that of the macaque with "
    "itself\n";

constexpr const char* kScaled =
    "* a model has no degrees: both sides were divided by their medians, and only shapes are compared\n";

std::string shapes_line(const analysis::ShapeComparison& shapes, std::span<const analysis::Paper> papers) {
    if (shapes.n == 0) return "";
    return fmt::format("fields' shapes (nx, ny)  KL {} nats of {} neurons, {} of as many macaque cells; {}\n",
                       with_interval(shapes.kl), shapes.n, decimals(shapes.ceiling, 3),
                       analysis::key_of(papers, shapes.citation));
}

/// which: what sets these cells apart; of: what they are, after their number.
std::string distances_line(const char* which, std::span<const analysis::Distance> all, const char* of) {
    if (all.empty()) return "";
    std::string text;
    for (const auto& one : all)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one.property, decimals(one.ks, 3));
    return fmt::format("{:24} KS: {}\n{:25}of {} {}\n", which, text, "",
                       std::ranges::max(all, {}, &analysis::Distance::n).n, of);
}

std::string score_line(const analysis::Analysis& analysis) {
    return fmt::format(
        "overall score            {}, mean of simil. (at most 1) over the properties of all cells; "
        "1 is as like as\n{:25}the macaque itself, 0 counts what no neuron has\n",
        decimals(analysis::overall_score(analysis.comparisons), 3), "");
}

std::string citations(std::span<const analysis::Paper> papers) {
    std::string text;
    for (const auto& paper : papers) text += fmt::format("{:16} {}\n", paper.key, paper.citation);
    return text;
}

// ---- several runs

/// A line of the table: a number of each run.
struct Row {
    std::string label;
    std::vector<double> values;  // NaN where a run has none
    int n_decimals;
    std::function<double(double)> badness;  // the run with the least is the best; empty if none is
    std::vector<bool> has_few = {};         // neurons, so that it says little
    std::vector<double> spread = {};        // of means: half the way from the least to the greatest
};

bool is_of_few(const Row& row, std::size_t run) { return run < row.has_few.size() && row.has_few[run]; }

/// Numbers that compete for the best.
std::vector<double> badnesses(const Row& row) {
    std::vector<double> all;
    for (std::size_t run = 0; row.badness && run < row.values.size(); ++run)
        if (std::isfinite(row.values[run]) && !is_of_few(row, run))
            all.push_back(row.badness(row.values[run]));
    return all;
}

bool is_best(const Row& row, std::size_t run) {
    const auto all = badnesses(row);
    const double x = row.values[run];
    return all.size() > 1 && std::isfinite(x) && !is_of_few(row, run) &&
           row.badness(x) == std::ranges::min(all);
}

/// "0.129*" for the best of several, "(0.129)" of few neurons.
std::string entry(const Row& row, std::size_t run) {
    std::string number = decimals(row.values[run], row.n_decimals);
    if (run < row.spread.size() && std::isfinite(row.values[run]) && std::isfinite(row.spread[run]))
        number += fmt::format("±{}", decimals(row.spread[run], row.n_decimals));
    if (is_of_few(row, run)) return fmt::format("({})", number);
    return fmt::format("{}{}", number, is_best(row, run) ? '*' : ' ');
}

double itself(double x) { return x; }

/// Every reference that one of the runs is compared with, in order.
std::vector<Comparison> different_comparisons(std::span<const ComparedRun> runs) {
    std::vector<Comparison> all;
    for (const ComparedRun& run : runs)
        for (const Comparison& c : run.analysis.comparisons)
            if (std::ranges::find(all, c.reference, &Comparison::reference) == all.end()) all.push_back(c);
    return all;
}

Row ks_row(std::span<const ComparedRun> runs, const Comparison& of) {
    Row row{short_label(of), {}, 3, itself, {}};
    for (const ComparedRun& run : runs) {
        const auto& all = run.analysis.comparisons;
        const auto found = std::ranges::find(all, of.reference, &Comparison::reference);
        row.values.push_back(found == all.end() ? kNone : found->ks.value);
        row.has_few.push_back(found != all.end() && analysis::has_too_few(*found));
    }
    return row;
}

Row row_of(std::span<const ComparedRun> runs, const std::string& label, int n_decimals,
           const std::function<double(double)>& badness,
           const std::function<double(const ComparedRun&)>& get) {
    Row row{label, {}, n_decimals, badness, {}};
    for (const ComparedRun& run : runs) row.values.push_back(get(run));
    return row;
}

/// Distances under gratings that drift, if any run was shown such.
std::vector<Row> rows_of_drift(std::span<const ComparedRun> runs) {
    std::vector<Row> rows;
    for (const std::string_view property : analysis::kBesideMacaque) {
        const std::string measure = fmt::format("{}ks_{}", analysis::kOfDrift, property);
        Row row = row_of(runs, fmt::format("{}, drifting gratings", property), 3, itself,
                         [&](const ComparedRun& run) { return run.analysis.measure(measure); });
        if (std::ranges::any_of(row.values, [](double ks) { return std::isfinite(ks); }))
            rows.push_back(std::move(row));
    }
    return rows;
}

bool has(const std::vector<Comparison>& comparisons, const std::string& reference) {
    return std::ranges::find(comparisons, reference, &Comparison::reference) != comparisons.end();
}

/// The score over what all runs are compared with: a run of few tests is not better for it.
double common_score(std::span<const ComparedRun> runs, const ComparedRun& of) {
    std::vector<Comparison> common = of.analysis.comparisons;
    std::erase_if(common, [&](const Comparison& c) {
        return !std::ranges::all_of(
            runs, [&](const ComparedRun& run) { return has(run.analysis.comparisons, c.reference); });
    });
    return analysis::overall_score(common);
}

/// What is said of a run as a whole, below the distances.
std::vector<Row> rows_of_wholes(std::span<const ComparedRun> runs) {
    const auto from_pi = [](double density) { return std::abs(std::log(density / std::numbers::pi)); };
    return {row_of(runs, "fields' shapes (nx, ny), KL [nats]", 3, itself,
                   [](const ComparedRun& run) {
                       return run.analysis.shapes.n > 0 ? run.analysis.shapes.kl.value : kNone;
                   }),
            row_of(runs, "overall score of common tests", 3, std::negate<>(),
                   [runs](const ComparedRun& run) { return common_score(runs, run); }),
            row_of(runs, "overall score of all tests", 3, {},
                   [](const ComparedRun& run) { return analysis::overall_score(run.analysis.comparisons); }),
            row_of(runs, "pinwheel density", 2, from_pi,
                   [](const ComparedRun& run) { return run.analysis.map.pinwheel_density; }),
            row_of(runs, "held-out energy before learning", 4, {},
                   [](const ComparedRun& run) { return run.learning.energy_before; }),
            row_of(runs, "held-out energy after", 4, {},
                   [](const ComparedRun& run) { return run.learning.energy_after; })};
}

/// Columns that a text takes, UTF-8: one a character.
std::size_t columns_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Runs of one model, which differ in their seed alone.
struct Model {
    std::string name;
    std::vector<std::size_t> runs;  // their places in the row
};

/// "sc" for "config=sc_seed=2".
std::string model_name(std::string name) {
    const std::string config = "config=", seed = "seed=";
    if (name.starts_with(config)) name.erase(0, config.size());
    const auto at = name.find(seed);
    if (at == std::string::npos) return name;
    const auto end = std::min(name.find_first_not_of("0123456789", at + seed.size()), name.size());
    const bool is_joined = at > 0 && (name[at - 1] == '_' || name[at - 1] == ' ');
    const auto begin = is_joined ? at - 1 : at;
    return name.erase(begin, end - begin);
}

/// By their names: "config=sc_seed=1" and "config=sc_seed=2" are of one model, "sc".
std::vector<Model> models_of(std::span<const ComparedRun> runs) {
    std::vector<Model> all;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const std::string name = model_name(runs[run].name);
        auto model = std::ranges::find(all, name, &Model::name);
        if (model == all.end()) model = all.insert(all.end(), {name, {}});
        model->runs.push_back(run);
    }
    return all;
}

/// A number of each model: the mean of its runs, which NaN is where one of them has none.
Row means_of(const Row& row, std::span<const Model> models) {
    Row means{row.label, {}, row.n_decimals, row.badness, {}, {}};
    for (const Model& model : models) {
        double sum = 0.0, least = row.values[model.runs.front()], most = least;
        bool has_few = false;
        for (const std::size_t run : model.runs) {
            sum += row.values[run];
            least = std::min(least, row.values[run]);
            most = std::max(most, row.values[run]);
            has_few = has_few || is_of_few(row, run);
        }
        means.values.push_back(sum / static_cast<double>(model.runs.size()));
        means.spread.push_back(model.runs.size() > 1 ? 0.5 * (most - least) : kNone);
        means.has_few.push_back(has_few);
    }
    return means;
}

/// The runs from `first` on that fit beside each other.
std::string block(std::span<const std::string> names, std::size_t first, std::size_t last,
                  const std::vector<std::vector<Row>>& groups, std::size_t label_width, std::size_t width) {
    std::string text = fmt::format("{:{}}", "KS", label_width);
    for (std::size_t run = first; run < last; ++run)
        text += std::string(width - 1 - columns_of(names[run]), ' ') + names[run] + ' ';
    for (const auto& rows : groups) {
        text += '\n';
        for (const Row& row : rows) {
            text += fmt::format("{:{}}", row.label, label_width);
            for (std::size_t run = first; run < last; ++run)
                text += std::string(width - columns_of(entry(row, run)), ' ') + entry(row, run);
            text += '\n';
        }
    }
    return text + '\n';
}

constexpr const char* kLegendOfMeans =
    "means over runs that differ in their seed alone, ± half the way from the least to the greatest\n";

constexpr const char* kLegendOfRuns =
    "KS: Kolmogorov-Smirnov distance to macaque V1; (): of fewer than 20 neurons; -: not tested, or no "
    "neuron has it;\n"
    "*: best of its row (density: nearest pi); score: mean over properties of what similarity to macaque "
    "reaches of\n"
    "its ceiling, at most 1, over the tests that all runs had or all of each run. Energies can be compared "
    "between\n"
    "runs of the same stimulus, population and lambda.\n";

}  // namespace

std::string comparison_table(const analysis::Analysis& analysis) {
    const auto papers = analysis::papers(analysis.comparisons, analysis.shapes);
    const bool some_scaled = std::ranges::any_of(analysis.comparisons, &Comparison::scaled);
    return comparison_rows(analysis, papers) + kComparisonLegend + (some_scaled ? kScaled : "") + '\n' +
           shapes_line(analysis.shapes, papers) +
           distances_line("learned fields alone", analysis::compare_learned(analysis.properties),
                          "neurons whose field a Gabor function explains") +
           distances_line("gratings that drift", analysis::compare_drift(analysis.properties),
                          "cells, in place of gratings that stand still") +
           score_line(analysis) + '\n' + citations(papers) + '\n';
}

std::string table_of_runs(std::span<const ComparedRun> runs) {
    std::vector<std::vector<Row>> groups(1);
    for (const Comparison& c : different_comparisons(runs)) groups.front().push_back(ks_row(runs, c));
    std::ranges::move(rows_of_drift(runs), std::back_inserter(groups.front()));
    groups.push_back(rows_of_wholes(runs));
    const std::vector<Model> models = models_of(runs);
    const bool are_means = models.size() < runs.size();
    std::vector<std::string> names;
    if (are_means)
        for (const Model& model : models) names.push_back(model.name);
    else
        for (const ComparedRun& run : runs) names.push_back(run.name);
    std::size_t label_width = 0, width = 9;
    for (auto& rows : groups)
        for (Row& row : rows) {
            if (are_means) row = means_of(row, models);
            label_width = std::max(label_width, columns_of(row.label));
            for (std::size_t run = 0; run < names.size(); ++run)
                width = std::max(width, columns_of(entry(row, run)) + 1);
        }
    for (const std::string& name : names) width = std::max(width, columns_of(name) + 2);
    const std::size_t abreast = std::max<std::size_t>(1, (kPage - label_width) / width);
    std::string text;
    for (std::size_t first = 0; first < names.size(); first += abreast)
        text += block(names, first, std::min(first + abreast, names.size()), groups, label_width, width);
    return text + (are_means ? kLegendOfMeans : "") + kLegendOfRuns;
}

}  // namespace apps
