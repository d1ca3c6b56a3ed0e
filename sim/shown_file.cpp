#include "sim/shown_file.hpp"

#include <fmt/format.h>

namespace sim {
namespace {

constexpr std::uint64_t kRows = 512;
using Element = StreamingFile::Element;

/// What is learned: dataset, meaning, value.
struct Measure {
    const char *name, *meaning;
    double (*value)(const BatchRecord&);
};
constexpr Measure kMeasures[] = {
    {"energy", "mean of 1/2 |s - Phi a|^2 + kappa/2 a'La + lambda'a over the batch",
     [](const BatchRecord& r) { return r.energy; }},
    {"reconstruction_error", "mean of |s - Phi a|^2 / |s|^2 over the batch",
     [](const BatchRecord& r) { return r.reconstruction_error; }},
    {"active_fraction", "mean fraction of neurons with a > 0",
     [](const BatchRecord& r) { return r.active_fraction; }},
    {"spikes_per_presentation", "mean number of spikes of a presentation",
     [](const BatchRecord& r) { return r.spikes_per_presentation; }},
    {"dead_neurons", "neurons whose running activity is below 1 % of the mean neuron's",
     [](const BatchRecord& r) { return static_cast<double>(r.dead_neurons); }}};

std::string codes_of(const std::string& population) {
    return fmt::format("/presentations/{}/codes", population);
}
std::string measure_of(const std::string& population, const char* name) {
    return fmt::format("/learning/{}/{}", population, name);
}

io::Shape fields_shape(const CircuitPopulation& one) {
    const NetworkSettings& net = one.codes->network.settings();
    return {net.rows, net.cols, net.geometry.height, net.geometry.width};
}

/// What a population that codes is before it learns.
void write_sheet(io::File& file, const CircuitSettings& settings, const CircuitPopulation& one) {
    const Network& network = one.codes->network;
    const io::Shape shape = fields_shape(one);
    const std::string group = "/network/" + one.name;
    file.write_attribute(group, "height", shape[2]);
    file.write_attribute(group, "width", shape[3]);
    if (one.sight.of == Sight::Of::population)
        file.write_attribute(group, "sees_of", settings.populations[one.sight.from].name);
    const std::vector<float> Phi = network.dictionary.fields();
    file.write(group + "/Phi_initial", std::span<const float>(Phi), shape, {"1", "fields before learning"});
    const std::vector<double> positions = network.dictionary.visual_positions();
    file.write(group + "/visual_position", std::span<const double>(positions), {shape[0] * shape[1], 2},
               {"px", "row and column of the centre of the neuron's window in what it sees"});
}

}  // namespace

StreamingFile::Layout ShownFile::layout(const CircuitSettings& settings, Provenance provenance,
                                        const std::vector<std::string>& columns,
                                        const std::string& stimulus) {
    StreamingFile::Layout layout = CircuitFile::layout(settings, std::move(provenance));
    auto& streams = layout.streams;
    streams.push_back({"/presentations/number",
                       Element::uint64,
                       {},
                       kRows,
                       true,
                       {"1", "number p of the recorded presentation; it lasts from p T to (p + 1) T"}});
    streams.push_back(
        {"/presentations/set", Element::uint8, {}, 4096, false, {"1", "0 training, 1 held out"}});
    streams.push_back(
        {"/presentations/frame", Element::uint64, {}, kRows, true, {"1", "index of the frame in its set"}});
    streams.push_back({"/presentations/shown",
                       Element::float64,
                       {columns.size()},
                       kRows,
                       false,
                       {"1", "what was shown; names of the columns in the attribute `columns`"}});
    for (const CircuitPopulation& one : settings.populations) {
        if (!one.codes) continue;
        streams.push_back({codes_of(one.name),
                           Element::float32,
                           {one.size},
                           16,
                           true,
                           {"1", "code a: activity of each neuron"}});
        if (one.codes->learns())
            for (const Measure& measure : kMeasures)
                streams.push_back({measure_of(one.name, measure.name),
                                   Element::float64,
                                   {},
                                   kRows,
                                   false,
                                   {"1", measure.meaning}});
    }
    layout.write_header = [&settings, columns, stimulus, of_circuit = layout.write_header](io::File& file) {
        of_circuit(file);
        file.write_attribute("/provenance", "stimulus", stimulus);
        file.write_attribute("/presentations/shown", "columns", columns);
        file.write_attribute("/presentations", "T", settings.shows->presentation.T);
        file.write_attribute("/presentations", "T0", settings.shows->presentation.T0);
        for (const CircuitPopulation& one : settings.populations)
            if (one.codes) write_sheet(file, settings, one);
    };
    layout.is_brief = false;
    return layout;
}

void ShownFile::append_presentation(std::uint64_t number, std::uint8_t set, std::uint64_t frame,
                                    const std::vector<double>& shown) {
    file_.append<std::uint64_t>("/presentations/number", std::span<const std::uint64_t>(&number, 1));
    file_.append<std::uint8_t>("/presentations/set", std::span<const std::uint8_t>(&set, 1));
    file_.append<std::uint64_t>("/presentations/frame", std::span<const std::uint64_t>(&frame, 1));
    file_.append<double>("/presentations/shown", std::span<const double>(shown));
}

void ShownFile::append_codes(std::uint32_t population, const Eigen::MatrixXf& codes) {
    file_.append<float>(codes_of(name_of(population)),
                        std::span<const float>(codes.data(), static_cast<std::size_t>(codes.size())));
}

void ShownFile::append(std::uint32_t population, const BatchRecord& measured) {
    for (const Measure& measure : kMeasures) {
        const double value = measure.value(measured);
        file_.append<double>(measure_of(name_of(population), measure.name),
                             std::span<const double>(&value, 1));
    }
}

void write_fields(io::File& finished, const CircuitSettings& settings) {
    for (const CircuitPopulation& one : settings.populations) {
        if (!one.codes) continue;
        const std::string group = "/network/" + one.name;
        const std::vector<float> Phi = one.codes->network.dictionary.fields();
        const std::vector<double>& lambda = one.codes->network.program.lambda;
        finished.write(group + "/Phi", std::span<const float>(Phi), fields_shape(one),
                       {"1", "fields at the end of the run"});
        finished.write(group + "/lambda", std::span<const double>(lambda), {lambda.size()},
                       {"1", "threshold of each neuron at the end of the run, hidden ones last"});
        if (!one.codes->learns_weights()) continue;
        const std::vector<float> Q = one.codes->network.program.Q.weights();
        finished.write(group + "/Q", std::span<const float>(Q), {lambda.size(), lambda.size()},
                       {"1", "Q_ij: weight of a spike of neuron j on neuron i, learned"});
    }
}

void write_test(io::File& finished, const std::string& population, double energy, double optimal_energy,
                double relative_gap) {
    const std::string group = "/presentations/" + population;
    finished.write_attribute(group, "energy", energy);
    finished.write_attribute(group, "optimal_energy", optimal_energy);
    finished.write_attribute(group, "relative_gap", relative_gap);
}

}  // namespace sim
