// Inputs of a SONATA simulation: spikes of files, and currents that are clamped.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "sonata/circuit.hpp"

namespace sonata {
namespace {

/// A current that flows from one time to another.
struct Pulse {
    double from, to, amplitude;  // [ms], [pA]
};
using Clamp = std::vector<Pulse>;

class Inputs {
  public:
    explicit Inputs(Circuit& circuit) : circuit_(&circuit), sets_(circuit.node_sets()) {}

    void add(const std::string& name, const Block& input) {
        if (!input["enabled"].flag(true)) return;
        const std::string type = input["input_type"].text(), module = input["module"].text();
        if (type == "spikes")
            add_spikes(input, module);
        else if (type == "current_clamp" && module == "IClamp")
            add_clamp(name, input);
        else if (type == "current_clamp")
            input["module"].wrong("IClamp");
        else
            input["input_type"].wrong("spikes or current_clamp");
    }
    /// Sources that nothing gives spikes are silent.
    void end() {
        for (const Nodes& one : circuit_->populations)
            if (one.is_virtual() && !circuit_->words["populations"].contains(one.name()))
                circuit_->words["populations"][one.name()] = {{"kind", "spike_list"}, {"size", one.size()}};
        add_currents();
    }

  private:
    void add_spikes(const Block& input, const std::string& module) {
        if (module != "h5" && module != "hdf5" && module != "sonata")
            return input["module"].wrong("h5 or sonata: a file of SONATA spikes");
        const std::string path = input["input_file"].path();
        if (path.empty()) return input["input_file"].wrong("a file of SONATA spikes");
        const auto members = sets_.members(input["node_set"]);
        bool is_empty = true;
        for (std::size_t p = 0; p < members.size(); ++p) {
            if (members[p].empty()) continue;
            is_empty = false;
            const Nodes& nodes = circuit_->populations[p];
            Json& populations = circuit_->words["populations"];
            if (!nodes.is_virtual())
                input["node_set"].problem(
                    fmt::format("must be of virtual nodes, names those of {}", nodes.name()));
            else if (members[p].size() != nodes.size())
                input["node_set"].problem(fmt::format("must name all of {} or none, names {} of {}",
                                                      nodes.name(), members[p].size(), nodes.size()));
            else if (populations.contains(nodes.name()))
                input["node_set"].problem(fmt::format("must be the one input of {}", nodes.name()));
            else
                populations[nodes.name()] = source(path, nodes, input);
        }
        if (is_empty) input["node_set"].wrong("a set with nodes");
    }
    Json source(const std::string& path, const Nodes& nodes, const Block& input) const {
        const sim::io::File file = sim::io::File::open(path);
        Json list{{"file", path}};
        const bool is_old = file.exists("/spikes/timestamps");  // which names no populations
        const auto known =
            is_old || !file.exists("/spikes") ? std::vector<std::string>{} : file.children("/spikes");
        if (std::ranges::find(known, nodes.name()) != known.end())
            list["population"] = nodes.name();
        else if (!is_old && known.size() != 1)
            input["input_file"].problem(fmt::format("must have spikes of {}; {} has those of: {}",
                                                    nodes.name(), path, fmt::join(known, ", ")));
        return {{"kind", "spike_list"}, {"size", nodes.size()}, {"spike_list", list}};
    }

    void add_clamp(const std::string& name, const Block& input) {
        const auto amp = input["amp"].numbers(), delay = input["delay"].numbers(),
                   duration = input["duration"].numbers();
        if (amp.empty() || amp.size() != delay.size() || amp.size() != duration.size())
            return input.problem(
                fmt::format("amp, delay and duration must be there, as many of each; are {}, {} and {}",
                            amp.size(), delay.size(), duration.size()));
        Clamp clamp;
        for (std::size_t k = 0; k < amp.size(); ++k) {
            if (delay[k] < 0.0) input["delay"].wrong(">= 0");
            if (duration[k] <= 0.0) input["duration"].wrong("> 0");
            clamp.push_back({delay[k], delay[k] + duration[k], amp[k]});
        }
        const auto members = sets_.members(input["node_set"].is_there() ? input["node_set"] : all(input));
        bool is_empty = true;
        for (std::size_t p = 0; p < members.size(); ++p) {
            if (circuit_->populations[p].is_virtual()) continue;
            for (const std::uint32_t node : members[p]) clamps_of_[{p, node}].push_back(clamps_.size());
            is_empty = is_empty && members[p].empty();
        }
        if (is_empty) input["node_set"].wrong("a set with neurons");
        names_.push_back(name);
        clamps_.push_back(std::move(clamp));
    }
    Block all(const Block& input) const { return {Json("all"), input.file(), "node_set", input.problems()}; }

    /// Currents of a config do not overlap: neurons of one population that have the same clamps share one, their sum.
    void add_currents() {
        std::map<std::pair<std::size_t, std::vector<std::size_t>>, std::vector<std::uint32_t>> neurons_of;
        for (const auto& [node, clamps] : clamps_of_) neurons_of[{node.first, clamps}].push_back(node.second);
        for (const auto& [which, neurons] : neurons_of) {
            const auto& [population, clamps] = which;
            const std::string& to = circuit_->populations[population].name();
            std::string name = to;
            for (const std::size_t clamp : clamps) name += "_" + names_[clamp];
            Json current = sum(clamps);
            current["to"] = to;
            if (neurons.size() < circuit_->populations[population].size()) current["neurons"] = neurons;
            circuit_->words["currents"][name] = std::move(current);
        }
    }
    Json sum(const std::vector<std::size_t>& clamps) const {
        std::set<double> times;
        for (const std::size_t clamp : clamps)
            for (const Pulse& one : clamps_[clamp]) times.insert({one.from, one.to});
        Json t = Json::array(), amplitudes = Json::array();
        for (const double time : times) {
            double amplitude = 0.0;
            for (const std::size_t clamp : clamps)
                for (const Pulse& one : clamps_[clamp])
                    if (one.from <= time && time < one.to) amplitude += one.amplitude;
            t.push_back(fmt::format("{} ms", time));
            amplitudes.push_back(fmt::format("{} pA", amplitude));
        }
        return {{"times", t}, {"amplitudes", amplitudes}};
    }

    Circuit* circuit_;
    NodeSets sets_;
    std::vector<std::string> names_;  // of the clamps
    std::vector<Clamp> clamps_;
    std::map<std::pair<std::size_t, std::uint32_t>, std::vector<std::size_t>> clamps_of_;  // population, node
};

}  // namespace

void add_inputs(Circuit& circuit) {
    Inputs inputs(circuit);
    for (const auto& [name, input] : circuit.config["inputs"].children()) inputs.add(name, input);
    inputs.end();
}

}  // namespace sonata
