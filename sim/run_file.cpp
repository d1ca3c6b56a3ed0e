#include "sim/run_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/streaming_file.hpp"

namespace sim {
namespace {

using io::Shape;
using Element = StreamingFile::Element;

constexpr std::uint8_t kSortedByTime = 2;

/// Names in the file of one population.
struct Names {
    std::string population;
    std::string spikes(const char* name) const { return fmt::format("/spikes/{}/{}", population, name); }
    std::string network(const char* name) const { return fmt::format("/network/{}/{}", population, name); }
};

std::vector<StreamingFile::Growing> streams_of(const RunHeader& header) {
    const NetworkSettings& net = *header.network;
    const Names names{net.population};
    const std::uint64_t N = net.rows * net.cols;
    const Shape field{net.rows, net.cols, net.geometry.height, net.geometry.width};
    std::vector<StreamingFile::Growing> all;
    const auto scalar = [&all](const std::string& name, const char* units, const char* meaning,
                               bool is_count = false) {
        constexpr std::uint64_t kRows = 512;
        all.push_back(
            {name, is_count ? Element::uint64 : Element::float64, {}, kRows, false, {units, meaning}});
    };
    constexpr std::uint64_t kSpikesPerChunk = 16384;
    all.push_back({names.spikes("timestamps"),
                   Element::float64,
                   {},
                   kSpikesPerChunk,
                   true,
                   {"ms", "time of each recorded spike; presentation p lasts from p T to (p + 1) T"}});
    all.push_back({names.spikes("node_ids"),
                   Element::uint64,
                   {},
                   kSpikesPerChunk,
                   true,
                   {"1", "neuron that fired; spikes of equal time are in order of id"}});
    scalar("/learning/batch", "1", "number of the batch, from 0", true);
    scalar("/learning/energy", "1", "mean of 1/2 |s - Phi a|^2 + kappa/2 a'La + lambda'a over the batch");
    scalar("/learning/reconstruction_error", "1", "mean of |s - Phi a|^2 / |s|^2 over the batch");
    scalar("/learning/active_fraction", "1", "mean fraction of neurons with a > 0");
    scalar("/learning/spikes_per_presentation", "1",
           "mean number of spikes of a presentation; 0 for analog populations");
    scalar("/learning/dead_neurons", "1",
           "neurons whose running activity is below 1 % of the mean neuron's; all, after a batch in which "
           "none was active",
           true);
    scalar("/learning/neighbourhood_width", "1", "width of the plasticity's neighbourhood, in sheet units");
    scalar("/learning/held_out/batch", "1", "batches learned before this test on held-out frames", true);
    scalar("/learning/held_out/energy", "1", "mean energy of the population's codes of the held-out frames");
    scalar("/learning/held_out/optimal_energy", "1", "mean of the least possible energy of the same frames");
    scalar("/learning/held_out/relative_gap", "1",
           "median over frames of E/E* - 1, E* the least possible energy");
    scalar("/learning/snapshots/batch", "1", "batches learned before the snapshot", true);
    all.push_back(
        {"/learning/snapshots/Phi", Element::float32, field, 1, true, {"1", "dictionary at the snapshot"}});
    all.push_back({"/learning/snapshots/activity",
                   Element::float64,
                   {N},
                   1,
                   false,
                   {"1", "running fraction of presentations in which each neuron was active"}});
    scalar("/presentations/number", "1", "number p of the recorded presentation, from 0", true);
    all.push_back({"/presentations/set", Element::uint8, {}, 4096, false, {"1", "0 training, 1 held out"}});
    scalar("/presentations/frame", "1", "index of the frame in its set", true);
    all.push_back({"/presentations/shown",
                   Element::float64,
                   {header.columns.size()},
                   512,
                   false,
                   {"1", "what was shown; names of the columns in the attribute `columns`"}});
    scalar("/presentations/energy", "1", "energy of the code");
    all.push_back(
        {"/presentations/codes", Element::float32, {N}, 16, true, {"1", "code a: activity of each neuron"}});
    return all;
}

std::vector<StreamingFile::SlotArray> arrays_of(const Checkpoint& shape) {
    return {{"batch", Element::uint64, 1, "the next batch to learn from"},
            {"Phi", Element::float32, shape.Phi.size(), "dictionary, shape (N, height, width)"},
            {"Q", Element::float32, shape.Q.size(), "weights, where they are learned"},
            {"lambda", Element::float64, shape.lambda.size(), "threshold of each neuron"},
            {"activity", Element::float64, shape.activity.size(), "running activity of each neuron"},
            {"plasticity", Element::float64, shape.plasticity.size(), "state of the plasticity rule"},
            {"carried", Element::float64, shape.carried.size(), "membrane state carried over, lane by lane"}};
}

void write_header(io::File& file, const RunHeader& header) {
    const NetworkSettings& net = *header.network;
    const Names names{net.population};
    file.write_attribute("/provenance", "stimulus", header.stimulus);

    const std::uint64_t N = net.rows * net.cols;
    file.write(names.network("Phi_initial"), std::span<const float>(header.Phi_initial),
               {net.rows, net.cols, net.geometry.height, net.geometry.width},
               {"1", "dictionary before learning"});
    std::vector<double> position;
    for (std::size_t i = 0; i < N; ++i) {
        position.push_back(static_cast<double>(i / net.cols));
        position.push_back(static_cast<double>(i % net.cols));
    }
    file.write(names.network("position"), std::span<const double>(position), {N, 2},
               {"1", "row and column on the sheet, in sheet units"});
    file.write(names.network("visual_position"), std::span<const double>(header.visual_position), {N, 2},
               {"px", "row and column of the centre of the neuron's window in the frame"});
    const std::string group = "/network/" + net.population;
    file.write_attribute(group, "rows", static_cast<std::uint64_t>(net.rows));
    file.write_attribute(group, "cols", static_cast<std::uint64_t>(net.cols));
    file.write_attribute(group, "height", static_cast<std::uint64_t>(net.geometry.height));
    file.write_attribute(group, "width", static_cast<std::uint64_t>(net.geometry.width));
    file.write_attribute(group, "boundary",
                         std::string(net.boundary == Boundary::open ? "open" : "periodic"));
    file.write_attribute(group, "kind", net.kind);
    file.write_sorting("/spikes/" + net.population, kSortedByTime);
    file.write_attribute("/presentations/shown", "columns", header.columns);
}

StreamingFile::Layout layout(const RunHeader& header) {
    return {"run",
            header.provenance,
            streams_of(header),
            arrays_of(header.shape),
            [&header](io::File& file) { write_header(file, header); },
            false};
}

Checkpoint taken_from(StreamingFile::Checkpoint saved) {
    return {saved.take<std::uint64_t>("batch").at(0),
            saved.take<float>("Phi"),
            saved.take<float>("Q"),
            saved.take<double>("lambda"),
            saved.take<double>("activity"),
            saved.take<double>("plasticity"),
            saved.take<double>("carried")};
}

}  // namespace

struct RunWriter::Impl {
    Names names;
    StreamingFile file;

    template <class T>
    void append(const std::string& dataset, std::span<const T> values) {
        file.append<T>(dataset, values);
    }
    template <class T>
    void append_one(const std::string& dataset, T value) {
        file.append<T>(dataset, std::span<const T>(&value, 1));
    }
    void write_final_network(io::File& finished, const FinalNetwork& final) const;
};

RunWriter::RunWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunWriter::RunWriter(RunWriter&&) noexcept = default;
RunWriter::~RunWriter() = default;

RunWriter RunWriter::create(io::Output output, const RunHeader& header, bool force) {
    return RunWriter(std::make_unique<Impl>(
        Impl{{header.network->population}, StreamingFile::create(std::move(output), layout(header), force)}));
}

ResumedRun RunWriter::resume(io::Output output, const RunHeader& header) {
    auto [file, from, warning] = StreamingFile::resume(std::move(output), layout(header));
    return {RunWriter(std::make_unique<Impl>(Impl{{header.network->population}, std::move(file)})),
            taken_from(std::move(from)), std::move(warning)};
}

void RunWriter::append(const BatchRecord& record) {
    impl_->append_one("/learning/batch", record.batch);
    impl_->append_one("/learning/energy", record.energy);
    impl_->append_one("/learning/reconstruction_error", record.reconstruction_error);
    impl_->append_one("/learning/active_fraction", record.active_fraction);
    impl_->append_one("/learning/spikes_per_presentation", record.spikes_per_presentation);
    impl_->append_one("/learning/dead_neurons", record.dead_neurons);
    impl_->append_one("/learning/neighbourhood_width", record.neighbourhood_width);
}

void RunWriter::append(const HeldOutRecord& record) {
    impl_->append_one("/learning/held_out/batch", record.batch);
    impl_->append_one("/learning/held_out/energy", record.energy);
    impl_->append_one("/learning/held_out/optimal_energy", record.optimal_energy);
    impl_->append_one("/learning/held_out/relative_gap", record.relative_gap);
}

void RunWriter::append(std::span<const PresentationRecord> records) {
    std::vector<std::uint64_t> number, frame;
    std::vector<std::uint8_t> set;
    std::vector<double> shown, energy;
    std::vector<float> codes;
    for (const PresentationRecord& record : records) {
        number.push_back(record.number);
        set.push_back(record.set);
        frame.push_back(record.frame);
        energy.push_back(record.energy);
        shown.insert(shown.end(), record.shown.begin(), record.shown.end());
        codes.insert(codes.end(), record.code.begin(), record.code.end());
    }
    impl_->append<std::uint64_t>("/presentations/number", number);
    impl_->append<std::uint8_t>("/presentations/set", set);
    impl_->append<std::uint64_t>("/presentations/frame", frame);
    impl_->append<double>("/presentations/shown", shown);
    impl_->append<double>("/presentations/energy", energy);
    impl_->append<float>("/presentations/codes", codes);
}

void RunWriter::append(std::span<const Spike> spikes, Time offset) {
    std::vector<std::pair<double, std::uint64_t>>
        sorted;  // times that were apart may meet when the offset is added
    for (const Spike& spike : spikes) sorted.emplace_back(offset + spike.t, spike.neuron);
    std::sort(sorted.begin(), sorted.end());
    std::vector<double> t;
    std::vector<std::uint64_t> id;
    for (const auto& [when, who] : sorted) {
        t.push_back(when);
        id.push_back(who);
    }
    impl_->append<double>(impl_->names.spikes("timestamps"), t);
    impl_->append<std::uint64_t>(impl_->names.spikes("node_ids"), id);
}

void RunWriter::append_snapshot(std::uint64_t batch, std::span<const float> Phi,
                                std::span<const double> activity) {
    impl_->append_one("/learning/snapshots/batch", batch);
    impl_->append<float>("/learning/snapshots/Phi", Phi);
    impl_->append<double>("/learning/snapshots/activity", activity);
}

void RunWriter::write(const Checkpoint& checkpoint) {
    const std::uint64_t batch = checkpoint.batch;
    impl_->file.write({{"batch", std::span(&batch, 1)},
                       {"Phi", std::span(checkpoint.Phi)},
                       {"Q", std::span(checkpoint.Q)},
                       {"lambda", std::span(checkpoint.lambda)},
                       {"activity", std::span(checkpoint.activity)},
                       {"plasticity", std::span(checkpoint.plasticity)},
                       {"carried", std::span(checkpoint.carried)}});
}

void RunWriter::Impl::write_final_network(io::File& finished, const FinalNetwork& final) const {
    const std::uint64_t n = final.lambda.size();
    finished.write(names.network("Phi"), std::span<const float>(final.Phi),
                   finished.shape(names.network("Phi_initial")),
                   {"1",
                    "dictionary: receptive field of each neuron at the end of the run; of unit norm, "
                    "unless weights are learned"});
    finished.write(names.network("lambda"), std::span<const double>(final.lambda), {n},
                   {"1", "threshold of each neuron at the end of the run, hidden ones last"});
    finished.write(names.network("Q_diagonal"), std::span<const double>(final.Q_diagonal), {n},
                   {"1", "Q_ii; the firing threshold of the membrane integrator is q Q_ii"});
    if (!final.Q.empty())
        finished.write(names.network("Q"), std::span<const float>(final.Q), {n, n},
                       {"1", "Q_ij: learned weight of a spike of neuron j on neuron i; > 0 inhibits"});
    const io::Shape sheet = finished.shape(names.network("Phi_initial"));
    for (const SenseFields& fields : final.senses) {
        const std::string group = names.network("senses") + "/" + fields.sense.name;
        finished.write(group + "/Phi", std::span<const float>(fields.Phi),
                       {sheet[0], sheet[1], fields.sense.height, fields.sense.width},
                       {"1", "dictionary of this sense, each field of unit norm"});
        finished.write_attribute(group, "weight", fields.sense.weight);
        finished.write_attribute(group, "first_pixel", static_cast<std::uint64_t>(fields.sense.first_pixel));
    }
}

void RunWriter::finish(const FinalNetwork& network, double wall_time_s) {
    impl_->file.finish([&](io::File& finished) {
        impl_->write_final_network(finished, network);
        finished.write_attribute("/provenance", "wall_time_s", wall_time_s);
    });
}

}  // namespace sim
