#include "analysis/report_sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "analysis/explorer.hpp"

namespace analysis {
namespace {

namespace fs = std::filesystem;

/// Names of numbers, alone or after those of what they are of, that a table begins with.
constexpr std::array kChief{"held_out_energy",
                            "relE",
                            "spikes_per_image",
                            "rate_Hz",
                            "ks.circular_variance",
                            "ks.half_bandwidth",
                            "ks.orth_pref",
                            "ks.F1_F0",
                            "map.pinwheel_density",
                            "score",
                            "map.neighbour_difference_deg"};

bool is_chief(const std::string& name) {
    return std::ranges::any_of(
        kChief, [&](const std::string& chief) { return name == chief || name.ends_with("." + chief); });
}

/// What was swept, the score, and the numbers that one asks for first.
std::vector<const SweepColumn*> first_columns(const RecordedSweep& sweep) {
    std::vector<const SweepColumn*> columns;
    const auto add = [&](const auto& is_meant) {
        for (const SweepColumn& column : sweep.columns)
            if (is_meant(column) && std::ranges::find(columns, &column) == columns.end())
                columns.push_back(&column);
    };
    add([](const SweepColumn& column) { return column.is_swept; });
    add([&](const SweepColumn& column) { return column.name == sweep.score; });
    add([](const SweepColumn& column) { return is_chief(column.name); });
    return columns;
}

// ---- what one explores

PageArrays::Json column_json(const SweepColumn& column, PageArrays& arrays) {
    PageArrays::Json json{{"name", column.name}, {"units", column.units}, {"is_swept", column.is_swept}};
    if (column.texts.empty())
        json["numbers"] = arrays.add(column.numbers);
    else
        json["texts"] = column.texts;
    return json;
}

std::string address_of(const std::string& point) {
    return in_address((folder_of_point(point) / "index.html").string());
}

void explore_sweep(const RecordedSweep& sweep, std::span<const std::string> missing, PageData& page) {
    PageArrays::Json json{{"name", sweep.path},
                          {"score", sweep.score},
                          {"points", sweep.points},
                          {"missing", std::vector<std::string>(missing.begin(), missing.end())}};
    json["addresses"] = PageArrays::Json::array();
    for (const std::string& point : sweep.points) json["addresses"].push_back(address_of(point));
    json["columns"] = PageArrays::Json::array();
    for (const SweepColumn& column : sweep.columns)
        json["columns"].push_back(column_json(column, page.first));
    json["shown"] = PageArrays::Json::array();
    for (const SweepColumn* column : first_columns(sweep)) json["shown"].push_back(column->name);
    page.json["sweeps"].push_back(json);
}

// ---- words

std::string heading(const SweepColumn& column) {
    return column.units == "1" || column.units.empty() ? column.name
                                                       : fmt::format("{} [{}]", column.name, column.units);
}

std::string cell(const SweepColumn& column, std::size_t point) {
    if (!column.texts.empty()) return escaped(column.texts[point]);
    const double x = column.numbers[point];
    return std::isfinite(x) ? fmt::format("{:.4g}", x) : "–";
}

std::string point_cell(const std::string& point, const std::string& missing) {
    if (missing.empty()) return fmt::format("<a href=\"{}\">{}</a>", address_of(point), escaped(point));
    return fmt::format("{}<div class=\"definition\">{}</div>", escaped(point), escaped(missing));
}

std::string table_of_points(const RecordedSweep& sweep, std::span<const std::string> missing) {
    const auto columns = first_columns(sweep);
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Points\"><table id=\"points\" "
        "class=\"of-numbers\">\n<thead><tr><th scope=\"col\">Point</th>";
    for (const SweepColumn* column : columns)
        html += fmt::format("<th scope=\"col\">{}</th>", escaped(heading(*column)));
    html += "</tr></thead>\n<tbody>\n";
    for (std::size_t p = 0; p < sweep.points.size(); ++p) {
        html += fmt::format("<tr><th scope=\"row\">{}</th>", point_cell(sweep.points[p], missing[p]));
        for (const SweepColumn* column : columns) html += fmt::format("<td>{}</td>", cell(*column, p));
        html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

std::string remark(const RecordedSweep& sweep) {
    return fmt::format(
        "<p class=\"remark\">A row leads to the page of its point. {} of {} columns are shown; all of them, "
        "to the last digit, are in <code>{}</code>.</p>\n",
        first_columns(sweep).size(), sweep.columns.size(), escaped(sweep.path));
}

/// The best point and its score.
std::string best_words(const RecordedSweep& sweep) {
    const SweepColumn* score = sweep.find(sweep.score);
    if (score == nullptr || score->numbers.empty()) return "";
    std::size_t best = sweep.points.size();
    for (std::size_t p = 0; p < sweep.points.size(); ++p) {
        const double x = score->numbers[p];
        if (!std::isfinite(x)) continue;
        if (best == sweep.points.size() ||
            (sweep.maximise ? x > score->numbers[best] : x < score->numbers[best]))
            best = p;
    }
    if (best == sweep.points.size()) return "";
    return fmt::format(" The {} <code>{}</code>, {:.4g}, is that of {}.",
                       sweep.maximise ? "largest" : "smallest", escaped(sweep.score), score->numbers[best],
                       escaped(sweep.points[best]));
}

std::string lead(const RecordedSweep& sweep) {
    std::vector<std::string> swept;
    for (const SweepColumn& column : sweep.columns)
        if (column.is_swept) swept.push_back(fmt::format("<code>{}</code>", escaped(column.name)));
    return fmt::format("A sweep of <b>{} points</b> over {}.{}", sweep.points.size(), fmt::join(swept, ", "),
                       best_words(sweep));
}

}  // namespace

std::optional<fs::path> file_of_point(const RecordedSweep& sweep, const std::string& point) {
    const fs::path folder = fs::path(sweep.path).parent_path();
    for (const char* ending : {".analysis.h5", ".h5"})
        if (const fs::path file = folder / (point + ending); fs::is_regular_file(file)) return file;
    return std::nullopt;
}

fs::path folder_of_point(const std::string& point) { return fs::path("points") / point; }

bool write_sweep_report(const RecordedSweep& sweep, std::span<const std::string> missing,
                        const PageFile& file, const std::optional<fs::path>& d3) {
    const Page page{sweep.path, lead(sweep), "",
                    section("Points", table_of_points(sweep, missing) + remark(sweep)) +
                        section("How it was made", facts_table({{"Table", sweep.path}}, sweep.provenance) +
                                                       folded_text("The sweep file", sweep.file))};
    PageData data{.json = explored_knowledge()};
    explore_sweep(sweep, missing, data);
    return file.write(page, data, d3);
}

}  // namespace analysis
