// Edges of a SONATA circuit: each population of them is a projection, whose synapses the connector from_file reads.
#include <fmt/format.h>

#include <set>

#include "sim/config_paths.hpp"
#include "sim/io/sonata_edges.hpp"
#include "sonata/circuit.hpp"

namespace sonata {
namespace {

/// One population of edges.
class EdgePopulation {
  public:
    EdgePopulation(Circuit& circuit, const sim::io::File& file, const std::string& name,
                   const std::string& types)
        : circuit_(&circuit),
          file_(&file),
          name_(name),
          folder_("/edges/" + name + "/"),
          types_path_(types),
          edges_(file, folder_, types) {}

    void add() {
        const Nodes *source = end("source_node_id"), *target = end("target_node_id");
        if (target != nullptr && target->is_virtual())
            problem("target_node_id", fmt::format("must be of neurons; {} is virtual", target->name()));
        check_groups();
        if (circuit_->words["projections"].contains(name_))
            problem("", "must be the one population of edges of that name");
        if (source == nullptr || target == nullptr) return;
        const bool has_receptors = target->model() != nullptr && target->model()->has_receptors();
        const auto receptors = check_types(has_receptors);
        if (has_receptors) note_receptors(*target, receptors);
        Json from_file{{"file", file_->path()}, {"group", "/edges/" + name_}, {"delay", kDelay}};
        if (edges_.table()) from_file["types"] = {{"file", types_path_}};
        circuit_->words["projections"][name_] = {
            {"from", source->name()},
            {"to", target->name()},
            {"connect", {{"kind", "from_file"}, {"from_file", from_file}}}};
    }

  private:
    static constexpr const char* kDelay = "1 ms";  // NEST's default
    using OfTypes = std::map<std::uint64_t, std::size_t>;

    void problem(const std::string& what, const std::string& text) const {
        circuit_->problems.add(fmt::format("{}: {}{}", file_->path(), folder_, what), text);
    }
    /// The population at one end.
    const Nodes* end(const std::string& dataset) const {
        const std::string object = folder_ + dataset;
        const std::string name = file_->exists(object) && file_->has_attribute(object, "node_population")
                                     ? file_->read_attribute<std::string>(object, "node_population")
                                     : "";
        const Nodes* const found = circuit_->find(name);
        if (found == nullptr)
            problem(
                dataset,
                fmt::format("attribute \"node_population\" must be a population of the circuit, is \"{}\"",
                            name));
        return found;
    }
    /// Numbers that stand beside edges are weights, delays and how many synapses; where these are does not matter.
    void check_groups() const {
        for (const std::string& group : file_->children(folder_.substr(0, folder_.size() - 1)))
            if (file_->is_group(folder_ + group) && file_->exists(folder_ + group + "/dynamics_params"))
                problem(group + "/dynamics_params", "must not be there: synapses have no parameters here");
    }
    /// returns the receptor of each type of edges
    OfTypes check_types(bool has_receptors) const {
        OfTypes receptors;
        for (const std::uint64_t type :
             std::set<std::uint64_t>(edges_.types().begin(), edges_.types().end())) {
            check(type, "model_template", {"static_synapse", "nest:static_synapse"}, "static_synapse");
            // Those of the Brain Modeling Toolkit that take syn_weight as it stands.
            check(type, "weight_function", {"wmax", "set_syn_weight", "default_weight_fnc"},
                  "left out, or wmax, which is the weight itself");
            receptors[type] = check_params(type, has_receptors);
        }
        return receptors;
    }
    void check(std::uint64_t type, const std::string& column, const std::set<std::string>& known,
               const std::string& expected) const {
        const std::string found = edges_.table()->text(name_, type, column);
        if (!found.empty() && !known.contains(found))
            circuit_->problems.add(fmt::format("{}: {}", edges_.table()->place(name_, type), column),
                                   fmt::format("must be {}, is \"{}\"", expected, found));
    }
    /// returns the receptor that a type reaches
    std::size_t check_params(std::uint64_t type, bool has_receptors) const {
        std::size_t receptor = 1;
        const std::string name = edges_.table()->text(name_, type, "dynamics_params");
        if (name.empty()) return receptor;
        const std::string path = sim::absolute_path(name, circuit_->components("synaptic_models_dir"));
        circuit_->files.push_back(path);
        const Json params = read_json(path);
        for (const auto& [key, value] : params.items()) {
            const std::string place = fmt::format("{}: {}", path, key);
            if (key != "receptor_type" || !has_receptors)
                circuit_->problems.add(place, "is no parameter of a static synapse here");
            else if (!value.is_number_unsigned() || value == 0)
                circuit_->problems.add(place, "must be a whole number from 1 on");
            else
                receptor = value.get<std::size_t>();
        }
        return receptor;
    }
    /// A neuron here has two time constants: those of the receptors that excitation and inhibition reach.
    void note_receptors(const Nodes& target, const OfTypes& receptors) const {
        const auto ids = edges_.ids("target_node_id");
        const auto weights = edges_.numbers("syn_weight", std::nullopt);
        Receptors& of_nodes = circuit_->receptors[target.name()];
        for (std::size_t k = 0; k < ids.size(); ++k) {
            if (ids[k] >= target.size()) continue;  // as the projection will say
            const std::size_t receptor = edges_.types().empty() ? 1 : receptors.at(edges_.types()[k]);
            std::size_t& known = (weights[k] > 0.0 ? of_nodes.ex : of_nodes.in)[ids[k]];
            if (known != 0 && known != receptor)
                return problem(
                    "edge_type_id",
                    fmt::format("synapses of one sign must reach one receptor of a neuron; those of weight "
                                "{} 0 of node {} of {} reach {} and {}",
                                weights[k] > 0.0 ? "above" : "below", ids[k], target.name(), known,
                                receptor));
            known = receptor;
        }
    }

    Circuit* circuit_;
    const sim::io::File* file_;
    std::string name_, folder_, types_path_;
    sim::io::SonataEdges edges_;
};

}  // namespace

void add_projections(Circuit& circuit) {
    const Block networks = circuit.config["networks"];
    for (const auto& [number, one] : networks["gap_juncs"].children())
        one.problem("gap junctions are not known here");
    for (const auto& [number, one] : networks["edges"].children()) {
        if (!one["enabled"].flag(true)) continue;
        const std::string path = one["edges_file"].path(), types = one["edge_types_file"].path();
        if (path.empty()) {
            one["edges_file"].wrong("an HDF5 file of edges");
            continue;
        }
        const sim::io::File file = sim::io::File::open(path);
        if (!file.exists("/edges")) {
            circuit.problems.add(path + ": /edges", "must be there");
            continue;
        }
        for (const std::string& name : file.children("/edges"))
            EdgePopulation(circuit, file, name, types).add();
    }
}

}  // namespace sonata
