#include "sonata/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sonata/circuit.hpp"

namespace sonata {

const Nodes* Circuit::find(const std::string& population) const {
    const auto found = std::ranges::find(populations, population, &Nodes::name);
    return found == populations.end() ? nullptr : &*found;
}

NodeSets Circuit::node_sets() {
    const Block file = config["node_sets_file"];
    Json definitions;
    const std::string path = file.path();
    if (!path.empty()) {
        definitions = read_json(path);
        files.push_back(path);
    }
    return {Block(std::move(definitions), path, "", problems), populations};
}

namespace {

void read_nodes(Circuit& circuit) {
    for (const auto& [number, one] : circuit.config["networks"]["nodes"].children()) {
        const std::string path = one["nodes_file"].path(), types_path = one["node_types_file"].path();
        if (path.empty()) {
            one["nodes_file"].wrong("an HDF5 file of nodes");
            continue;
        }
        circuit.files.push_back(path);
        std::shared_ptr<const sim::io::TypesTable> types;
        if (!types_path.empty()) {
            circuit.files.push_back(types_path);
            types = std::make_shared<sim::io::TypesTable>(types_path, "node_type_id");
        }
        const auto file = std::make_shared<const sim::io::File>(sim::io::File::open(path));
        if (!file->exists("/nodes")) {
            circuit.problems.add(path + ": /nodes", "must be there");
            continue;
        }
        for (const std::string& name : file->children("/nodes")) {
            if (circuit.find(name) != nullptr)
                circuit.problems.add(fmt::format("{}: /nodes/{}", path, name),
                                     "must be the one population of that name");
            const Nodes& added = circuit.populations.emplace_back(file, name, types, circuit.problems);
            const std::vector<std::size_t> none(added.size());
            circuit.receptors[name] = {none, none};
        }
    }
    if (circuit.populations.empty())
        circuit.config["networks"]["nodes"].problem("must name files of nodes; is this a circuit of SONATA?");
}

void add_run(Circuit& circuit) {
    const Block run = circuit.config["run"];
    if (run["tstart"].number(0.0) != 0.0) run["tstart"].wrong("0: a run begins at 0 ms");
    const Block stop = run[run["tstop"].is_there() ? "tstop" : "duration"];
    if (stop.is_there()) circuit.words["duration"] = fmt::format("{} ms", stop.number(NAN));
    const Block seed = run["random_seed"];
    if (seed.json().is_number_unsigned()) circuit.words["seed"] = seed.json();
}

/// Neurons; sources follow from inputs.
void add_populations(Circuit& circuit) {
    const double v_init = circuit.config["conditions"]["v_init"].number(NAN);
    const std::string models = circuit.components("point_neuron_models_dir");
    for (const Nodes& one : circuit.populations)
        if (!one.is_virtual())
            circuit.words["populations"][one.name()] =
                one.as_population(models, v_init, circuit.receptors[one.name()], circuit.files);
}

/// Reads all of a circuit, and says what cannot be mapped.
void read(Circuit& circuit, const std::string& path) {
    add_run(circuit);
    circuit.words["populations"] = Json::object();  // before what names them
    read_nodes(circuit);
    add_projections(circuit);
    add_populations(circuit);
    add_inputs(circuit);
    add_records(circuit);
    circuit.problems.tell(path);
}

}  // namespace

sim::Params load(const std::string& path, const sim::Params::Overrides& overrides) {
    Circuit circuit(path);
    read(circuit, path);
    sim::Params params = sim::Params::parse(circuit.words.dump(1), path + " in Striate's words", overrides);
    for (const std::string& file : circuit.config.files()) params.inputs()->add_config(file);
    for (const std::string& file : circuit.files) params.inputs()->add(file);
    return params;
}

std::string config_text(const std::string& path) {
    Circuit circuit(path);
    read(circuit, path);
    return circuit.words.dump(1);
}

}  // namespace sonata
