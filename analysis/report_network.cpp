#include "analysis/report_network.hpp"

#include <fmt/format.h>

#include <limits>

#include "analysis/figures.hpp"
#include "analysis/report.hpp"
#include "analysis/report_html.hpp"

namespace analysis {
namespace {

namespace fs = std::filesystem;

std::string lead(const RecordedNetwork& network) {
    std::size_t n = 0;
    for (const RecordedPopulation& one : network.populations) n += one.size;
    const std::string what =
        fmt::format("<b>{} neurons</b> in {} population{}", n, network.populations.size(),
                    network.populations.size() == 1 ? "" : "s");
    if (!network.is_shown) return fmt::format("{} that run for <b>{:g} ms</b>.", what, network.duration);
    std::string stimulus = "their stimulus";
    for (const auto& [name, value] : network.provenance)
        if (name == "stimulus") stimulus = escaped(value);
    return fmt::format("{} that were shown {}: <b>{} presentations</b> of {:g} ms were recorded.", what,
                       stimulus, network.number.size(), network.T);
}

double mean_rate(const RecordedPopulation& one, const RecordedNetwork& network) {
    const double neuron_seconds = static_cast<double>(one.size) * network.duration * 1e-3;
    return one.has_spikes && neuron_seconds > 0.0 ? static_cast<double>(one.n_spikes) / neuron_seconds
                                                  : std::numeric_limits<double>::quiet_NaN();
}

std::string populations_table(const RecordedNetwork& network) {
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Populations\"><table "
        "id=\"populations\">\n<thead><tr><th>Population</th><th>Kind</th>"
        "<th>Neurons</th><th>Spikes recorded</th><th>Mean rate [Hz]</th></tr></thead>\n<tbody>\n";
    for (const RecordedPopulation& one : network.populations)
        html += fmt::format("<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                            escaped(one.name), escaped(one.kind), one.size,
                            one.has_spikes ? fmt::format("{}", one.n_spikes) : "–",
                            digits(mean_rate(one, network), 2));
    return html + "</tbody></table></div>\n";
}

/// What a population has learned, or was given.
std::string fields_section(const RecordedNetwork& network, const std::string& population,
                           const fs::path& figures) {
    const RecordedRun run = read_run(network.path, population);
    const fs::path own = figures / population;
    make_directory(own);
    return section("Population " + escaped(population),
                   html_of(draw_receptive_fields(run, own), population) +
                       html_of(draw_receptive_field_detail(run, own), population) +
                       html_of(draw_evolution(run, own), population) +
                       html_of(draw_activity(run, nullptr, own), population) +
                       html_of(draw_learning(run, own), population));
}

}  // namespace

Page network_page(const RecordedNetwork& network, const fs::path& figures) {
    std::string body = section("Populations", populations_table(network));
    body += section("Spikes", html_of(draw_network_raster(network, figures)) +
                                  html_of(draw_network_rates(network, figures)));
    body += section("Recorded variables", html_of(draw_network_states(network, figures)));
    body += section("Synapses", html_of(draw_network_weights(network, figures)));
    for (const RecordedPopulation& one : network.populations)
        if (one.has_fields) body += fields_section(network, one.name, figures);
    body += section("How it was made", facts_table({{"Run", network.path}}, network.provenance) +
                                           config_details(network.config));
    return {fs::path(network.path).filename().string(), lead(network), "", body};
}

}  // namespace analysis
