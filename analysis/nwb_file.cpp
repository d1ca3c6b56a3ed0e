#include "analysis/nwb_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <ranges>
#include <vector>

#include "analysis/recorded_run.hpp"
#include "sim/error.hpp"
#include "sim/io/digest.hpp"
#include "sim/io/hdf5_reference.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using sim::io::File;
using sim::io::Meaning;
using sim::io::Shape;

constexpr double kSeconds = 1e-3;                      // of a ms
constexpr const char* kNwbVersion = "2.6.0";           // of the schema whose layout this is
constexpr std::uint64_t kMostFieldValues = 1U << 28U;  // 1 GB of receptive fields

/// Neurons of a population, and when they fired.
struct Cells {
    std::string population;
    std::uint64_t size = 0;
    std::vector<std::uint64_t> first;  // (size + 1): spikes of neuron i are first[i] to first[i + 1] - 1
    std::vector<double> time;          // [s], ascending for each neuron
};

/// What is known of a stretch of a run's time [s].
struct Trials {
    std::vector<double> start, stop;
    std::vector<std::uint8_t> held_out;
    std::vector<std::uint64_t> frame;
};

Cells read_cells(const File& file, const std::string& population) {
    Cells cells;
    cells.population = population;
    cells.size = file.read_attribute<std::uint64_t>("/network/" + population, "size");
    const std::string group = "/spikes/" + population, ids = group + "/node_ids";
    const auto time = file.read<double>(group + "/timestamps", {sim::io::kAny});
    const auto neuron = file.read<std::uint64_t>(ids, {time.size()});
    cells.first.assign(cells.size + 1, 0);
    for (const std::uint64_t i : neuron) {
        if (i >= cells.size)
            throw sim::IoError(
                fmt::format("{}: {}: must be below {}, is {}", file.path(), ids, cells.size, i));
        ++cells.first[i + 1];
    }
    for (std::size_t i = 0; i < cells.size; ++i) cells.first[i + 1] += cells.first[i];
    cells.time.resize(time.size());
    std::vector<std::uint64_t> next(cells.first.begin(), cells.first.end() - 1);
    for (std::size_t k = 0; k < time.size(); ++k) cells.time[next[neuron[k]]++] = kSeconds * time[k];
    return cells;
}

/// Populations whose spikes were recorded, in alphabetical order, or the one asked for.
std::vector<Cells> read_all_cells(const File& file, const std::string& population) {
    std::vector<std::string> names;
    if (file.exists("/spikes")) names = file.children("/spikes");
    if (names.empty())
        throw sim::ConfigError(
            fmt::format("export: {}: no spikes were recorded (record.spikes)", file.path()));
    if (!population.empty()) {
        if (std::ranges::find(names, population) == names.end())
            throw sim::ConfigError(
                fmt::format("--population: must be one whose spikes are in {} ({}), got \"{}\"", file.path(),
                            fmt::join(names, ", "), population));
        names = {population};
    }
    std::vector<Cells> all;
    for (const std::string& name : names) all.push_back(read_cells(file, name));
    return all;
}

std::optional<Trials> read_trials(const File& file) {
    if (!file.exists("/presentations/number")) return std::nullopt;
    const double T = file.read_attribute<double>("/presentations", "T");
    const auto number = file.read<std::uint64_t>("/presentations/number", {sim::io::kAny});
    Trials trials;
    trials.held_out = file.read<std::uint8_t>("/presentations/set", {number.size()});
    trials.frame = file.read<std::uint64_t>("/presentations/frame", {number.size()});
    for (const std::uint64_t k : number) {
        trials.start.push_back(kSeconds * T * static_cast<double>(k));
        trials.stop.push_back(kSeconds * T * static_cast<double>(k + 1));
    }
    return trials;
}

/// When spikes were recorded, as pairs [s]: presentations that follow each other are one interval.
std::vector<double> observed(const File& file, const std::optional<Trials>& trials) {
    if (!trials) return {0.0, kSeconds * file.read_attribute<double>("/provenance", "duration")};
    std::vector<double> pairs;
    for (std::size_t k = 0; k < trials->start.size(); ++k)
        if (!pairs.empty() && pairs.back() == trials->start[k])
            pairs.back() = trials->stop[k];
        else
            pairs.insert(pairs.end(), {trials->start[k], trials->stop[k]});
    return pairs;
}

/// Writes objects of NWB: each has a type and an identity of its own, which follows from the run and its place.
class Writer {
  public:
    Writer(File& file, std::string seed) : file_(file), seed_(std::move(seed)) {}

    void object(const std::string& path, const std::string& space, const std::string& type) {
        file_.write_attribute(path, "namespace", space);
        file_.write_attribute(path, "neurodata_type", type);
        file_.write_attribute(path, "object_id", identity(path));
    }
    void text(const std::string& path, const std::string& value, const std::string& meaning) {
        file_.write(path, std::span<const std::string>(&value, 1), {}, {"1", meaning});
    }

    /// A table of n rows; its columns follow.
    void begin_table(const std::string& path, const std::string& space, const std::string& type,
                     const std::string& description, std::uint64_t n) {
        table_ = path;
        columns_.clear();
        std::vector<std::int64_t> id(n);
        for (std::uint64_t k = 0; k < n; ++k) id[k] = static_cast<std::int64_t>(k);
        file_.write(path + "/id", id, {"1", "number of the row"});
        object(path + "/id", "hdmf-common", "ElementIdentifiers");
        object(path, space, type);
        file_.write_attribute(path, "description", description);
    }
    template <class T>
    void column(const std::string& name, const std::vector<T>& values, const Shape& shape,
                const Meaning& meaning) {
        data(name, values, shape, meaning);
        columns_.push_back(name);
    }
    /// Of each row any number of values: ends[k] is where those of row k end.
    template <class T>
    void ragged_column(const std::string& name, const std::vector<T>& values, const Shape& shape,
                       const std::vector<std::uint64_t>& ends, const Meaning& meaning) {
        column(name, values, shape, meaning);
        const std::string index = table_ + "/" + name + "_index";
        file_.write(index, ends, {"1", "where the values of each row of " + name + " end"});
        object(index, "hdmf-common", "VectorIndex");
        file_.write_attribute(index, "target", sim::io::Reference{table_ + "/" + name});
    }
    void end_table() { file_.write_attribute(table_, "colnames", columns_); }
    bool has_column(const std::string& name) const {
        return std::ranges::find(columns_, name) != columns_.end();
    }

  private:
    template <class T>
    void data(const std::string& name, const std::vector<T>& values, const Shape& shape,
              const Meaning& meaning) {
        const std::string path = table_ + "/" + name;
        file_.write(path, std::span<const T>(values), shape, meaning);
        object(path, "hdmf-common", "VectorData");
    }
    /// A UUID of version 8 (RFC 9562), of the run and the place.
    std::string identity(const std::string& path) const {
        sim::io::Digest digest;
        digest.add(std::string_view(seed_));
        digest.add(std::string_view(path));
        const std::string hex = digest.hex();
        return fmt::format("{}-{}-8{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                           hex.substr(17, 3), hex.substr(20, 12));
    }

    File& file_;
    std::string seed_, table_;
    std::vector<std::string> columns_;
};

/// What tells this run from any other.
std::string digest_of_run(const File& run) {
    sim::io::Digest digest;
    for (const std::string& line : run.read<std::string>("/provenance/manifest"))
        digest.add(std::string_view(line));
    return digest.hex();
}

void write_root(File& file, Writer& writer, const File& run, const NwbExport& what) {
    for (const char* group : {"/acquisition", "/analysis", "/processing", "/stimulus/presentation",
                              "/stimulus/templates", "/general"})
        file.create_group(group);
    writer.object("/", "core", "NWBFile");
    file.write_attribute("/", "nwb_version", std::string(kNwbVersion));
    const auto started = run.read_attribute<std::string>("/provenance", "started");
    writer.text("/identifier", digest_of_run(run), "digest of what is in the run's file");
    writer.text("/session_description",
                "simulation by striate: " + std::filesystem::absolute(what.run).string(), "what this is");
    writer.text("/session_start_time", started, "when the run was begun; simulated time 0 is put there");
    writer.text("/timestamps_reference_time", started, "what times count from");
    file.write("/file_create_date", std::vector<std::string>{what.created},
               {"1", "when this file was written"});
    writer.text("/general/notes", read_config(run), "the config as resolved, all defaults in, YAML");
}

void write_spikes(Writer& writer, const std::vector<Cells>& all, const std::vector<double>& intervals) {
    std::vector<double> time, seen;
    std::vector<std::uint64_t> time_ends, seen_ends, neuron;
    std::vector<std::string> population;
    for (const Cells& cells : all) {
        for (std::uint64_t i = 0; i < cells.size; ++i) {
            time_ends.push_back(time.size() + cells.first[i + 1]);
            seen.insert(seen.end(), intervals.begin(), intervals.end());
            seen_ends.push_back(seen.size() / 2);
            neuron.push_back(i);
            population.push_back(cells.population);
        }
        time.insert(time.end(), cells.time.begin(), cells.time.end());
    }
    writer.ragged_column("spike_times", time, {time.size()}, time_ends, {"s", "when the neuron fired [s]"});
    writer.ragged_column("obs_intervals", seen, {seen.size() / 2, 2}, seen_ends,
                         {"s", "from when to when spikes were recorded [s]"});
    writer.column("population", population, {population.size()}, {"1", "population of the neuron"});
    writer.column("neuron", neuron, {neuron.size()}, {"1", "number of the neuron in its population"});
}

/// Fields of each neuron in the frame, where they are in the file and not too many.
void write_fields(Writer& writer, const File& run, const Cells& cells) {
    const std::string path = "/network/" + cells.population + "/Phi";
    if (!run.exists(path)) return;
    const Shape shape = run.shape(path);  // (rows, cols, height, width)
    if (shape.size() != 4 || shape[0] * shape[1] != cells.size ||
        cells.size * shape[2] * shape[3] > kMostFieldValues)
        return;
    writer.column("receptive_field", run.read<float>(path), {cells.size, shape[2], shape[3]},
                  {"1", "receptive field of the neuron (height, width)"});
}

/// All that the analysis says of each neuron in one number; NaN of neurons of other populations.
void write_tuning(Writer& writer, const std::string& path, const std::vector<Cells>& all) {
    const File file = sim::io::open_striate_file(path, "analysis");
    const std::string whose = file.read_attribute<std::string>("/provenance", "population");
    const auto cells = std::ranges::find(all, whose, &Cells::population);
    if (cells == all.end())
        throw sim::IoError(fmt::format("{}: must be an analysis of population {}, is one of {}", path,
                                       fmt::join(all | std::views::transform(&Cells::population), " or "),
                                       whose));
    std::uint64_t before = 0, n = 0;
    for (const Cells& one : all) {
        if (&one < &*cells) before += one.size;
        n += one.size;
    }
    for (const char* group : {"/network", "/properties"})
        for (const std::string& name : file.children(group)) {
            const std::string dataset = std::string(group) + "/" + name;
            if (file.is_group(dataset) || file.type(dataset) != "float64") continue;
            if (file.shape(dataset).size() != 1 || writer.has_column(name)) continue;
            const std::string units = file.read_attribute<std::string>(dataset, "units");
            const auto measured = file.read<double>(dataset, {cells->size});
            std::vector<double> values(n, std::numeric_limits<double>::quiet_NaN());
            std::ranges::copy(measured, values.begin() + static_cast<std::ptrdiff_t>(before));
            writer.column(
                name, values, {n},
                {units,
                 fmt::format("{} [{}]", file.read_attribute<std::string>(dataset, "description"), units)});
        }
}

void write_trials(Writer& writer, const Trials& trials) {
    const std::size_t n = trials.start.size();
    writer.begin_table("/intervals/trials", "core", "TimeIntervals", "presentations of a frame", n);
    writer.column("start_time", trials.start, {n}, {"s", "when the frame came on [s]"});
    writer.column("stop_time", trials.stop, {n}, {"s", "when it went off [s]"});
    writer.column("frame", trials.frame, {n}, {"1", "number of the frame in its set"});
    writer.column("held_out", trials.held_out, {n}, {"1", "1 where the frame was not learned from"});
    writer.end_table();
}

}  // namespace

void write_nwb(const NwbExport& what, const sim::io::Output& place) {
    const File run = sim::io::open_striate_file(what.run, "network");
    const std::vector<Cells> all = read_all_cells(run, what.population);
    const std::optional<Trials> trials = read_trials(run);
    std::uint64_t n = 0;
    for (const Cells& cells : all) n += cells.size;
    sim::io::write_whole_file(place, [&](File& file) {
        sim::io::mark_striate_file(file, "nwb");
        file.vary_texts();
        Writer writer(file, digest_of_run(run));
        write_root(file, writer, run, what);
        writer.begin_table("/units", "core", "Units", "simulated neurons", n);
        write_spikes(writer, all, observed(run, trials));
        if (all.size() == 1) write_fields(writer, run, all[0]);  // of several, frames may be of several sizes
        if (!what.analysis.empty()) write_tuning(writer, what.analysis, all);
        writer.end_table();
        if (trials) write_trials(writer, *trials);
    });
}

}  // namespace analysis
