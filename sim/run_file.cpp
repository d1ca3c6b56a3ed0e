#include "sim/run_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string_view>

#include "sim/error.hpp"
#include "sim/io/digest.hpp"
#include "sim/io/striate_file.hpp"

namespace sim {
namespace {

using io::Shape;

constexpr std::uint8_t kSortedByTime = 2;
constexpr std::size_t kSlots = 2;
constexpr std::size_t kDigits = 32;  // of a digest

void mark_as_run(io::File& file) {
    io::mark_striate_file(file, "run");
    mark_as_sonata(file);
}

}  // namespace

struct RunWriter::Impl {
    io::Output output;
    std::string population;
    io::File file;
    std::uint64_t sequence = 0;  // of the newest checkpoint
    std::string fixed{};         // digest of what is in the file before the run begins

    std::string spikes(const char* name) const { return fmt::format("/spikes/{}/{}", population, name); }
    std::string network(const char* name) const { return fmt::format("/network/{}/{}", population, name); }
    static std::string slot(std::uint64_t sequence_number, const std::string& name) {
        return fmt::format("/checkpoint/{}/{}", sequence_number % kSlots, name);
    }
    std::vector<std::string> growing() const;
    std::vector<std::string> slot_datasets(std::uint64_t sequence_number) const;
    std::string slot_digest(std::uint64_t sequence_number) const;
    void read_back_fixed();
    bool can_be_written_on();
    void begin(const RunHeader& header);
    Checkpoint read_checkpoint(std::uint64_t sequence_number, const Checkpoint& shape);
    Checkpoint newest_whole(const Checkpoint& shape, std::string& warning);
    void write_header(const RunHeader& header);
    void create_streams(const RunHeader& header);
    void create_slots(const Checkpoint& shape);
    void check_copied(const io::File& finished) const;
    void write_final_network(io::File& finished, const FinalNetwork& final) const;
    template <class T>
    void append_one(const std::string& dataset, T value) {
        file.append<T>(dataset, std::span<const T>(&value, 1));
    }
};

/// Datasets that grow while the run goes; a checkpoint keeps their lengths.
std::vector<std::string> RunWriter::Impl::growing() const {
    return {spikes("timestamps"),
            spikes("node_ids"),
            "/learning/batch",
            "/learning/energy",
            "/learning/reconstruction_error",
            "/learning/active_fraction",
            "/learning/spikes_per_presentation",
            "/learning/dead_neurons",
            "/learning/neighbourhood_width",
            "/learning/held_out/batch",
            "/learning/held_out/energy",
            "/learning/held_out/optimal_energy",
            "/learning/held_out/relative_gap",
            "/learning/snapshots/batch",
            "/learning/snapshots/Phi",
            "/learning/snapshots/activity",
            "/presentations/number",
            "/presentations/set",
            "/presentations/frame",
            "/presentations/shown",
            "/presentations/energy",
            "/presentations/codes"};
}

void RunWriter::Impl::write_header(const RunHeader& header) {
    const NetworkSettings& net = *header.network;
    mark_as_run(file);
    write_provenance(file, header.provenance);
    file.write_attribute("/provenance", "stimulus", header.stimulus);

    const std::uint64_t N = net.rows * net.cols;
    file.write(network("Phi_initial"), std::span<const float>(header.Phi_initial),
               {net.rows, net.cols, net.geometry.height, net.geometry.width},
               {"1", "dictionary before learning"});
    std::vector<double> position;
    for (std::size_t i = 0; i < N; ++i) {
        position.push_back(static_cast<double>(i / net.cols));
        position.push_back(static_cast<double>(i % net.cols));
    }
    file.write(network("position"), std::span<const double>(position), {N, 2},
               {"1", "row and column on the sheet, in sheet units"});
    file.write(network("visual_position"), std::span<const double>(header.visual_position), {N, 2},
               {"px", "row and column of the centre of the neuron's window in the frame"});
    const std::string group = "/network/" + population;
    file.write_attribute(group, "rows", static_cast<std::uint64_t>(net.rows));
    file.write_attribute(group, "cols", static_cast<std::uint64_t>(net.cols));
    file.write_attribute(group, "height", static_cast<std::uint64_t>(net.geometry.height));
    file.write_attribute(group, "width", static_cast<std::uint64_t>(net.geometry.width));
    file.write_attribute(group, "boundary",
                         std::string(net.boundary == Boundary::open ? "open" : "periodic"));
    file.write_attribute(group, "kind", net.kind);
}

void RunWriter::Impl::create_streams(const RunHeader& header) {
    const NetworkSettings& net = *header.network;
    const std::uint64_t N = net.rows * net.cols;
    const Shape field{net.rows, net.cols, net.geometry.height, net.geometry.width};
    const auto scalar = [this](const std::string& name, const char* units, const char* meaning,
                               bool is_count = false) {
        constexpr std::uint64_t kRows = 512;
        if (is_count)
            file.create_growing<std::uint64_t>(name, {}, kRows, false, {units, meaning});
        else
            file.create_growing<double>(name, {}, kRows, false, {units, meaning});
    };
    constexpr std::uint64_t kSpikesPerChunk = 16384;
    file.create_growing<double>(
        spikes("timestamps"), {}, kSpikesPerChunk, true,
        {"ms", "time of each recorded spike; presentation p lasts from p T to (p + 1) T"});
    file.create_growing<std::uint64_t>(spikes("node_ids"), {}, kSpikesPerChunk, true,
                                       {"1", "neuron that fired; spikes of equal time are in order of id"});
    file.write_sorting("/spikes/" + population, kSortedByTime);

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
    file.create_growing<float>("/learning/snapshots/Phi", field, 1, true,
                               {"1", "dictionary at the snapshot"});
    file.create_growing<double>("/learning/snapshots/activity", {N}, 1, false,
                                {"1", "running fraction of presentations in which each neuron was active"});
    scalar("/presentations/number", "1", "number p of the recorded presentation, from 0", true);
    file.create_growing<std::uint8_t>("/presentations/set", {}, 4096, false, {"1", "0 training, 1 held out"});
    scalar("/presentations/frame", "1", "index of the frame in its set", true);
    file.create_growing<double>("/presentations/shown", {header.columns.size()}, 512, false,
                                {"1", "what was shown; names of the columns in the attribute `columns`"});
    file.write_attribute("/presentations/shown", "columns", header.columns);
    scalar("/presentations/energy", "1", "energy of the code");
    file.create_growing<float>("/presentations/codes", {N}, 16, true,
                               {"1", "code a: activity of each neuron"});
}

void RunWriter::Impl::create_slots(const Checkpoint& shape) {
    const auto vector = [this]<class T>(std::uint64_t k, const char* name, const std::vector<T>& values,
                                        const char* meaning) {
        file.create_growing<T>(slot(k, name), {}, std::max<std::uint64_t>(values.size(), 1), false,
                               {"1", meaning});
        file.resize(slot(k, name), values.size());
    };
    const std::vector<std::uint64_t> one(1), lengths(growing().size());
    for (std::uint64_t k = 0; k < kSlots; ++k) {
        vector(k, "sequence", one, "number of the checkpoint, from 1; 0: not complete");
        vector(k, "batch", one, "the next batch to learn from");
        vector(k, "Phi", shape.Phi, "dictionary, shape (N, height, width)");
        vector(k, "Q", shape.Q, "weights, where they are learned");
        vector(k, "lambda", shape.lambda, "threshold of each neuron");
        vector(k, "activity", shape.activity, "running activity of each neuron");
        vector(k, "plasticity", shape.plasticity, "state of the plasticity rule");
        vector(k, "carried", shape.carried, "membrane state carried over, lane by lane");
        vector(k, "lengths", lengths, "length of every dataset that grows");
        vector(k, "digest", std::vector<std::uint8_t>(kDigits),
               "hexadecimal digits: of this checkpoint and of all that was written before it");
    }
}

std::vector<std::string> RunWriter::Impl::slot_datasets(std::uint64_t n) const {
    std::vector<std::string> names;
    for (const char* name : {"batch", "Phi", "Q", "lambda", "activity", "plasticity", "carried", "lengths"})
        names.push_back(slot(n, name));
    return names;
}

/// Of what the file knows of the slot and the streams, whether just written or read back.
std::string RunWriter::Impl::slot_digest(std::uint64_t n) const {
    io::Digest digest;
    digest.add(std::string_view(fmt::format("{}", n)));
    digest.add(std::string_view(fixed));
    for (const std::string& name : slot_datasets(n)) digest.add(std::string_view(file.digest(name)));
    for (const std::string& name : growing()) digest.add(std::string_view(file.digest(name)));
    return digest.hex();
}

void RunWriter::Impl::read_back_fixed() {
    const auto streams = growing();
    file.read_back_attributes("/");
    for (const std::string& object : file.objects_below("/")) {
        file.read_back_attributes(object);
        if (file.is_group(object)) continue;
        const bool grows = object.starts_with("/checkpoint/") || std::ranges::count(streams, object) > 0;
        file.read_back(object, grows ? 0 : io::kAny);
    }
    fixed = file.digest_of_all();
}

/// throws IoError if the checkpoint, or anything written before it, is damaged
Checkpoint RunWriter::Impl::read_checkpoint(std::uint64_t n, const Checkpoint& shape) {
    const auto vector = [&]<class T>(const char* name, const std::vector<T>& like) {
        return file.read<T>(slot(n, name), {like.size()});
    };
    const std::vector<std::uint64_t> one(1);
    Checkpoint checkpoint{vector("batch", one).at(0),
                          vector("Phi", shape.Phi),
                          vector("Q", shape.Q),
                          vector("lambda", shape.lambda),
                          vector("activity", shape.activity),
                          vector("plasticity", shape.plasticity),
                          vector("carried", shape.carried)};
    const auto names = growing();
    const auto lengths = file.read<std::uint64_t>(slot(n, "lengths"), {names.size()});
    for (const std::string& name : slot_datasets(n)) file.read_back(name, io::kAny);
    for (std::size_t i = 0; i < names.size(); ++i) file.read_back(names[i], lengths[i]);
    const auto digits = file.read<std::uint8_t>(slot(n, "digest"), {kDigits});
    if (slot_digest(n) != std::string(digits.begin(), digits.end()))
        throw IoError(
            fmt::format("{}: checkpoint {}, or what was written before it, is damaged", file.path(), n));
    return checkpoint;
}

/// Sets `sequence`; what the file knows of its streams is as of that checkpoint.
Checkpoint RunWriter::Impl::newest_whole(const Checkpoint& shape, std::string& warning) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t k = 0; k < kSlots; ++k)
        if (const auto n = file.read<std::uint64_t>(slot(k, "sequence"), {1}).at(0); n != 0)
            numbers.push_back(n);
    std::ranges::sort(numbers, std::greater<>());
    for (const std::uint64_t n : numbers) {
        try {
            Checkpoint checkpoint = read_checkpoint(n, shape);
            sequence = n;
            if (!warning.empty()) warning += fmt::format("; goes on from checkpoint {}, which is whole", n);
            return checkpoint;
        } catch (const IoError& damage) {
            warning += (warning.empty() ? "" : "; ") + std::string(damage.what());
        }
    }
    throw IoError(numbers.empty()
                      ? fmt::format("{}: holds no complete checkpoint; --force starts over", file.path())
                      : warning + "; no checkpoint is whole; --force starts over");
}

/// Whether all that is going to be written to can be read: where it cannot, HDF5 would try again for ever while
/// it streams.
bool RunWriter::Impl::can_be_written_on() {
    try {
        for (const std::string& name : growing()) file.read_back(name, io::kAny);
        for (std::uint64_t k = 0; k < kSlots; ++k)
            for (const std::string& name : file.children(slot(k, "").substr(0, slot(k, "").size() - 1)))
                file.read_back(slot(k, name), io::kAny);
        return true;
    } catch (const IoError&) {
        return false;
    }
}

/// What a new file holds before the run begins.
void RunWriter::Impl::begin(const RunHeader& header) {
    write_header(header);
    create_streams(header);
    create_slots(header.shape);
    fixed = file.digest_of_all();
    file.start_swmr();
}

RunWriter::RunWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunWriter::RunWriter(RunWriter&&) noexcept = default;
RunWriter::~RunWriter() = default;

RunWriter RunWriter::create(io::Output output, const RunHeader& header, bool force) {
    if (!force && std::filesystem::exists(output.partial()))
        throw IoError(fmt::format("{}: an unfinished run; --resume goes on with it, --force starts over",
                                  output.partial().string()));
    const std::string starting = output.unfinished().string();  // nobody could go on with it yet
    RunWriter writer(std::make_unique<Impl>(
        Impl{std::move(output), header.network->population, io::File::create(starting, true)}));
    writer.impl_->begin(header);
    return writer;
}

ResumedRun RunWriter::resume(io::Output output, const RunHeader& header) {
    const std::string partial = output.partial().string();
    if (!std::filesystem::exists(partial))
        throw IoError(fmt::format("{}: must exist to resume from, found {}", partial,
                                  std::filesystem::exists(output.path())
                                      ? "a finished run, " + output.path().string()
                                      : "nothing"));
    auto impl = std::make_unique<Impl>(
        Impl{std::move(output), header.network->population, io::File::reopen(partial)});
    io::File& file = impl->file;
    io::check_kind(file, "run");
    check_same_run(file, header.provenance);
    impl->read_back_fixed();
    const bool goes_on_here = impl->can_be_written_on();
    std::string warning;
    Checkpoint from = impl->newest_whole(header.shape, warning);
    const auto names = impl->growing();
    const auto lengths = file.read<std::uint64_t>(Impl::slot(impl->sequence, "lengths"));
    if (!goes_on_here || !warning.empty()) {  // what is whole goes on in a new file
        if (warning.empty()) warning = partial + ": is damaged where nothing is lost by it";
        RunHeader again = header;
        again.provenance.started = file.read_attribute<std::string>("/provenance", "started");
        const io::File old = std::move(impl->file);
        impl->file = io::File::create(impl->output.unfinished().string(), true);
        impl->sequence = 0;
        impl->begin(again);
        for (std::size_t i = 0; i < names.size(); ++i) impl->file.append_from(old, names[i], lengths.at(i));
        RunWriter writer(std::move(impl));
        writer.write(from);
        return {std::move(writer), std::move(from), std::move(warning)};
    }
    file.start_swmr();  // first: only while it streams does a kill leave the file readable
    for (std::size_t i = 0; i < names.size(); ++i) file.resize(names[i], lengths.at(i));
    return {RunWriter(std::move(impl)), std::move(from), std::move(warning)};
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
    impl_->file.append<std::uint64_t>("/presentations/number", number);
    impl_->file.append<std::uint8_t>("/presentations/set", set);
    impl_->file.append<std::uint64_t>("/presentations/frame", frame);
    impl_->file.append<double>("/presentations/shown", shown);
    impl_->file.append<double>("/presentations/energy", energy);
    impl_->file.append<float>("/presentations/codes", codes);
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
    impl_->file.append<double>(impl_->spikes("timestamps"), t);
    impl_->file.append<std::uint64_t>(impl_->spikes("node_ids"), id);
}

void RunWriter::append_snapshot(std::uint64_t batch, std::span<const float> Phi,
                                std::span<const double> activity) {
    impl_->append_one("/learning/snapshots/batch", batch);
    impl_->file.append<float>("/learning/snapshots/Phi", Phi);
    impl_->file.append<double>("/learning/snapshots/activity", activity);
}

// The older slot is declared incomplete, filled, and only then declared the newest, each on the disk before
// the next: whenever the process or the machine dies, one slot is complete. The file gets its name with the
// first of them.
void RunWriter::write(const Checkpoint& checkpoint) {
    io::File& file = impl_->file;
    const std::uint64_t next = impl_->sequence + 1;
    const auto put = [&]<class T>(const char* name, const std::vector<T>& values) {
        file.overwrite<T>(Impl::slot(next, name), values);
    };
    put("sequence", std::vector<std::uint64_t>{0});
    file.sync();
    std::vector<std::uint64_t> lengths;
    for (const std::string& name : impl_->growing()) lengths.push_back(file.shape(name)[0]);
    put("batch", std::vector<std::uint64_t>{checkpoint.batch});
    put("Phi", checkpoint.Phi);
    put("Q", checkpoint.Q);
    put("lambda", checkpoint.lambda);
    put("activity", checkpoint.activity);
    put("plasticity", checkpoint.plasticity);
    put("carried", checkpoint.carried);
    put("lengths", lengths);
    const std::string digits = impl_->slot_digest(next);
    put("digest", std::vector<std::uint8_t>(digits.begin(), digits.end()));
    file.sync();
    put("sequence", std::vector<std::uint64_t>{next});
    file.sync();
    if (impl_->sequence == 0) {
        impl_->output.publish_partial(file.path());
        file.is_now(impl_->output.partial().string());
    }
    impl_->sequence = next;
}

void RunWriter::Impl::write_final_network(io::File& finished, const FinalNetwork& final) const {
    const std::uint64_t n = final.lambda.size();
    finished.write(network("Phi"), std::span<const float>(final.Phi), finished.shape(network("Phi_initial")),
                   {"1",
                    "dictionary: receptive field of each neuron at the end of the run; of unit norm, "
                    "unless weights are learned"});
    finished.write(network("lambda"), std::span<const double>(final.lambda), {n},
                   {"1", "threshold of each neuron at the end of the run, hidden ones last"});
    finished.write(network("Q_diagonal"), std::span<const double>(final.Q_diagonal), {n},
                   {"1", "Q_ii; the firing threshold of the membrane integrator is q Q_ii"});
    if (!final.Q.empty())
        finished.write(network("Q"), std::span<const float>(final.Q), {n, n},
                       {"1", "Q_ij: learned weight of a spike of neuron j on neuron i; > 0 inhibits"});
    const io::Shape sheet = finished.shape(network("Phi_initial"));
    for (const SenseFields& fields : final.senses) {
        const std::string group = network("senses") + "/" + fields.sense.name;
        finished.write(group + "/Phi", std::span<const float>(fields.Phi),
                       {sheet[0], sheet[1], fields.sense.height, fields.sense.width},
                       {"1", "dictionary of this sense, each field of unit norm"});
        finished.write_attribute(group, "weight", fields.sense.weight);
        finished.write_attribute(group, "first_pixel", static_cast<std::uint64_t>(fields.sense.first_pixel));
    }
}

/// What was read from the disk to be copied must be what was written to it.
void RunWriter::Impl::check_copied(const io::File& finished) const {
    for (const std::string& name : growing())
        if (finished.digest(name) != file.digest(name))
            throw IoError(fmt::format("{}: {}: was not kept as it was written: the disk, or another program",
                                      file.path(), name));
}

// The finished file is a copy without the checkpoints, made beside the partial one: a kill at any moment
// leaves either a partial file to go on with or the finished one.
void RunWriter::finish(const FinalNetwork& network, double wall_time_s) {
    const std::filesystem::path partial = impl_->output.partial();
    impl_->file.close();
    const io::File streamed = io::File::open_own(partial.string());
    io::write_whole_file(impl_->output, [&](io::File& finished) {
        mark_as_run(finished);
        for (const char* group : {"/network", "/spikes", "/learning", "/presentations", "/provenance"})
            finished.copy_from(streamed, group);
        impl_->check_copied(finished);
        impl_->write_final_network(finished, network);
        finished.write_attribute("/provenance", "wall_time_s", wall_time_s);
    });
    std::filesystem::remove(partial);
}

}  // namespace sim
