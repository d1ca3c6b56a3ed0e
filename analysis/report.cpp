#include "analysis/report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "analysis/analysis_file.hpp"
#include "analysis/comparison_words.hpp"
#include "analysis/config_text.hpp"
#include "analysis/explorer.hpp"
#include "analysis/figures.hpp"
#include "analysis/figures_linked.hpp"
#include "analysis/glossary.hpp"
#include "analysis/page_file.hpp"
#include "analysis/recorded_run.hpp"
#include "analysis/report_html.hpp"
#include "analysis/report_network.hpp"
#include "analysis/v1_reference.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSpikesExplored = 100'000;  // of a network
constexpr std::size_t kMostSnapshots = 16;

/// What the page is made from.
struct Sources {
    RecordedRun run;
    std::optional<Analysis> analysis;
    std::string analysis_path;

    const Analysis* analysed() const { return analysis ? &*analysis : nullptr; }
};

// ---- words

std::string with_interval(const Interval& x, int n) {
    if (!std::isfinite(x.value)) return "–";
    return fmt::format(R"({}<span class="interval">[{}, {}]</span>)", digits(x.value, n), digits(x.low, n),
                       digits(x.high, n));
}

// ---- the strip of numbers

struct Number {
    std::string label, value, note;
};

Number missing(const std::string& label) { return {label, "–", "needs an analysis"}; }

Number neighbour_number(const Analysis* analysis) {
    const std::string label = "Neighbour difference";
    if (analysis == nullptr) return missing(label);
    return {label, digits(analysis->map.neighbour_difference, 1) + "°", "in orientation; 45° by chance"};
}

Number pinwheel_number(const Analysis* analysis) {
    const std::string label = "Pinwheel density";
    if (analysis == nullptr) return missing(label);
    return {label, digits(analysis->map.pinwheel_density, 2),
            std::isfinite(analysis->map.pinwheel_density) ? "per wavelength²; π in V1"
                                                          : "no wavelength was found"};
}

Number variance_number(const Analysis* analysis) {
    const std::string label = "Circular variance";
    if (analysis == nullptr) return missing(label);
    const double macaque = v1_reference("circular_variance").distribution().median();
    std::vector<double> values;
    for (const double value : analysis->compared().circular_variance)  // as the comparison has them
        if (std::isfinite(value)) values.push_back(value);
    return {label, digits(median(values), 3), fmt::format("median; macaque {}", digits(macaque, 3))};
}

Number energy_number(const LearningCurves& learning) {
    const auto& held_out = learning.held_out;
    const std::string label = "Held-out energy";
    if (held_out.energy.empty()) return {label, "–", "none is measured"};
    const std::string after = digits(held_out.energy.back(), 3);
    const std::string note =
        held_out.optimal_energy.empty() || !std::isfinite(held_out.optimal_energy.back())
            ? ""
            : fmt::format("least possible now {}", digits(held_out.optimal_energy.back(), 3));
    return {label,
            held_out.energy.size() == 1 ? after  // nothing was learned
                                        : fmt::format("{} → {}", digits(held_out.energy.front(), 3), after),
            note};
}

Number dead_number(const RecordedRun& run) {
    const std::string label = "Dead neurons";
    if (run.learning.dead_neurons.empty()) return {label, "–", "nothing was learned"};
    const double dead = run.learning.dead_neurons.back();
    return {label, digits(100.0 * dead / static_cast<double>(run.size()), 1) + " %",
            fmt::format("{:.0f} of {}", dead, run.size())};
}

Number active_number(const LearningCurves& learning) {
    const std::string label = "Active neurons";
    if (learning.active_fraction.empty()) return {label, "–", "nothing was learned"};
    return {label, digits(100.0 * learning.active_fraction.back(), 1) + " %", "in the last batch"};
}

/// Of the sheet that sees gratings; a run of several senses sees none.
std::vector<Number> numbers(const Sources& sources) {
    const Number energy = energy_number(sources.run.learning), dead = dead_number(sources.run);
    if (!sources.run.senses.empty()) return {energy, active_number(sources.run.learning), dead};
    if (sources.run.kernels.n > 0)  // there is no map
        return {variance_number(sources.analysed()), energy, active_number(sources.run.learning), dead};
    return {neighbour_number(sources.analysed()), pinwheel_number(sources.analysed()),
            variance_number(sources.analysed()), energy, dead};
}

std::string number_strip(const Sources& sources) {
    std::string html = "<dl class=\"numbers\">\n";
    for (const Number& number : numbers(sources)) {
        const bool two = number.value.find("→") != std::string::npos;
        html += fmt::format(
            "<div><dt>{}</dt><dd><div class=\"value{}\">{}</div><div class=\"note\">{}</div></dd></div>\n",
            number.label, two ? " two" : "", number.value, number.note);
    }
    return html + "</dl>\n";
}

// ---- tables

std::string units_of(const Comparison& c) {
    if (c.units == "1" || !std::isfinite(c.median_macaque)) return "";
    return fmt::format(" {}{}", c.units, c.scaled ? "*" : "");
}

/// Cells from the distance to the similarity; instead of them why there are none.
std::string distance_cells(const Comparison& c) {
    if (const std::string why = why_unsaid(c); !why.empty())
        return fmt::format("<td colspan=\"4\" class=\"none\">{}</td>", why);
    return fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td>", with_interval(c.ks, 3),
                       digits(c.ceiling, 3), escaped(probability_words(c.p_value)),
                       digits(c.similarity.value / c.similarity_ceiling.value, 2));
}

std::string significant(double x) { return std::isfinite(x) ? fmt::format("{:#.3g}", x) : "–"; }

std::string comparison_row(const Comparison& c, std::span<const Paper> papers) {
    return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{}<td>{}</td></tr>\n",
                       escaped(label(c)), c.n, significant(c.median_model),
                       significant(c.median_macaque) + escaped(units_of(c)), distance_cells(c),
                       escaped(key_of(papers, c.citation)));
}

/// What the columns are, the score, and the papers.
std::string comparison_remark(const Analysis& analysis, std::span<const Paper> papers) {
    std::string html = fmt::format(
        "<p class=\"remark\">Responding neurons of the running network beside cells of macaque V1. KS: "
        "Kolmogorov–Smirnov distance; in brackets bootstrap 95 % intervals over blocks of 8 × 8 neighbours. "
        "Least: the mean KS "
        "of as "
        "many values drawn from the monkey’s distribution itself. p: probability of so great a KS if both "
        "were drawn "
        "from one distribution, neighbours counted as alike. Similarity: 1 − KS/KS<sub>max</sub> of the "
        "histograms, over that of the "
        "monkey with "
        "itself. * Both were divided by their medians, for a model has no degrees. <b>Overall score {}</b>: "
        "mean of "
        "the similarity, at most 1, over the properties of all cells; what no neuron has counts 0.</p>\n"
        "<ul class=\"papers\">\n",
        digits(overall_score(analysis.comparisons), 3));
    for (const Paper& paper : papers)
        html += fmt::format("<li><b>{}</b> {}</li>\n", escaped(paper.key), escaped(paper.citation));
    return html + "</ul>\n";
}

std::string comparison_table(const Analysis& analysis) {
    if (analysis.comparisons.empty()) return "";
    const auto sources = papers(analysis.comparisons, analysis.shapes);
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Distances to macaque V1\"><table "
        "id=\"comparison\">\n<thead><tr><th>Property</th><th>Neurons</th>"
        "<th>Median,<br>model</th><th>Median,<br>macaque</th><th>KS</th><th>Least</th><th>p</"
        "th>"
        "<th>Similarity</th><th>Source</th></tr></thead>\n<tbody>\n";
    for (const Comparison& comparison : analysis.comparisons) html += comparison_row(comparison, sources);
    return html + "</tbody></table></div>\n" + comparison_remark(analysis, sources);
}

/// What macaque V1 has in its place, "–" where that is not known.
std::string macaque_cell(const std::string& measure) {
    const std::string median_of = "median_",
                      name = measure.starts_with(median_of) ? measure.substr(median_of.size()) : measure;
    for (const Reference& reference : v1_references())
        if (reference.name == name && !reference.scaled)
            return fmt::format("{}<div class=\"definition\">{}</div>",
                               significant(reference.distribution().median()), escaped(reference.citation));
    return "–";
}

std::string measure_row(const Measure& measure, const Term* term) {
    return fmt::format(
        "<tr><th scope=\"row\">{}<div class=\"definition\">{}{}</div></th><td>{}{}</td><td>{}</td></tr>\n",
        escaped(term ? term->label : measure.name), escaped(term ? term->definition : measure.description),
        term && *term->source ? fmt::format(" {}.", escaped(term->source)) : "", significant(measure.value),
        measure.units == "1" ? "" : " " + escaped(measure.units), macaque_cell(measure.name));
}

/// A median is that of a number that neurons have.
const Term* term_of(const std::string& measure) {
    const std::string median_of = "median_";
    return find_term(measure.starts_with(median_of) ? std::string_view(measure).substr(median_of.size())
                                                    : std::string_view(measure));
}

/// By subject, in the order of the glossary; each with its definition, source and the macaque's value.
std::string summary_table(const Analysis& analysis) {
    if (analysis.summary.empty()) return "";
    std::vector<std::string> groups{"Map",   "Orientation",       "Phase",    "Spatial frequency",
                                    "Field", "Contrast and size", "Activity", "Other"};
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The network in numbers\"><table "
        "id=\"summary\" class=\"of-numbers\">\n<thead><tr><th "
        "scope=\"col\">Number"
        "</th><th scope=\"col\">Here</th><th scope=\"col\">Macaque</th></tr></thead>\n<tbody>\n";
    for (const std::string& group : groups) {
        std::string rows;
        for (const Measure& measure : analysis.summary) {
            const Term* const term = term_of(measure.name);
            if (group == (term ? term->group : "Other")) rows += measure_row(measure, term);
        }
        if (!rows.empty())
            html += fmt::format("<tr><th scope=\"rowgroup\" colspan=\"3\" class=\"group\">{}</th></tr>\n{}",
                                group, rows);
    }
    return html +
           "</tbody></table></div>\n<p class=\"remark\">Medians are over the neurons that have the "
           "number.</p>\n";
}

// ---- the page

std::string lead(const RecordedRun& run) {
    std::string html;
    if (names_in(run.config, "populations").size() > 1)
        html = fmt::format("Population <b>{}</b> of a network: ", escaped(run.population));
    const char* const a = html.empty() ? "A" : "a";
    html += run.kernels.n > 0 ? fmt::format("{} population of <b>{} neurons</b>, {} kernels at each place", a,
                                            run.size(), run.kernels.n)
                              : fmt::format("{} sheet of <b>{} × {} neurons</b>", a, run.rows, run.cols);
    if (!run.kind.empty()) html += fmt::format(" (<code>{}</code>)", escaped(run.kind));
    const std::size_t n_batches = run.learning.batch.size();
    html += n_batches == 0 ? " was shown " : fmt::format(" learned for <b>{} batches</b> from ", n_batches);
    const std::string stimulus = run.provenance_of("stimulus");
    html += stimulus.empty() ? "its stimulus" : escaped(stimulus);
    return html + ".";
}

std::string missing_analysis(const RecordedRun& run) {
    if (!run.senses.empty())
        return fmt::format(
            "<div class=\"aside\">\n<p><code>striate recall {0} --figure recalled</code> rebuilds what one "
            "sense would show from the codes of the others; <code>striate encode {0}</code> keeps the codes "
            "of all frames for <code>striate decode</code>, and for a page of them in the "
            "plane.</p>\n</div>\n",
            escaped(run.path));
    return fmt::format(
        "<div class=\"aside\">\n<p>This page shows the run alone. <code>striate analyze {}</code> shows "
        "gratings to the trained network; reporting on the file it writes adds</p>\n<ul><li>the orientation "
        "map with its pinwheels, wavelength and spectrum,</li><li>orientation tuning of sample "
        "neurons,</li><li>circular variance, bandwidth, orthogonal over preferred and F1/F0 beside macaque "
        "V1, with distances and their intervals,</li><li>what else was tested: responses to contrast and "
        "size, "
        "spike-triggered averages, shapes of receptive fields.</li></ul>\n</div>\n",
        escaped(run.path));
}

std::string field_section(const RecordedRun& run, const fs::path& figures) {
    if (!run.senses.empty())
        return section("Dictionaries", html_of(draw_dictionaries(run, figures)) +
                                           html_of(draw_dictionary_evolution(run, figures)));
    return section("Receptive fields", html_of(draw_receptive_fields(run, figures)) +
                                           html_of(draw_receptive_field_detail(run, figures)) +
                                           html_of(draw_evolution(run, figures)));
}

std::string analysis_sections(const Sources& sources, const fs::path& figures) {
    if (!sources.analysis) return missing_analysis(sources.run);
    const Analysis& analysis = *sources.analysis;
    return section("Orientation map", html_of(draw_orientation_map(analysis, figures)) +
                                          html_of(draw_map_spectrum(analysis, figures)) +
                                          html_of(draw_tuning_at_pinwheels(analysis, figures))) +
           section("Tuning", html_of(draw_tuning_histograms(analysis, figures)) +
                                 html_of(draw_tuning_curves(sources.run, analysis, figures)) +
                                 html_of(draw_response_curves(analysis, figures))) +
           section("Beside macaque V1", comparison_table(analysis) +
                                            html_of(draw_other_histograms(analysis, figures)) +
                                            html_of(draw_shapes(analysis, figures))) +
           section("Reverse correlation",
                   html_of(draw_spike_triggered_averages(sources.run, analysis, figures))) +
           section("The network in numbers", summary_table(analysis));
}

/// What makes the page again; config.yaml is the config that stands on it.
std::string commands(const Sources& sources) {
    const std::string run = fmt::format("striate run config.yaml -o {}", sources.run.path);
    if (!sources.analysis) return fmt::format("{0} && striate report {1}", run, sources.run.path);
    return fmt::format("{0} && striate analyze {1} -o {2} && striate report {2}", run, sources.run.path,
                       sources.analysis_path);
}

Page page(const Sources& sources, const fs::path& figures) {
    const RecordedRun& run = sources.run;
    Facts facts{{"Run", run.path}, {"Population", run.population}};
    if (sources.analysis) facts.emplace_back("Analysis", sources.analysis_path);
    facts.emplace_back("Made again by", commands(sources));
    return {fs::path(run.path).filename().string(), lead(run), number_strip(sources),
            field_section(run, figures) + analysis_sections(sources, figures) +
                section("Activity", html_of(draw_activity(run, sources.analysed(), figures))) +
                section("Learning", html_of(draw_learning(run, figures))) +
                section("How it was made",
                        facts_table(std::move(facts), run.provenance) + config_details(run.config))};
}

/// Several runs, one below the other: their numbers and distances; what one explores stands before these.
Page page(std::span<const Sources> all, const fs::path& figures) {
    Page page{"", fmt::format("<b>{} runs</b> side by side.", all.size()), "", ""};
    std::vector<NamedAnalysis> analyses;
    for (const Sources& sources : all) {
        const std::string name = fs::path(sources.run.path).filename().string();
        page.title += (page.title.empty() ? "" : ", ") + name;
        page.body += section(escaped(name),
                             "<p class=\"lead\">" + lead(sources.run) + "</p>\n" + number_strip(sources) +
                                 (sources.analysis ? comparison_table(*sources.analysis) : ""));
        if (sources.analysis) analyses.push_back({name, &*sources.analysis});
    }
    if (!analyses.empty())
        page.body += section("Beside macaque V1", html_of(draw_comparison(analyses, figures)));
    return page;
}

// ---- what one explores

/// A sheet, or kernels that all places share.
void add_population(const RecordedRun& run, const Analysis* analysis, PageData& page) {
    if (run.kernels.n > 0)
        explore_kernels(run, page);
    else
        explore_sheet(run, analysis, page);
}

/// The whole network, and each of its populations that has fields.
void add_network(const std::string& path, bool with_sheets, PageData& page) {
    const RecordedNetwork network = read_network(path, kMostSpikesExplored);
    explore_network(network, page);
    for (const RecordedPopulation& one : network.populations)
        if (with_sheets && one.has_fields)
            add_population(read_run(path, one.name, kMostSnapshots), nullptr, page);
}

PageData explored(std::span<const ReportInput> inputs, std::span<const Sources> sheets) {
    PageData page{.json = explored_knowledge()};
    for (const Sources& sources : sheets)
        add_population(read_run(sources.run.path, sources.run.population, kMostSnapshots), sources.analysed(),
                       page);
    for (const ReportInput& input : inputs)
        if (!is_of_one_sheet(input.run.string())) add_network(input.run.string(), sheets.empty(), page);
    return page;
}

// ---- files

Sources read_sources(const ReportInput& input) {
    if (!input.analysis) return {read_run(input.run.string()), std::nullopt, ""};
    Analysis analysis = read(input.analysis->string());
    Sources sources{read_run(input.run.string(), analysis.population), std::move(analysis),
                    input.analysis->string()};
    if (sources.analysis->network.tuning.size() != sources.run.size())
        throw sim::IoError(fmt::format("{}: is of {} neurons, but {} has {}.", sources.analysis_path,
                                       sources.analysis->network.tuning.size(), sources.run.path,
                                       sources.run.size()));
    return sources;
}

}  // namespace

void make_directory(const fs::path& dir) {
    std::error_code failure;
    fs::create_directories(dir, failure);
    if (failure) throw sim::IoError(fmt::format("{}: cannot be made: {}.", dir.string(), failure.message()));
}

ReportInput report_input(const fs::path& file) {
    const auto opened = sim::io::File::open(file.string());
    const std::string kind = sim::io::kind_of_striate_file(opened);
    if (kind != "analysis") return {file, std::nullopt};
    const auto said = opened.read<std::string>("/provenance/run");
    const fs::path run = said.empty() ? fs::path{} : fs::path(said.front());
    for (const fs::path& candidate : {run, file.parent_path() / run, file.parent_path() / run.filename()})
        if (fs::is_regular_file(candidate)) return {candidate, file};
    throw sim::IoError(
        fmt::format("{}: is an analysis of {}, which is not there.", file.string(), run.string()));
}

bool write_report(std::span<const ReportInput> inputs, const fs::path& dir,
                  const std::optional<fs::path>& d3) {
    const bool is_network =
        inputs.size() == 1 && !inputs[0].analysis && !is_of_one_sheet(inputs[0].run.string());
    const auto network = is_network ? std::optional(read_network(inputs[0].run.string())) : std::nullopt;
    std::vector<Sources> sheets;
    if (!is_network)
        for (const ReportInput& input : inputs) sheets.push_back(read_sources(input));
    const PageFile file(dir);  // once all is read
    make_directory(file.figures());
    const Page written = network              ? network_page(*network, file.figures())
                         : sheets.size() == 1 ? page(sheets[0], file.figures())
                                              : page(sheets, file.figures());
    return file.write(written, d3 ? explored(inputs, sheets) : PageData{.json = explored_knowledge()}, d3);
}

}  // namespace analysis
