// Reports of a SONATA simulation: variables of some neurons, sampled.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonata/circuit.hpp"

namespace sonata {
namespace {

class Reports {
  public:
    explicit Reports(Circuit& circuit)
        : circuit_(&circuit), sets_(circuit.node_sets()), run_(circuit.config["run"]) {}

    void add(const std::string& name, const Block& report) {
        const std::string module = report["module"].text();
        if (!report["enabled"].flag(true) || module == "spikes_report") return;  // all spikes are recorded
        if (module != "membrane_report" && module != "multimeter_report")
            return report["module"].wrong("membrane_report, multimeter_report or spikes_report");
        const double every = report["dt"].number(run_["dt"].number(NAN));
        if (!(every > 0.0)) return report["dt"].wrong("> 0 ms, or run.dt is");
        Json record{{"every", fmt::format("{} ms", every)}};
        if (report["start_time"].is_there())
            record["start"] = fmt::format("{} ms", report["start_time"].number(0.0));
        const double stop = report["end_time"].number(INFINITY);
        if (stop < run_["tstop"].number(INFINITY)) record["stop"] = fmt::format("{} ms", stop);
        const Block named = report["variable_name"];
        Json variables = named.json().is_array() ? named.json() : Json::array({named.json()});
        for (const Json& one : variables) {
            if (!one.is_string()) return named.wrong("the name of a variable, or a list of them");
            const std::string variable = one == "v" ? "V_m" : one.get<std::string>();
            record["variable"] = variable;
            add_populations(variables.size() > 1 ? name + "_" + variable : name, report["cells"], record);
        }
    }

  private:
    void add_populations(const std::string& name, const Block& cells, Json record) {
        const auto members = sets_.members(cells);
        const auto is_recorded = [&](std::size_t p) {
            return !members[p].empty() && !circuit_->populations[p].is_virtual();
        };
        std::size_t n = 0;
        for (std::size_t p = 0; p < members.size(); ++p) n += is_recorded(p) ? 1 : 0;
        if (n == 0) return cells.wrong("a set with neurons");
        for (std::size_t p = 0; p < members.size(); ++p) {
            if (!is_recorded(p)) continue;
            const Nodes& nodes = circuit_->populations[p];
            record["population"] = nodes.name();
            record.erase("neurons");
            if (members[p].size() < nodes.size()) record["neurons"] = members[p];
            circuit_->words["record"]["state"][n > 1 ? name + "_" + nodes.name() : name] = record;
        }
    }

    Circuit* circuit_;
    NodeSets sets_;
    Block run_;
};

}  // namespace

void add_records(Circuit& circuit) {
    Json spikes = Json::array();
    for (const Nodes& one : circuit.populations)
        if (!one.is_virtual()) spikes.push_back(one.name());
    circuit.words["record"]["spikes"] = spikes;
    Reports reports(circuit);
    for (const auto& [name, report] : circuit.config["reports"].children()) reports.add(name, report);
}

}  // namespace sonata
