#include "sonata/save.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/circuit_build.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/per_neuron.hpp"
#include "sim/provenance.hpp"
#include "sonata/nest_models.hpp"

namespace sonata {
namespace {

namespace fs = std::filesystem;
using sim::io::File;

constexpr std::uint64_t kNodeType = 100, kEdgeType = 1;
constexpr double kSampled = 0.1;  // run.dt [ms], which decides nothing here

bool is_source(const sim::PopulationSettings& one) {
    return one.kind == "spike_list" || one.kind == "poisson";
}

/// The model of NEST that a kind is, with its name; nothing where there is none, or one whose synapses have parameters.
const std::pair<const std::string, NestModel>* model_of(const std::string& kind) {
    for (const auto& known : nest_models())
        if (known.second.kind == kind && !known.second.has_receptors()) return &known;
    return nullptr;
}

/// How long from one time to another, so that their sum is the other to the bit, where there is such a number.
double between(double from, double to) {
    double length = to - from;
    if (from + length < to) length = std::nextafter(length, INFINITY);
    if (from + length > to) length = std::nextafter(length, 0.0);
    return length;
}

class Saver {
  public:
    Saver(const std::string& run, const fs::path& folder)
        : run_(sim::io::open_striate_file(run, "network")),
          settings_(sim::Params::parse(run_.read<std::string>("/provenance/config", {}).at(0),
                                       run + ":/provenance/config")),
          folder_(folder) {}

    /// throws ConfigError
    void check() const {
        Problems problems;
        if (settings_.shows)
            problems.add(run_.path(), "must be of a circuit that runs for one duration, shows frames");
        for (const sim::PopulationSettings& one : settings_.populations) check(one, problems);
        for (const sim::ProjectionSettings& one : settings_.projections)
            if (one.plasticity)
                problems.add("projections." + one.name,
                             "its synapses are plastic, which has no words in SONATA");
        problems.tell(run_.path());
    }
    void write() {
        for (const sim::PopulationSettings& one : settings_.populations) write_nodes(one);
        const auto synapses = sim::make_synapses(settings_);
        for (std::size_t k = 0; k < synapses.size(); ++k) write_edges(k, *synapses[k]);
        write_spikes();
        write_currents();
        const std::string circuit = "circuit_config.json";
        write_json(circuit, {{"networks", networks_}});
        write_json(
            "simulation_config.json",
            {{"network", "./" + circuit},
             {"run", {{"tstop", settings_.duration}, {"dt", kSampled}, {"random_seed", settings_.seed}}},
             {"inputs", inputs_}});
    }

  private:
    void check(const sim::PopulationSettings& one, Problems& problems) const {
        const std::string place = "populations." + one.name;
        if (is_source(one)) {
            if (!run_.exists("/spikes/" + one.name))
                problems.add(place, "its spikes must be in the run (record.spikes), which SONATA plays");
            return;
        }
        const auto* model = model_of(one.kind);
        if (model == nullptr)
            return problems.add(place, fmt::format("kind {} has no words in SONATA", one.kind));
        for (const std::string& key : one.block.block(one.kind).names())
            if (std::ranges::find(model->second.parameters, key, &Parameter::key) ==
                    model->second.parameters.end() &&
                !is_understood(one, key))
                problems.add(fmt::format("{}.{}.{}", place, one.kind, key), "has no words in SONATA");
    }
    /// How well equations are solved is not said there; U of izhikevich begins at b V_m.
    bool is_understood(const sim::PopulationSettings& one, const std::string& key) const {
        if (key == "tolerance") return true;
        if (key != "U_init") return false;
        const auto U = numbers(one, "U_init", "mV"), b = numbers(one, "b", "1"),
                   V = numbers(one, "V_init", "mV");
        for (std::size_t k = 0; k < one.size; ++k)
            if (U[k] != b[k] * V[k]) return false;
        return true;
    }
    std::vector<double> numbers(const sim::PopulationSettings& one, const std::string& key,
                                const std::string& unit) const {
        return sim::numbers_of(one.block.block(one.kind), {settings_.seed, one.number, 0, one.size, one.size},
                               key, unit, std::nullopt, sim::Check::any, "");
    }

    std::string named(const std::string& name) const { return (folder_ / name).string(); }
    /// A line of names, and one of values.
    void write_types(const std::string& name, const std::string& names, const std::string& values) const {
        sim::io::write_text_file(named(name), names + "\n" + values + "\n", sim::io::Existing::refuse);
    }
    void write_json(const std::string& name, const Json& value) const {
        sim::io::write_text_file(named(name), value.dump(2) + "\n", sim::io::Existing::refuse);
    }
    /// A group of which every row is, in order.
    static void write_rows(File& file, const std::string& folder, const std::string& what, std::uint64_t type,
                           std::size_t n) {
        std::vector<std::uint64_t> index(n);
        std::iota(index.begin(), index.end(), 0U);
        file.write(folder + what + "_type_id", std::vector<std::uint64_t>(n, type), {"1", "its type"});
        file.write(folder + what + "_group_id", std::vector<std::uint32_t>(n, 0U), {"1", "its group"});
        file.write(folder + what + "_group_index", index, {"1", "its row in the group"});
        file.create_group(folder + "0");
    }

    void write_nodes(const sim::PopulationSettings& one) {
        const std::string h5 = one.name + "_nodes.h5", csv = one.name + "_node_types.csv";
        sim::io::write_sealed_file(named(h5), [&](File& file) {
            sim::mark_as_sonata(file);
            const std::string folder = "/nodes/" + one.name + "/";
            write_rows(file, folder, "node", kNodeType, one.size);
            std::vector<std::uint64_t> id(one.size);
            std::iota(id.begin(), id.end(), 0U);
            file.write(folder + "node_id", id, {"1", "number of the node"});
            if (!is_source(one)) write_parameters(file, folder + "0/dynamics_params/", one);
        });
        const std::string model = is_source(one) ? "NULL" : "nest:" + model_of(one.kind)->first;
        write_types(csv, "node_type_id model_type model_template",
                    fmt::format("{} {} {}", kNodeType, is_source(one) ? "virtual" : "point_neuron", model));
        networks_["nodes"].push_back({{"nodes_file", "./" + h5}, {"node_types_file", "./" + csv}});
    }
    void write_parameters(File& file, const std::string& folder, const sim::PopulationSettings& one) const {
        const sim::Params block = one.block.block(one.kind);
        for (const Parameter& parameter : model_of(one.kind)->second.parameters)
            if (block.has(parameter.key))
                file.write(folder + parameter.nest, numbers(one, parameter.key, parameter.unit),
                           {parameter.unit, "parameter of each node, by NEST's name"});
    }

    /// Of projections of one name, which reach several populations, with that of the target.
    std::string name_of(const sim::ProjectionSettings& one) const {
        const auto n = std::ranges::count(settings_.projections, one.name, &sim::ProjectionSettings::name);
        return n == 1 ? one.name : one.name + "_" + settings_.populations[one.to].name;
    }
    void write_edges(std::size_t k, const sim::Synapses& synapses) {
        const sim::ProjectionSettings& one = settings_.projections[k];
        const std::string name = name_of(one), h5 = name + "_edges.h5", csv = name + "_edge_types.csv";
        std::vector<std::uint64_t> source, target;
        std::vector<double> weight, delay;
        for (std::size_t j = 0; j + 1 < synapses.first.size(); ++j)
            for (std::size_t s = synapses.first[j]; s < synapses.first[j + 1]; ++s) {
                source.push_back(j);
                target.push_back(synapses.all[s].target);
                weight.push_back(synapses.all[s].weight);
                delay.push_back(synapses.all[s].delay);
            }
        sim::io::write_sealed_file(named(h5), [&](File& file) {
            sim::mark_as_sonata(file);
            const std::string folder = "/edges/" + name + "/";
            write_rows(file, folder, "edge", kEdgeType, source.size());
            const auto write_ends = [&](const std::string& which, const std::vector<std::uint64_t>& ids,
                                        std::uint32_t population) {
                file.write(folder + which, ids, {"1", "node at this end"});
                file.write_attribute(folder + which, "node_population",
                                     settings_.populations[population].name);
            };
            write_ends("source_node_id", source, one.from);
            write_ends("target_node_id", target, one.to);
            file.write(folder + "0/syn_weight", weight, {one.weight_unit, "weight"});
            file.write(folder + "0/delay", delay, {"ms", "from a spike to its arrival"});
        });
        write_types(csv, "edge_type_id model_template", fmt::format("{} static_synapse", kEdgeType));
        networks_["edges"].push_back({{"edges_file", "./" + h5}, {"edge_types_file", "./" + csv}});
    }

    void write_spikes() {
        std::vector<std::string> sources;
        for (const sim::PopulationSettings& one : settings_.populations)
            if (is_source(one)) sources.push_back(one.name);
        if (sources.empty()) return;
        sim::io::write_sealed_file(named("spikes.h5"), [&](File& file) {
            sim::mark_as_sonata(file);
            for (const std::string& name : sources) file.copy_from(run_, "/spikes/" + name);
        });
        for (const std::string& name : sources)
            inputs_["spikes_of_" + name] = {{"input_type", "spikes"},
                                            {"module", "sonata"},
                                            {"input_file", "./spikes.h5"},
                                            {"node_set", {{"population", name}}}};
    }
    void write_currents() {
        for (const sim::CurrentSettings& one : settings_.currents) {
            Json amp = Json::array(), delay = Json::array(), duration = Json::array();
            for (std::size_t k = 0; k < one.times.size(); ++k) {
                const double from = one.times[k],
                             to = k + 1 < one.times.size() ? one.times[k + 1] : settings_.duration;
                if (one.amplitudes[k] == 0.0 || to <= from) continue;
                amp.push_back(one.amplitudes[k]);
                delay.push_back(from);
                duration.push_back(between(from, to));
            }
            if (amp.empty()) continue;
            inputs_[fmt::format("current_{}", inputs_.size())] = {
                {"input_type", "current_clamp"},
                {"module", "IClamp"},
                {"amp", amp},
                {"delay", delay},
                {"duration", duration},
                {"node_set",
                 {{"population", settings_.populations[one.population].name}, {"node_id", one.neurons}}}};
        }
    }

    File run_;
    sim::RunSettings settings_;
    fs::path folder_;
    Json networks_ = {{"nodes", Json::array()}, {"edges", Json::array()}};
    Json inputs_ = Json::object();
};

}  // namespace

void save(const std::string& run, const fs::path& folder) {
    if (fs::exists(folder)) throw sim::IoError(folder.string() + ": must be a new folder, is there already");
    const fs::path unfinished = fmt::format("{}.{}.unfinished", folder.string(), ::getpid());
    Saver saver(run, unfinished);
    saver.check();
    std::error_code error;
    if (!fs::create_directory(unfinished, error))
        throw sim::IoError(fmt::format("{}: cannot be made: {}", unfinished.string(), error.message()));
    try {
        saver.write();
        fs::rename(unfinished, folder);
    } catch (const fs::filesystem_error& failure) {
        fs::remove_all(unfinished, error);
        throw sim::IoError(fmt::format("{}: {}", folder.string(), failure.code().message()));
    } catch (...) {
        fs::remove_all(unfinished, error);
        throw;
    }
}

}  // namespace sonata
