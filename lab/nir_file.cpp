#include "lab/nir_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "models/populations/slca.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace lab {
namespace {

using sim::io::File;
using sim::io::Shape;

constexpr double kSeconds = 1e-3;             // of a ms
constexpr const char* kNirVersion = "1.0.4";  // of the package whose layout this is
const std::string kNodes = "/node/nodes/";

/// What the graph is made of; N neurons, ON before OFF twins.
struct Parts {
    std::size_t N, M;
    double tau, q;              // [s]
    std::vector<float> fields;  // (N, M)
    std::vector<float> Q;       // (N, N), row by row
    std::vector<double> lambda;
};

/// throws ConfigError for what NIR has no words for
void check(const sim::TrainedNetwork& trained) {
    const auto refuse = [&](const char* found) {
        throw sim::ConfigError(fmt::format(
            "export: population {} must be of kind slca, see a frame, and be without t_ref, "
            "floor, v_init random, hardware, "
            "shared kernels, channels, delayed lateral weights, weighted objective and background; {}",
            trained.population().name, found));
    };
    if (!trained.codes() || trained.population().kind != "slca") refuse("it is of another kind");
    const sim::NetworkSettings& settings = trained.network().settings();
    if (!settings.has_fields || trained.population().sight.of != sim::Sight::Of::frame)
        refuse("it sees no frame");
    if (settings.kernels) refuse("its kernels are shared");
    if (settings.channels.size() > 0) refuse("it sees through channels");
    if (settings.is_lateral_delayed) refuse("its lateral weights are delayed");
    if (settings.objective.weighs_distance()) refuse("its objective is weighted");
    if (settings.presentation.background.is_on()) refuse("it has a background");
    const models::slca::Settings neurons(settings.block.block("slca"));
    if (neurons.t_ref > 0.0) refuse("it has a t_ref");
    if (std::isfinite(neurons.v_floor)) refuse("it has a floor");
    if (neurons.starts_anywhere) refuse("its v starts anywhere");
    if (neurons.hardware) refuse("it is on hardware already, in steps and integers");
}

Parts parts_of(const sim::TrainedNetwork& trained) {
    const sim::Network& network = trained.network();
    const models::slca::Settings neurons(network.settings().block.block("slca"));
    Parts parts{network.program.Q.size(), network.fields().pixels(),   neurons.tau * kSeconds,
                neurons.q * kSeconds,     network.fields().in_frame(), network.program.Q.to_dense(),
                network.program.lambda};
    const std::size_t on = parts.fields.size();
    if (network.settings().objective.is_signed)
        for (std::size_t k = 0; k < on; ++k) parts.fields.push_back(-parts.fields[k]);
    return parts;
}

void write_text(File& file, const std::string& dataset, const std::string& text, const std::string& meaning) {
    file.write(dataset, std::span<const std::string>(&text, 1), {}, {"1", meaning});
}

void begin_node(File& file, const std::string& name, const std::string& type) {
    write_text(file, kNodes + name + "/type", type, "kind of node, by NIR's name");
}

void write_linear(File& file, const std::string& name, const std::vector<float>& weight, const Shape& shape,
                  const std::string& meaning) {
    begin_node(file, name, "Linear");
    file.write(kNodes + name + "/weight", std::span<const float>(weight), shape, {"1", meaning});
}

/// Of the graph's ends.
void write_end(File& file, const std::string& name, const std::string& type, std::size_t n) {
    begin_node(file, name, type);
    file.write(kNodes + name + "/shape", std::vector<std::int64_t>{static_cast<std::int64_t>(n)},
               {"1", "shape of what passes"});
}

void write_neurons(File& file, const Parts& parts) {
    const auto all = [&](double value) { return std::vector<double>(parts.N, value); };
    std::vector<double> v_leak, threshold;
    for (std::size_t i = 0; i < parts.N; ++i) {
        v_leak.push_back(-parts.lambda[i]);
        threshold.push_back(parts.q * static_cast<double>(parts.Q[i * parts.N + i]));
    }
    begin_node(file, "current", "LI");
    file.write(kNodes + "current/tau", all(parts.tau), {"s", "time constant"});
    file.write(kNodes + "current/r", all(1.0), {"1", "resistance"});
    file.write(kNodes + "current/v_leak", v_leak, {"1", "leak: -lambda"});
    begin_node(file, "membrane", "IF");
    file.write(kNodes + "membrane/r", all(1.0), {"1", "resistance"});
    file.write(kNodes + "membrane/v_threshold", threshold, {"s", "firing threshold: q Q_ii"});
    file.write(kNodes + "membrane/v_reset", all(0.0), {"s", "v after a spike"});
}

/// What a spike does to the others; to its own neuron it does nothing but reset v.
std::vector<float> inhibition(const Parts& parts) {
    std::vector<float> weight(parts.Q.size());
    for (std::size_t i = 0; i < parts.N; ++i)
        for (std::size_t j = 0; j < parts.N; ++j)
            if (i != j)
                weight[i * parts.N + j] =
                    static_cast<float>(-parts.q * static_cast<double>(parts.Q[i * parts.N + j]));
    return weight;
}

void write_graph(File& file, const Parts& parts) {
    write_text(file, "/version", kNirVersion, "of the NIR package whose layout this is");
    write_text(file, "/node/type", "NIRGraph", "kind of node, by NIR's name");
    write_end(file, "input", "Input", parts.M);
    write_linear(file, "fields", parts.fields, {parts.N, parts.M}, "receptive fields Phi, a row each");
    write_neurons(file, parts);
    write_linear(file, "inhibition", inhibition(parts), {parts.N, parts.N}, "-q Q_ij, 0 where i = j [s]");
    write_end(file, "output", "Output", parts.N);
    const std::vector<std::string> edges{"input",    "fields",     "fields",     "current",
                                         "current",  "membrane",   "membrane",   "output",
                                         "membrane", "inhibition", "inhibition", "current"};
    file.write("/node/edges", std::span<const std::string>(edges), {edges.size() / 2, 2}, {"1", "from, to"});
}

}  // namespace

void write_nir(const sim::TrainedNetwork& trained, const std::string& run, const sim::io::Output& output) {
    check(trained);
    const Parts parts = parts_of(trained);
    sim::io::write_whole_file(output, [&](File& file) {
        sim::io::mark_striate_file(file, "nir");
        write_graph(file, parts);
        write_text(file, "/provenance/run", std::filesystem::absolute(run).string(),
                   "path of the run whose network this is");
        write_text(file, "/provenance/config", trained.settings().resolved,
                   "the config as resolved, all defaults in, YAML");
        file.write_attribute("/provenance", "population", trained.population().name);
    });
}

}  // namespace lab
