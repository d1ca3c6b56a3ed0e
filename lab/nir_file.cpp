#include "lab/nir_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "models/populations/slca.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/kernels.hpp"

namespace lab {
namespace {

using sim::io::File;
using sim::io::Shape;

constexpr double kSeconds = 1e-3;             // of a ms
constexpr const char* kNirVersion = "1.0.4";  // of the package whose layout this is
const std::string kNodes = "/node/nodes/";

/// Weights between two nodes: a matrix, or kernels that a convolution moves over rows and columns.
struct Weights {
    std::vector<float> values;
    Shape shape;               // (to, from), or (to, from, height, width)
    Shape frame{}, padding{};  // of a convolution: rows and columns of what comes in; on each side
    std::size_t stride = 1;
    bool is_convolution() const { return shape.size() == 4; }
};

/// What the graph is made of.
struct Parts {
    Shape frame,
        neurons;    // what passes: (M), (N), or (1, height, width), (K, rows, cols); ON before OFF twins
    double tau, q;  // [s]
    std::vector<double> lambda, Q_ii;  // of each neuron
    Weights feed, back;
};

/// throws ConfigError for what NIR has no words for
void check(const sim::TrainedNetwork& trained) {
    const auto refuse = [&](const char* found) {
        throw sim::ConfigError(fmt::format(
            "export: population {} must be of kind slca, see a frame, and be without t_ref, "
            "floor, v_init random, hardware, "
            "periodic borders, channels, delayed lateral weights, weighted objective and background; {}",
            trained.population().name, found));
    };
    if (!trained.codes() || trained.population().kind != "slca") refuse("it is of another kind");
    const sim::NetworkSettings& settings = trained.network().settings();
    if (!settings.has_fields || trained.population().sight.of != sim::Sight::Of::frame)
        refuse("it sees no frame");
    if (settings.kernels && settings.kernels->places.border == sim::Border::periodic)
        refuse("its borders are periodic");
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

/// [values; -values], of twins.
std::vector<float> with_opposite(std::vector<float> values) {
    const std::size_t n = values.size();
    for (std::size_t k = 0; k < n; ++k) values.push_back(-values[k]);
    return values;
}

/// -q Q_ij, 0 where i = j: a spike does nothing to its own neuron but reset v.
Weights inhibition(const std::vector<float>& Q, std::size_t N, double q) {
    Weights back{std::vector<float>(N * N), {N, N}};
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < N; ++j)
            if (i != j) back.values[i * N + j] = static_cast<float>(-q * static_cast<double>(Q[i * N + j]));
    return back;
}

/// The same of kernels that all places share. What a convolution adds to a place comes from dy rows below it, where a
/// stencil says what goes to dy rows below.
Weights inhibition(const sim::Stencil& Q, bool has_twins, const sim::Grid& places, double q) {
    const std::size_t K = Q.n_kernels, n = has_twins ? 2 * K : K, height = 2 * Q.reach_y + 1,
                      width = Q.width();
    Weights back{std::vector<float>(n * n * height * width),
                 {n, n, height, width},
                 {places.rows, places.cols},
                 {Q.reach_y, Q.reach_x}};
    float* at = back.values.data();
    for (std::size_t to = 0; to < n; ++to)
        for (std::size_t from = 0; from < n; ++from)
            for (std::size_t y = 0; y < height; ++y)
                for (std::size_t x = 0; x < width; ++x, ++at) {
                    const bool is_itself = to == from && y == Q.reach_y && x == Q.reach_x;
                    const double sign = (to < K) == (from < K) ? -q : q;
                    const float weight = Q.row(from % K, height - 1 - y)[(width - 1 - x) * K + to % K];
                    if (!is_itself) *at = static_cast<float>(sign * static_cast<double>(weight));
                }
    return back;
}

/// Each number for all places, and for twins.
std::vector<double> at_all_places(const std::vector<double>& of_kernels, std::size_t places, bool has_twins) {
    std::vector<double> all;
    for (int sign = 0; sign < (has_twins ? 2 : 1); ++sign)
        for (const double one : of_kernels) all.insert(all.end(), places, one);
    return all;
}

Parts parts_of_kernels(const sim::Network& network, double tau, double q) {
    const sim::Interaction& Q = network.program.Q;
    const sim::Kernels& kernels = *Q.kernels();
    const sim::Grid& places = Q.grid();
    const sim::FieldGeometry& frame = network.settings().geometry;
    const std::size_t n = Q.has_twins() ? 2 * kernels.n : kernels.n;
    Weights feed{Q.has_twins() ? with_opposite(kernels.values) : kernels.values,
                 {n, 1, kernels.height, kernels.width},
                 {frame.height, frame.width},
                 {0, 0},
                 places.stride};
    return {{1, frame.height, frame.width},
            {n, places.rows, places.cols},
            tau,
            q,
            at_all_places(network.thresholds(), places.size(), Q.has_twins()),
            at_all_places(network.diagonal(), places.size(), Q.has_twins()),
            std::move(feed),
            inhibition(sim::correlations(kernels, places.stride), Q.has_twins(), places, q)};
}

Parts parts_of(const sim::TrainedNetwork& trained) {
    const sim::Network& network = trained.network();
    const models::slca::Settings neurons(network.settings().block.block("slca"));
    const double tau = neurons.tau * kSeconds, q = neurons.q * kSeconds;
    if (network.settings().kernels) return parts_of_kernels(network, tau, q);
    const std::size_t N = network.program.Q.size(), M = network.fields().pixels();
    std::vector<double> Q_ii;
    for (std::size_t i = 0; i < N; ++i) Q_ii.push_back(network.program.Q.diagonal(i));
    std::vector<float> fields = network.fields().in_frame();
    if (network.settings().objective.is_signed) fields = with_opposite(std::move(fields));
    return {{M},
            {N},
            tau,
            q,
            network.program.lambda,
            std::move(Q_ii),
            {std::move(fields), {N, M}},
            inhibition(network.program.Q.to_dense(), N, q)};
}

void write_text(File& file, const std::string& dataset, const std::string& text, const std::string& meaning) {
    file.write(dataset, std::span<const std::string>(&text, 1), {}, {"1", meaning});
}

void begin_node(File& file, const std::string& name, const std::string& type) {
    write_text(file, kNodes + name + "/type", type, "kind of node, by NIR's name");
}

std::vector<std::int64_t> whole(const Shape& shape) { return {shape.begin(), shape.end()}; }

void write_weights(File& file, const std::string& name, const Weights& weights, const std::string& meaning) {
    begin_node(file, name, weights.is_convolution() ? "Conv2d" : "Linear");
    const std::string node = kNodes + name + "/";
    file.write(node + "weight", std::span<const float>(weights.values), weights.shape, {"1", meaning});
    if (!weights.is_convolution()) return;
    file.write(node + "input_shape", whole(weights.frame), {"1", "rows and columns of what comes in"});
    file.write(node + "stride", whole({weights.stride, weights.stride}), {"1", "places between outputs"});
    file.write(node + "padding", whole(weights.padding), {"1", "zeros on each side"});
    file.write(node + "dilation", whole({1, 1}), {"1", "places between weights"});
    constexpr std::int64_t kOne = 1;
    file.write(node + "groups", std::span(&kOne, 1), {}, {"1", "groups of channels"});
    file.write(node + "bias", std::vector<float>(weights.shape[0]), {"1", "none"});
}

/// Of the graph's ends.
void write_end(File& file, const std::string& name, const std::string& type, const Shape& shape) {
    begin_node(file, name, type);
    file.write(kNodes + name + "/shape", whole(shape), {"1", "shape of what passes"});
}

void write_neurons(File& file, const Parts& parts) {
    const auto write = [&](const char* name, const std::vector<double>& values,
                           const sim::io::Meaning& meaning) {
        file.write(kNodes + std::string(name), std::span<const double>(values), parts.neurons, meaning);
    };
    const auto all = [&](double value) { return std::vector<double>(parts.lambda.size(), value); };
    std::vector<double> v_leak, threshold;
    for (const double lambda : parts.lambda) v_leak.push_back(-lambda);
    for (const double Q_ii : parts.Q_ii) threshold.push_back(parts.q * Q_ii);
    begin_node(file, "current", "LI");
    write("current/tau", all(parts.tau), {"s", "time constant"});
    write("current/r", all(1.0), {"1", "resistance"});
    write("current/v_leak", v_leak, {"1", "leak: -lambda"});
    begin_node(file, "membrane", "IF");
    write("membrane/r", all(1.0), {"1", "resistance"});
    write("membrane/v_threshold", threshold, {"s", "firing threshold: q Q_ii"});
    write("membrane/v_reset", all(0.0), {"s", "v after a spike"});
}

void write_graph(File& file, const Parts& parts) {
    write_text(file, "/version", kNirVersion, "of the NIR package whose layout this is");
    write_text(file, "/node/type", "NIRGraph", "kind of node, by NIR's name");
    write_end(file, "input", "Input", parts.frame);
    write_weights(file, "fields", parts.feed, "receptive fields Phi, of each neuron, or kernel");
    write_neurons(file, parts);
    write_weights(file, "inhibition", parts.back, "-q Q_ij, 0 where i = j [s]");
    write_end(file, "output", "Output", parts.neurons);
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
        file.vary_texts();
        write_graph(file, parts);
        write_text(file, "/provenance/run", std::filesystem::absolute(run).string(),
                   "path of the run whose network this is");
        write_text(file, "/provenance/config", trained.settings().resolved,
                   "the config as resolved, all defaults in, YAML");
        file.write_attribute("/provenance", "population", trained.population().name);
    });
}

}  // namespace lab
