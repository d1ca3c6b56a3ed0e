// A circuit while it is put into words of a config: what was read, and what became of it.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "sonata/config.hpp"
#include "sonata/node_sets.hpp"
#include "sonata/nodes.hpp"

namespace sonata {

struct Circuit {
    explicit Circuit(const std::string& path) : config(path, problems) {}

    Problems problems;
    Config config;
    std::vector<Nodes> populations;
    std::map<std::string, Receptors> receptors;  // of the neurons of populations
    std::vector<std::string> files;              // that were read beside the config
    Json words = Json::object();                 // keys of the config that it becomes

    const Nodes* find(const std::string& population) const;
    std::string components(const char* folder) const { return config["components"][folder].path(); }
    NodeSets node_sets();
};

/// `edges` of the networks become projections from files.
void add_projections(Circuit& circuit);
/// Spikes of files become sources; currents that are clamped become currents.
void add_inputs(Circuit& circuit);
/// Reports become records.
void add_records(Circuit& circuit);

}  // namespace sonata
