#include "sim/shown_file.hpp"

#include <fmt/format.h>

namespace sim {
namespace {

using Element = StreamingFile::Element;

constexpr std::uint64_t kRows = 512;

std::vector<StreamingFile::Growing> streams_of(const CircuitSettings& settings, std::size_t n_columns) {
    std::vector<StreamingFile::Growing> all{
        {"/presentations/number",
         Element::uint64,
         {},
         kRows,
         true,
         {"1", "number p of the recorded presentation; it lasts from p T to (p + 1) T"}},
        {"/presentations/set", Element::uint8, {}, 4096, false, {"1", "0 training, 1 held out"}},
        {"/presentations/frame", Element::uint64, {}, kRows, true, {"1", "index of the frame in its set"}},
        {"/presentations/shown",
         Element::float64,
         {n_columns},
         kRows,
         false,
         {"1", "what was shown; names of the columns in the attribute `columns`"}}};
    for (const CircuitPopulation& one : settings.populations) {
        if (!one.codes) continue;
        all.push_back({fmt::format("/presentations/{}/codes", one.name),
                       Element::float32,
                       {one.size},
                       16,
                       true,
                       {"1", "code a: activity of each neuron"}});
        if (!one.codes->learns()) continue;
        const auto grow = [&](const char* name, const char* meaning) {
            all.push_back({fmt::format("/learning/{}/{}", one.name, name),
                           Element::float64,
                           {},
                           kRows,
                           false,
                           {"1", meaning}});
        };
        grow("energy", "mean of 1/2 |s - Phi a|^2 + kappa/2 a'La + lambda'a over the batch");
        grow("reconstruction_error", "mean of |s - Phi a|^2 / |s|^2 over the batch");
        grow("active_fraction", "mean fraction of neurons with a > 0");
        grow("spikes_per_presentation", "mean number of spikes of a presentation");
        grow("dead_neurons", "neurons whose running activity is below 1 % of the mean neuron's");
    }
    return all;
}

void write_header(io::File& file, const CircuitSettings& settings, const std::vector<std::string>& columns,
                  const std::string& stimulus) {
    file.write_attribute("/provenance", "stimulus", stimulus);
    file.write_attribute("/presentations/shown", "columns", columns);
    file.write_attribute("/presentations", "T", settings.shows->presentation.T);
    file.write_attribute("/presentations", "T0", settings.shows->presentation.T0);
    for (const CircuitPopulation& one : settings.populations) {
        if (!one.codes) continue;
        const Network& network = one.codes->network;
        const NetworkSettings& net = network.settings();
        const std::string group = "/network/" + one.name;
        file.write_attribute(group, "height", static_cast<std::uint64_t>(net.geometry.height));
        file.write_attribute(group, "width", static_cast<std::uint64_t>(net.geometry.width));
        file.write(group + "/Phi_initial", std::span<const float>(network.dictionary.fields()),
                   {net.rows, net.cols, net.geometry.height, net.geometry.width},
                   {"1", "fields before learning"});
        file.write(group + "/visual_position", std::span<const double>(network.dictionary.visual_positions()),
                   {net.rows * net.cols, 2},
                   {"px", "row and column of the centre of the neuron's window in what it sees"});
    }
}

}  // namespace

StreamingFile::Layout ShownFile::layout(const CircuitSettings& settings, Provenance provenance,
                                        const std::vector<std::string>& columns,
                                        const std::string& stimulus) {
    StreamingFile::Layout all = CircuitFile::layout(settings, std::move(provenance));
    for (StreamingFile::Growing& one : streams_of(settings, columns.size()))
        all.streams.push_back(std::move(one));
    all.is_brief = false;  // fields that have learned could not be written once more as they were
    all.write_header = [of_circuit = all.write_header, &settings, columns, stimulus](io::File& file) {
        of_circuit(file);
        write_header(file, settings, columns, stimulus);
    };
    return all;
}

ShownFile::ShownFile(StreamingFile& file, const CircuitSettings& settings)
    : circuit(file, settings), file_(file), settings_(settings) {}

void ShownFile::append_presentation(std::uint64_t number, std::uint8_t set, std::uint64_t frame,
                                    const std::vector<double>& shown) {
    file_.append<std::uint64_t>("/presentations/number", std::span(&number, 1));
    file_.append<std::uint8_t>("/presentations/set", std::span(&set, 1));
    file_.append<std::uint64_t>("/presentations/frame", std::span(&frame, 1));
    file_.append<double>("/presentations/shown", shown);
}

void ShownFile::append_codes(std::uint32_t population, const Eigen::MatrixXf& codes) {
    file_.append<float>(fmt::format("/presentations/{}/codes", of(population).name),
                        {codes.data(), static_cast<std::size_t>(codes.size())});
}

void ShownFile::append(std::uint32_t population, const BatchRecord& measured) {
    const auto put = [&](const char* name, double value) {
        file_.append<double>(fmt::format("/learning/{}/{}", of(population).name, name),
                             std::span<const double>(&value, 1));
    };
    put("energy", measured.energy);
    put("reconstruction_error", measured.reconstruction_error);
    put("active_fraction", measured.active_fraction);
    put("spikes_per_presentation", measured.spikes_per_presentation);
    put("dead_neurons", static_cast<double>(measured.dead_neurons));
}

void ShownFile::write_fields(io::File& file, const CircuitPopulation& population) {
    const Network& network = population.codes->network;
    const NetworkSettings& net = network.settings();
    const std::string group = "/network/" + population.name;
    file.write(group + "/Phi", std::span<const float>(network.dictionary.fields()),
               {net.rows, net.cols, net.geometry.height, net.geometry.width},
               {"1", "fields at the end of the run"});
    file.write(group + "/lambda", std::span<const double>(network.program.lambda),
               {network.program.lambda.size()},
               {"1", "threshold of each neuron at the end of the run, hidden ones last"});
}

void ShownFile::write_test(io::File& file, const std::string& population, double energy,
                           double optimal_energy, double relative_gap) {
    const std::string group = fmt::format("/presentations/{}", population);
    file.write_attribute(group, "energy", energy);
    file.write_attribute(group, "optimal_energy", optimal_energy);
    file.write_attribute(group, "relative_gap", relative_gap);
}

}  // namespace sim
