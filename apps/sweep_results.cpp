#include "apps/sweep_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <optional>

#include "apps/json_text.hpp"
#include "apps/streams.hpp"
#include "apps/sweep_figure.hpp"
#include "apps/sweep_table.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

namespace fs = std::filesystem;

std::string text_of_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

SweepTable table_of(const SweepPlan& plan, const SweepFolder& folder) {
    SweepTable table(plan.keys);
    for (const SweepPoint& point : plan.points)
        if (fs::exists(folder.file(point.name + ".json")))
            table.add(point.name, point.values, folder.numbers_of(point));
    return table;
}

/// The best points that have a number in the column, the very best first.
std::vector<std::size_t> best_points(const SweepTable& table, std::size_t column, bool maximise) {
    constexpr std::size_t kMost = 5;
    std::vector<std::size_t> order;
    for (std::size_t p = 0; p < table.points.size(); ++p)
        if (std::isfinite(table.results[p][column])) order.push_back(p);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
        const double a = table.results[x][column], b = table.results[y][column];
        return maximise ? a > b : a < b;
    });
    order.resize(std::min(kMost, order.size()));
    return order;
}

/// One a line.
std::string ranking(const SweepTable& table, std::size_t column, bool maximise) {
    std::string text =
        fmt::format("best by {} ({} is best)\n", table.columns[column], maximise ? "largest" : "smallest");
    for (const std::size_t p : best_points(table, column, maximise))
        text += fmt::format("  {:<10.5g} {}\n", table.results[p][column], table.points[p]);
    return text;
}

/// A machine without gnuplot still has the table.
std::string figure_of(const SweepTable& table, std::size_t column, const SweepFolder& folder) {
    try {
        draw_score(table, column, folder.path());
        return folder.file("score.png");
    } catch (const sim::IoError& error) {
        say(fmt::format("no figure: {}\n", error.what()));
        return "";
    }
}

/// Where results are, and which points are best.
struct Results {
    const SweepPlan& plan;
    const SweepFolder& folder;
    const SweepTable& table;
    std::optional<std::size_t> column;  // of the score
    std::string figure;                 // "" for none
};

void print_results_in_words(const Results& of) {
    if (of.column) print_text(ranking(of.table, *of.column, of.plan.maximise));
    print("table           {} ({} of {} points), {}\n", of.folder.file("table.csv"), of.table.points.size(),
          of.plan.points.size(), of.folder.file("table.h5"));
    if (!of.figure.empty()) print("figure          {}\n", of.figure);
}

void print_results_as_json(const Results& of) {
    nlohmann::ordered_json json{{"table", of.folder.file("table.csv")},
                                {"points", of.plan.points.size()},
                                {"done", of.table.points.size()},
                                {"figure", of.figure}};
    if (of.column) {
        json["score"] = of.table.columns[*of.column];
        json["best"] = nlohmann::ordered_json::array();
        for (const std::size_t p : best_points(of.table, *of.column, of.plan.maximise))
            json["best"].push_back(
                {{"point", of.table.points[p]}, {"score", of.table.results[p][*of.column]}});
    }
    print_text(json_text(json));
}

}  // namespace

void show_results(const SweepPlan& plan, const SweepFolder& folder, const std::string& sweep,
                  const CommonOptions& options) {
    const SweepTable table = table_of(plan, folder);
    if (table.points.empty()) return;
    std::string text = text_of_file(sweep);
    for (const std::string& one : options.overrides) text += fmt::format("# --set {}\n", one);
    const auto column = table.find(plan.score);
    write_table(table, {column ? plan.score : "", plan.maximise}, folder.path(), text);
    const std::string figure = column ? figure_of(table, *column, folder) : "";
    (options.json ? print_results_as_json : print_results_in_words)({plan, folder, table, column, figure});
    if (!column && plan.score_is_asked_for) plan.refuse_score(table.columns);
}

}  // namespace apps
