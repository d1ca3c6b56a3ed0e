// What `striate compare` prints and writes, of made-up comparisons.
#include "apps/compare_tables.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "analysis/comparison_words.hpp"
#include "apps/compare_json.hpp"
#include "apps/sweep_table.hpp"

namespace {

using analysis::Comparison;
using apps::ComparedRun;
using doctest::Approx;

constexpr double kNan = Comparison::none;

Comparison comparison(const std::string& property, const std::string& cells, double ks, std::size_t n) {
    return {.property = property,
            .citation = "Ringach, Shapley & Hawken (2002), J Neurosci 22:5639",
            .ks = {ks, ks - 0.01, ks + 0.01},
            .wasserstein = {0.2, 0.1, 0.3},
            .median_model = 0.5,
            .median_macaque = 0.25,
            .ceiling = 0.018,
            .n = n,
            .reference = cells == "all" ? property : property + "_" + cells,
            .cells = cells,
            .n_macaque = 300,
            .similarity = {0.45, 0.4, 0.5},
            .similarity_ceiling = {0.9, 0.85, 0.95},
            .p_value = 0.0123};
}

ComparedRun run(const std::string& name, const std::vector<Comparison>& comparisons) {
    ComparedRun result{name, {}, {0.5, 0.25, 3.0}};
    result.analysis.run = "/somewhere/" + name + ".h5";
    result.analysis.comparisons = comparisons;
    result.analysis.map.pinwheel_density = 3.0;
    result.analysis.shapes = {"Ringach (2002), J Neurophysiol 88:455", {1.5, 1.4, 1.6}, 0.13, 100};
    result.analysis.summary = {{"retinotopy", "1", "of fields", 0.75}};
    return result;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// The line that starts with this, without repeated spaces; "" if there is none.
std::string line_of(const std::string& text, const std::string& start) {
    for (const std::string& line : lines_of(text))
        if (line.starts_with(start + " ")) {
            std::istringstream words(line);
            std::string result;
            for (std::string word; words >> word;) result += (result.empty() ? "" : " ") + word;
            return result;
        }
    return "";
}

std::size_t columns(const std::string& line) {
    return static_cast<std::size_t>(
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void check_width(const std::string& text) {
    for (const std::string& line : lines_of(text)) CHECK_MESSAGE(columns(line) <= 120, line);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("of one run every comparison has a line, and the papers stand below") {
    auto frequency = comparison("peak_spatial_frequency", "complex_parafoveal", 0.3, 500);
    frequency.units = "cycles/deg";
    frequency.scaled = true;
    frequency.citation = "De Valois, Albrecht & Thorell (1982), Vision Res 22:545";
    const auto one = run("a", {comparison("circular_variance", "all", 0.123, 64),
                               comparison("circular_variance", "simple", 0.2, 19),
                               comparison("orth_pref", "all", kNan, 0), frequency});
    const std::string table = apps::comparison_table(one.analysis);
    check_width(table);
    CHECK(line_of(table, "circular_variance 64") == "");  // columns are apart
    CHECK(line_of(table, "circular_variance") ==
          "circular_variance 64 0.500 0.250 0.123 [0.113, 0.133] 0.018 0.012 0.50 Ringach 2002a");
    CHECK(line_of(table, "circular_variance (simple)") ==
          "circular_variance (simple) 19 0.500 0.250 fewer than 20 neurons Ringach 2002a");
    CHECK(has(line_of(table, "orth_pref"), "no neuron has it"));
    CHECK(has(line_of(table, "peak_spatial_frequency (complex, para.)"), "0.250 c/deg*"));
    CHECK(has(table, "* a model has no degrees"));
    CHECK(has(line_of(table, "fields' shapes"), "KL 1.500 [1.400, 1.600] nats of 100 neurons"));
    // circular_variance reaches 0.5, orth_pref is 0, the others are not of all cells
    CHECK(has(line_of(table, "overall score"), "overall score 0.250"));
    CHECK(line_of(table, "Ringach 2002a") ==
          "Ringach 2002a Ringach, Shapley & Hawken (2002), J Neurosci 22:5639");
    CHECK(line_of(table, "Ringach 2002b") == "Ringach 2002b Ringach (2002), J Neurophysiol 88:455");
    CHECK(has(table, "De Valois 1982 "));
}

TEST_CASE("learned fields alone are a line, where there are shapes") {
    auto one = run("a", {comparison("circular_variance", "all", 0.123, 64)});
    CHECK_FALSE(has(apps::comparison_table(one.analysis), "learned fields"));
    // The ones that have learned are all at 0: the macaque has none of them so low.
    one.analysis.properties = {{"circular_variance", "1", {0.0, 0.0, 0.5, 0.6}},
                               {"nx", "cycles", {0.3, 0.4, kNan, kNan}}};
    const std::string table = apps::comparison_table(one.analysis);
    check_width(table);
    CHECK(has(line_of(table, "learned fields alone"), "KS: circular_variance 1.000"));
    CHECK(has(table, "of 2 neurons whose field a Gabor function explains"));
}

TEST_CASE("nothing is said of scales where nothing is scaled") {
    const auto one = run("a", {comparison("circular_variance", "all", 0.123, 64)});
    CHECK_FALSE(has(apps::comparison_table(one.analysis), "* a model"));
}

TEST_CASE("of several runs the best of a row is marked, but not one of few neurons") {
    const std::vector runs{
        run("one", {comparison("circular_variance", "all", 0.3, 64), comparison("orth_pref", "all", 0.4, 64),
                    comparison("nx", "all", 0.1, 64)}),
        run("two", {comparison("circular_variance", "all", 0.2, 64), comparison("orth_pref", "all", 0.1, 5)}),
        run("three",
            {comparison("circular_variance", "all", 0.4, 64), comparison("orth_pref", "all", 0.5, 64)})};
    const std::string table = apps::table_of_runs(runs);
    check_width(table);
    CHECK(line_of(table, "KS") == "KS one two three");
    CHECK(line_of(table, "circular_variance") == "circular_variance 0.300 0.200* 0.400");
    CHECK(line_of(table, "orth_pref") == "orth_pref 0.400* (0.100) 0.500");
    CHECK(line_of(table, "nx") == "nx 0.100 - -");  // alone it is no best
    CHECK(line_of(table, "pinwheel density") == "pinwheel density 3.00* 3.00* 3.00*");
    CHECK(line_of(table, "held-out energy after") == "held-out energy after 0.2500 0.2500 0.2500");
}

TEST_CASE("a run is not better for having had fewer tests") {
    auto bad = comparison("nx", "all", 0.9, 64);
    bad.similarity.value = 0.0;
    const auto good = comparison("circular_variance", "all", 0.1, 64);
    const std::string table = apps::table_of_runs(std::vector{run("a", {good, bad}), run("b", {good})});
    CHECK(line_of(table, "overall score of common tests") == "overall score of common tests 0.500* 0.500*");
    CHECK(line_of(table, "overall score of all tests") == "overall score of all tests 0.250 0.500");
}

TEST_CASE("runs that differ in their seed alone are one column of means, with their spread") {
    std::vector<ComparedRun> runs{run("config=a_seed=1", {comparison("circular_variance", "all", 0.1, 100)}),
                                  run("config=a_seed=2", {comparison("circular_variance", "all", 0.2, 100)}),
                                  run("config=b_seed=1", {comparison("circular_variance", "all", 0.3, 100)})};
    runs[0].analysis.map.pinwheel_density = kNan;
    runs[0].analysis.summary.push_back({"drift_ks_F1_F0", "1", "", 0.1});
    runs[1].analysis.summary.push_back({"drift_ks_F1_F0", "1", "", 0.3});
    const std::string table = apps::table_of_runs(runs);
    CHECK(line_of(table, "pinwheel density") == "pinwheel density - 3.00");
    CHECK(line_of(table, "F1_F0, drifting") == "F1_F0, drifting gratings 0.200±0.100 -");
    CHECK(line_of(table, "KS ") == "KS a b");
    CHECK(line_of(table, "circular_variance ") == "circular_variance 0.150±0.050* 0.300");
}

TEST_CASE("runs that do not fit beside each other go below") {
    std::vector<ComparedRun> runs;
    for (int k = 0; k < 20; ++k)
        runs.push_back(
            run("name_" + std::to_string(10 + k), {comparison("circular_variance", "all", 0.1, 64)}));
    const std::string table = apps::table_of_runs(runs);
    check_width(table);
    for (const ComparedRun& one : runs) CHECK(has(table, one.name));
}

TEST_CASE("runs are called by their files, and never two the same") {
    using Names = std::vector<std::string>;
    CHECK(apps::names_of_files({"a/x.analysis.h5", "y.h5"}) == Names{"x", "y"});
    CHECK(apps::names_of_files({"a/x.analysis.h5", "b/x.analysis.h5"}) == Names{"a/x", "b/x"});
    CHECK(apps::names_of_files({"x.analysis.h5", "x.analysis.h5"}) == Names{"x 1", "x 2"});
    CHECK(apps::names_of_files({"a_long_beginning_1.analysis.h5", "a_long_beginning_22.analysis.h5"}) ==
          Names{"…1", "…22"});
    CHECK(apps::names_of_files({"a_long_beginning.analysis.h5", "a_long_beginning_2.analysis.h5"}) ==
          Names{"…beginning", "…beginning_2"});
    CHECK(apps::names_of_files({"a_name_that_stands_alone.analysis.h5"}) ==
          Names{"a_name_that_stands_alone"});
}

TEST_CASE("the JSON of a run names its numbers as the columns of a sweep") {
    const auto one =
        run("a", {comparison("circular_variance", "all", 0.1, 64),
                  comparison("circular_variance", "simple", 0.2, 60), comparison("F1_F0", "all", kNan, 0)});
    const auto json = nlohmann::ordered_json::parse(apps::json_of(one).dump());
    CHECK(json.at("properties").size() == 3);
    CHECK(json.at("properties").at(2).at("ks").at("value").is_null());
    CHECK(json.at("properties").at(1).at("cells") == "simple");
    const auto numbers = apps::flatten(json);
    const auto number = [&](const std::string& name) {
        const auto found = std::ranges::find(numbers, name, &apps::Numbers::value_type::first);
        REQUIRE_MESSAGE(found != numbers.end(), name);
        return found->second;
    };
    CHECK(number("ks.circular_variance") == 0.1);
    CHECK(number("ks.circular_variance.low") == Approx(0.09));
    CHECK(number("ks.circular_variance_simple") == 0.2);
    CHECK(number("median_model.circular_variance") == 0.5);
    CHECK(std::isnan(number("ks.F1_F0")));
    CHECK(number("map.pinwheel_density") == 3.0);
    CHECK(number("shapes.kl") == 1.5);
    CHECK(number("summary.retinotopy") == 0.75);
    CHECK(number("score") == Approx(0.25));
}

TEST_CASE("papers are called by their first author and year, and never two the same") {
    const std::vector<std::string> citations{
        "Kaschube et al. (2010), Science 330:1113", "data/cells.csv", "Ringach (2002), J Neurophysiol 88:455",
        "Ringach, Shapley & Hawken (2002), J Neurosci 22:5639", "Ringach (2002), J Neurophysiol 88:455"};
    const auto papers = analysis::papers(citations);
    REQUIRE(papers.size() == 4);
    CHECK(papers[0].key == "Kaschube 2010");
    CHECK(papers[1].key == "cells.csv");
    CHECK(papers[2].key == "Ringach 2002a");
    CHECK(papers[3].key == "Ringach 2002b");
    CHECK(analysis::key_of(papers, citations[3]) == "Ringach 2002b");
    CHECK(analysis::key_of(papers, "another") == "another");
}
