#include "sim/shown_file.hpp"

#include <fmt/format.h>

namespace sim {
namespace {

constexpr std::uint64_t kRows = 512;

}  // namespace

ShownFile::ShownFile(io::File& file, const CircuitSettings& settings, const Provenance& provenance,
                     const std::vector<std::string>& columns, const std::string& stimulus)
    : circuit(file, settings, provenance), file_(file), settings_(settings) {
    file_.write_attribute("/provenance", "stimulus", stimulus);
    file_.create_growing<std::uint64_t>("/presentations/number", {}, kRows, true,
                                        {"1", "number p of the recorded presentation; it lasts from p T to (p + 1) T"});
    file_.create_growing<std::uint8_t>("/presentations/set", {}, 4096, false, {"1", "0 training, 1 held out"});
    file_.create_growing<std::uint64_t>("/presentations/frame", {}, kRows, true, {"1", "index of the frame in its set"});
    file_.create_growing<double>("/presentations/shown", {columns.size()}, kRows, false,
                                 {"1", "what was shown; names of the columns in the attribute `columns`"});
    file_.write_attribute("/presentations/shown", "columns", columns);
    file_.write_attribute("/presentations", "T", settings.shows->presentation.T);
    file_.write_attribute("/presentations", "T0", settings.shows->presentation.T0);
    for (const CircuitPopulation& one : settings.populations) {
        if (!one.codes) continue;
        const Network& network = one.codes->network;
        const NetworkSettings& net = network.settings();
        const std::string group = "/network/" + one.name;
        file_.write_attribute(group, "height", static_cast<std::uint64_t>(net.geometry.height));
        file_.write_attribute(group, "width", static_cast<std::uint64_t>(net.geometry.width));
        file_.write(group + "/Phi_initial", std::span<const float>(network.dictionary.fields()),
                    {net.rows, net.cols, net.geometry.height, net.geometry.width}, {"1", "fields before learning"});
        file_.write(group + "/visual_position", std::span<const double>(network.dictionary.visual_positions()),
                    {net.rows * net.cols, 2},
                    {"px", "row and column of the centre of the neuron's window in what it sees"});
        file_.create_growing<float>(fmt::format("/presentations/{}/codes", one.name), {one.size}, 16, true,
                                    {"1", "code a: activity of each neuron"});
        if (!one.codes->learns()) continue;
        const auto grow = [&](const char* name, const char* meaning) {
            file_.create_growing<double>(fmt::format("/learning/{}/{}", one.name, name), {}, kRows, false,
                                         {"1", meaning});
        };
        grow("energy", "mean of 1/2 |s - Phi a|^2 + kappa/2 a'La + lambda'a over the batch");
        grow("reconstruction_error", "mean of |s - Phi a|^2 / |s|^2 over the batch");
        grow("active_fraction", "mean fraction of neurons with a > 0");
        grow("spikes_per_presentation", "mean number of spikes of a presentation");
        grow("dead_neurons", "neurons whose running activity is below 1 % of the mean neuron's");
    }
}

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
        file_.append<double>(fmt::format("/learning/{}/{}", of(population).name, name), std::span<const double>(&value, 1));
    };
    put("energy", measured.energy);
    put("reconstruction_error", measured.reconstruction_error);
    put("active_fraction", measured.active_fraction);
    put("spikes_per_presentation", measured.spikes_per_presentation);
    put("dead_neurons", static_cast<double>(measured.dead_neurons));
}

void ShownFile::write_fields(std::uint32_t population) {
    const Network& network = of(population).codes->network;
    const NetworkSettings& net = network.settings();
    const std::string group = "/network/" + of(population).name;
    file_.write(group + "/Phi", std::span<const float>(network.dictionary.fields()),
                {net.rows, net.cols, net.geometry.height, net.geometry.width}, {"1", "fields at the end of the run"});
    file_.write(group + "/lambda", std::span<const double>(network.program.lambda), {network.program.lambda.size()},
                {"1", "threshold of each neuron at the end of the run, hidden ones last"});
}

void ShownFile::write_test(const std::string& population, double energy, double optimal_energy,
                           double relative_gap) {
    const std::string group = fmt::format("/presentations/{}", population);
    file_.write_attribute(group, "energy", energy);
    file_.write_attribute(group, "optimal_energy", optimal_energy);
    file_.write_attribute(group, "relative_gap", relative_gap);
}

}  // namespace sim
