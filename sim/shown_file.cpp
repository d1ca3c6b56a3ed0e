#include "sim/shown_file.hpp"

#include <fmt/format.h>

namespace sim {
namespace {

constexpr std::uint64_t kRows = 512;
using Element = StreamingFile::Element;

std::string learning_of(const std::string& population, const char* name) {
    return fmt::format("/learning/{}/{}", population, name);
}
std::string presentations_of(const std::string& population, const char* name) {
    return fmt::format("/presentations/{}/{}", population, name);
}

/// Snapshots of the fields of a population.
std::string snapshots_of(const PopulationSettings& one) {
    return learning_of(one.name, "snapshots/") + one.codes->network.fields().dataset();
}

/// Of the senses that are present, in their order.
std::vector<std::string> errors_of_senses(const PopulationSettings& one) {
    std::vector<std::string> datasets;
    for (const Sense& sense : one.codes->network.settings().senses)
        if (sense.is_present)
            datasets.push_back(
                fmt::format("/learning/{}/senses/{}/reconstruction_error", one.name, sense.name));
    return datasets;
}

bool has_kernels(const PopulationSettings& one) { return one.codes->network.settings().kernels.has_value(); }

bool learns(const PopulationSettings& one) { return one.codes && one.codes->learns(); }

/// Gathers the datasets that grow.
class Streams {
  public:
    void scalar(const std::string& name, const char* meaning) {
        all.push_back({name, Element::float64, {}, kRows, false, {"1", meaning}});
    }
    void count(const std::string& name, const char* meaning, bool is_packed = false) {
        all.push_back({name, Element::uint64, {}, kRows, is_packed, {"1", meaning}});
    }
    void presentations(const Shows& shows, std::size_t n_columns);
    void learned(const PopulationSettings& one);
    void tested(const std::string& population);
    void coded(const PopulationSettings& one);
    void codes(const PopulationSettings& one);

    std::vector<StreamingFile::Growing> all;
};

void Streams::presentations(const Shows& shows, std::size_t n_columns) {
    count("/presentations/number", "number p of the recorded presentation, from 0", true);
    all.push_back({"/presentations/set", Element::uint8, {}, 4096, false, {"1", "0 training, 1 held out"}});
    count("/presentations/frame", "index of the frame in its set", true);
    all.push_back({"/presentations/shown",
                   Element::float64,
                   {n_columns},
                   kRows,
                   false,
                   {"1", "what was shown; names of the columns in the attribute `columns`"}});
    if (shows.records_frames)
        all.push_back(
            {"/presentations/frames",
             Element::float32,
             {shows.frame.height, shows.frame.width},
             1,
             true,
             {"1", "the frame that was shown; of a movie the mean of those shown while codes are read"}});
}

void Streams::learned(const PopulationSettings& one) {
    const auto of = [&](const char* name) { return learning_of(one.name, name); };
    scalar(of("energy"), "mean of 1/2 |s - Phi a|^2 + kappa/2 a'La + lambda'a over the batch");
    scalar(of("reconstruction_error"), "mean of |s - Phi a|^2 / |s|^2 over the batch");
    for (const std::string& dataset : errors_of_senses(one))
        scalar(dataset, "mean of |s - Phi a|^2 / |s|^2 of this sense over the batch");
    scalar(of("active_fraction"), "mean fraction of neurons with a > 0");
    scalar(of("spikes_per_presentation"),
           "mean number of spikes of a presentation; 0 for analog populations");
    count(of("dead_neurons"),
          "neurons whose running activity is below 1 % of the mean neuron's; all, after a batch in which "
          "none was active");
    scalar(of("neighbourhood_width"), "width of the plasticity's neighbourhood, in sheet units");
    count(of("snapshots/batch"), "batches learned before the snapshot");
    const Network& network = one.codes->network;
    all.push_back({snapshots_of(one),
                   Element::float32,
                   network.fields().shape(),
                   1,
                   true,
                   {"1", has_kernels(one) ? "kernels at the snapshot" : "dictionary at the snapshot"}});
    all.push_back({of("snapshots/activity"),
                   Element::float64,
                   {network.settings().n_fields()},
                   1,
                   false,
                   {"1", "running fraction of presentations in which each neuron was active"}});
}

void Streams::tested(const std::string& population) {
    const auto of = [&](const char* name) { return learning_of(population, name); };
    count(of("held_out/batch"), "batches learned before this test on held-out frames");
    scalar(of("held_out/energy"), "mean energy of the population's codes of the held-out frames");
    scalar(of("held_out/optimal_energy"), "mean of the least possible energy of the same frames");
    scalar(of("held_out/relative_gap"), "median over frames of E/E* - 1, E* the least possible energy");
}

/// Where all places share their kernels neurons are very many, and few of them active.
void Streams::codes(const PopulationSettings& one) {
    if (!has_kernels(one)) {
        all.push_back({presentations_of(one.name, "codes"),
                       Element::float32,
                       {one.size},
                       16,
                       true,
                       {"1", "code a: activity of each neuron"}});
        return;
    }
    constexpr std::uint64_t kPerChunk = 16384;
    const auto of = [&](const char* name) { return presentations_of(one.name, name); };
    count(of("active/count"), "active neurons: those whose activity is not 0");
    all.push_back({of("active/neuron"),
                   Element::uint64,
                   {},
                   kPerChunk,
                   true,
                   {"1", "active neurons of each presentation in turn, in order of their number"}});
    all.push_back({of("active/value"),
                   Element::float32,
                   {},
                   kPerChunk,
                   true,
                   {"1", "code a: activity of each of them"}});
}

void Streams::coded(const PopulationSettings& one) {
    codes(one);
    if (one.sight.of == Sight::Of::nothing) return;
    scalar(presentations_of(one.name, "energy"), "energy of the code");
    all.push_back({presentations_of(one.name, "psnr"),
                   Element::float64,
                   {},
                   kRows,
                   false,
                   {"dB", "10 log10((max s - min s)^2 / mean (s - Phi a)^2); NaN where s is of one grey"}});
    scalar(presentations_of(one.name, "sparseness"), "1 - active / all neurons");
    scalar(presentations_of(one.name, "energy_bound"),
           "energy that no code of what is seen is below: the dual");
    scalar(presentations_of(one.name, "kkt"), "residual of the optimality conditions of the code");
    tested(one.name);
}

void write_positions(io::File& file, const std::string& group, const NetworkSettings& sheet) {
    std::vector<double> position;
    for (std::size_t i = 0; i < sheet.size(); ++i) {
        position.push_back(static_cast<double>(i / sheet.cols));
        position.push_back(static_cast<double>(i % sheet.cols));
    }
    file.write(group + "/position", std::span<const double>(position), {sheet.size(), 2},
               {"1", "row and column on the sheet, in sheet units"});
}

/// What a population that codes is before it learns.
void write_sheet(io::File& file, const RunSettings& settings, const PopulationSettings& one) {
    const Network& network = one.codes->network;
    const NetworkSettings& net = network.settings();
    const std::string group = "/network/" + one.name;
    file.write_attribute(group, "height", static_cast<std::uint64_t>(net.geometry.height));
    file.write_attribute(group, "width", static_cast<std::uint64_t>(net.geometry.width));
    if (one.sight.of == Sight::Of::population)
        file.write_attribute(group, "sees_of", settings.populations[one.sight.from].name);
    const std::vector<float> fields = network.fields().values();
    file.write(group + "/" + network.fields().dataset() + "_initial", std::span<const float>(fields),
               network.fields().shape(),
               {"1", has_kernels(one) ? "kernels before learning" : "dictionary before learning"});
    if (net.kernels) {
        file.write_attribute(group, "rows", static_cast<std::uint64_t>(net.kernels->places.rows));
        file.write_attribute(group, "cols", static_cast<std::uint64_t>(net.kernels->places.cols));
        file.write_attribute(group, "stride", static_cast<std::uint64_t>(net.kernels->places.stride));
        file.write_attribute(group, "border",
                             std::string(net.kernels->places.border == Border::valid ? "valid" : "periodic"));
        file.write_attribute(group, "bank",
                             bank_of(net.kernels->bank, learns(one) && settings.shows->batches > 0));
        return;
    }
    write_positions(file, group, net);
    if (net.channels.size() > 0)
        file.write(group + "/channel", std::span<const std::uint32_t>(net.channels.of_neurons()), {one.size},
                   {"1", "channel in which each neuron sees the frame, from 0"});
    const std::vector<double> centres = network.fields().visual_positions();
    file.write(group + "/visual_position", std::span<const double>(centres), {one.size, 2},
               {"px", "row and column of the centre of the neuron's window in what it sees"});
}

/// The part of a dictionary that is of one sense.
void write_sense(io::File& finished, const std::string& group, const Sense& sense, const io::Shape& sheet,
                 const std::vector<float>& stacked) {
    const std::vector<float> Phi = fields_of(sense, stacked, sheet[2] * sheet[3]);
    const std::string place = group + "/senses/" + sense.name;
    finished.write(place + "/Phi", std::span<const float>(Phi),
                   {sheet[0], sheet[1], sense.height, sense.width},
                   {"1", "dictionary of this sense, each field of unit norm"});
    finished.write_attribute(place, "weight", sense.weight);
    finished.write_attribute(place, "first_pixel", static_cast<std::uint64_t>(sense.first_pixel));
}

void write_learned(io::File& finished, const PopulationSettings& one) {
    const std::string group = "/network/" + one.name;
    const Network& network = one.codes->network;
    const std::uint64_t n = network.n_thresholds();
    const bool of_kernels = has_kernels(one);
    const std::vector<float> fields = network.fields().values();
    finished.write(
        group + "/" + network.fields().dataset(), std::span<const float>(fields), network.fields().shape(),
        {"1", of_kernels ? "kernels at the end of the run, shared by all places; of unit norm once learned"
                         : "dictionary: receptive field of each neuron at the end of the run; of unit norm, "
                           "unless weights are learned"});
    finished.write(group + "/lambda", network.thresholds(),
                   {"1", of_kernels ? "threshold of the neurons of each kernel at the end of the run"
                                    : "threshold of each neuron at the end of the run, hidden ones last"});
    finished.write(group + "/Q_diagonal", network.diagonal(),
                   {"1", of_kernels ? "Q_ii of the neurons of each kernel, its squared norm"
                                    : "Q_ii; the firing threshold of the membrane integrator is q Q_ii"});
    if (one.codes->learns_weights()) {
        const std::vector<float> Q = network.program.Q.to_dense();
        finished.write(group + "/Q", std::span<const float>(Q), {n, n},
                       {"1", "Q_ij: learned weight of a spike of neuron j on neuron i; > 0 inhibits"});
    }
    for (const Sense& sense : network.settings().senses)
        write_sense(finished, group, sense, network.fields().shape(), fields);
}

}  // namespace

StreamingFile::Layout ShownFile::layout(const RunSettings& settings, Provenance provenance,
                                        const std::vector<std::string>& columns,
                                        const std::string& stimulus) {
    StreamingFile::Layout layout = CircuitFile::layout(settings, std::move(provenance));
    Streams streams;
    streams.presentations(*settings.shows, columns.size());
    streams.count("/learning/batch", "number of the batch, from 0");
    for (const PopulationSettings& one : settings.populations) {
        if (one.codes) streams.coded(one);
        if (learns(one)) streams.learned(one);
    }
    layout.streams.insert(layout.streams.end(), streams.all.begin(), streams.all.end());
    layout.write_header = [&settings, columns, stimulus, of_circuit = layout.write_header](io::File& file) {
        of_circuit(file);
        file.write_attribute("/provenance", "stimulus", stimulus);
        file.write_attribute("/presentations/shown", "columns", columns);
        file.write_attribute("/presentations", "T", settings.shows->presentation.T);
        file.write_attribute("/presentations", "T0", settings.shows->presentation.T0);
        for (const PopulationSettings& one : settings.populations)
            if (one.codes) write_sheet(file, settings, one);
    };
    layout.is_brief = false;
    return layout;
}

std::string ShownFile::learning(std::uint32_t population, const char* name) const {
    return learning_of(settings_.populations[population].name, name);
}

std::string ShownFile::presentations(std::uint32_t population, const char* name) const {
    return presentations_of(settings_.populations[population].name, name);
}

void ShownFile::append_presentation(std::uint64_t number, std::uint8_t set, std::uint64_t frame,
                                    const std::vector<double>& shown) {
    append_one("/presentations/number", number);
    append_one("/presentations/set", set);
    append_one("/presentations/frame", frame);
    file_.append<double>("/presentations/shown", std::span<const double>(shown));
}

void ShownFile::append_frames(const Eigen::MatrixXf& frames) {
    if (!settings_.shows->records_frames) return;
    file_.append<float>("/presentations/frames",
                        std::span<const float>(frames.data(), static_cast<std::size_t>(frames.size())));
}

void ShownFile::append_active(std::uint32_t population, std::span<const float> code) {
    std::vector<std::uint64_t> neuron;
    std::vector<float> value;
    for (std::size_t i = 0; i < code.size(); ++i)
        if (code[i] != 0.0F) neuron.push_back(i), value.push_back(code[i]);
    append_one<std::uint64_t>(presentations(population, "active/count"), neuron.size());
    file_.append<std::uint64_t>(presentations(population, "active/neuron"), neuron);
    file_.append<float>(presentations(population, "active/value"), value);
}

void ShownFile::append_codes(std::uint32_t population, const Eigen::MatrixXf& codes,
                             const CodeMeasures& measures) {
    const std::span<const float> all(codes.data(), static_cast<std::size_t>(codes.size()));
    if (!has_kernels(settings_.populations[population]))
        file_.append<float>(presentations(population, "codes"), all);
    else
        for (std::size_t first = 0; first < all.size(); first += static_cast<std::size_t>(codes.rows()))
            append_active(population, all.subspan(first, static_cast<std::size_t>(codes.rows())));
    if (settings_.populations[population].sight.of == Sight::Of::nothing) return;
    file_.append<double>(presentations(population, "energy"), measures.energy);
    file_.append<double>(presentations(population, "psnr"), measures.psnr);
    file_.append<double>(presentations(population, "sparseness"), measures.sparseness);
    file_.append<double>(presentations(population, "energy_bound"), measures.energy_bound);
    file_.append<double>(presentations(population, "kkt"), measures.kkt);
}

void ShownFile::append_batch(std::uint64_t batch) { append_one("/learning/batch", batch); }

void ShownFile::append(std::uint32_t population, const BatchRecord& measured) {
    append_one(learning(population, "energy"), measured.energy);
    append_one(learning(population, "reconstruction_error"), measured.reconstruction_error);
    append_one(learning(population, "active_fraction"), measured.active_fraction);
    append_one(learning(population, "spikes_per_presentation"), measured.spikes_per_presentation);
    append_one(learning(population, "dead_neurons"), measured.dead_neurons);
    append_one(learning(population, "neighbourhood_width"), measured.neighbourhood_width);
    auto error = measured.sense_errors.begin();
    for (const std::string& dataset : errors_of_senses(settings_.populations[population]))
        append_one(dataset, *error++);
}

void ShownFile::append(std::uint32_t population, const HeldOutRecord& tested) {
    append_one(learning(population, "held_out/batch"), tested.batch);
    append_one(learning(population, "held_out/energy"), tested.energy);
    append_one(learning(population, "held_out/optimal_energy"), tested.optimal_energy);
    append_one(learning(population, "held_out/relative_gap"), tested.relative_gap);
}

void ShownFile::append_snapshot(std::uint32_t population, std::uint64_t batch, const CodingSheet& sheet) {
    append_one(learning(population, "snapshots/batch"), batch);
    const std::vector<float> fields = sheet.network.fields().values();
    file_.append<float>(snapshots_of(settings_.populations[population]), std::span<const float>(fields));
    file_.append<double>(learning(population, "snapshots/activity"),
                         std::span<const double>(sheet.activity()));
}

void write_fields(io::File& finished, const RunSettings& settings) {
    for (const PopulationSettings& one : settings.populations)
        if (one.codes) write_learned(finished, one);
}

}  // namespace sim
