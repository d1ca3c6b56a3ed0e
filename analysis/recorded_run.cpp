#include "analysis/recorded_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/config_text.hpp"
#include "analysis/recorded_codes.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using sim::io::File;

/// A list that a partial or an older file may lack.
template <class T>
std::vector<T> read_if_there(const File& file, const std::string& dataset) {
    return file.exists(dataset) ? file.read<T>(dataset, {sim::io::kAny}) : std::vector<T>{};
}

std::string text_if_there(const File& file, const std::string& object, const std::string& attribute) {
    return file.has_attribute(object, attribute) ? file.read_attribute<std::string>(object, attribute) : "";
}

/// The first population that has fields.
std::string find_population(const File& file) {
    for (const std::string& name : file.children("/network"))
        for (const char* fields : {"Phi_initial", "Phi", "kernels_initial", "kernels"})
            if (file.exists("/network/" + name + "/" + fields)) return name;
    throw sim::IoError(fmt::format("{}: /network: no population has fields.", file.path()));
}

std::string learning_of(const std::string& population) { return "/learning/" + population; }
std::string presentations_of(const std::string& population) { return "/presentations/" + population; }
/// Block of the config.
std::string block_of(const std::string& population) { return "populations." + population; }

/// Rows or columns of the sheet: what the config says, or the file where it says nothing.
std::size_t extent_of_sheet(const File& file, const RecordedRun& run, const char* name) {
    const double said = number_in(run.config, fmt::format("{}.sheet.{}", block_of(run.population), name));
    return std::isfinite(said) ? static_cast<std::size_t>(said)
                               : static_cast<std::size_t>(
                                     file.read_attribute<std::uint64_t>("/network/" + run.population, name));
}

const char* name_of_fields(const RecordedRun& run) { return run.kernels.n > 0 ? "kernels" : "Phi"; }

sim::io::Shape shape_of_fields(const RecordedRun& run) {
    if (run.kernels.n > 0) return {run.kernels.n, run.kernels.height, run.kernels.width};
    return {run.rows, run.cols, run.height, run.width};
}

/// None where each neuron has a field of its own. throws IoError
RecordedKernels read_kernels(const File& file, const std::string& group, std::size_t height,
                             std::size_t width) {
    const std::string dataset = group + "/kernels_initial";
    if (!file.exists(dataset)) return {};
    const auto shape = file.shape(dataset);
    if (shape.size() != 3 || shape[0] == 0 || shape[1] > height || shape[2] > width)
        throw sim::IoError(fmt::format("{}: {}: must be kernels within a frame of {} x {} px, has shape ({})",
                                       file.path(), dataset, height, width, fmt::join(shape, ", ")));
    return {static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]),
            static_cast<std::size_t>(shape[2]),
            static_cast<std::size_t>(file.read_attribute<std::uint64_t>(group, "stride"))};
}

/// The kernel of every neuron where it stands, shape (N, height, width); nothing where that would be very large.
std::vector<float> in_frame(const RecordedRun& run, const std::vector<float>& kernels) {
    constexpr std::size_t kMost = std::size_t{1} << 27;
    const auto& [n, height, width, stride] = run.kernels;
    if (run.size() * run.height * run.width > kMost) return {};
    std::vector<float> Phi(run.size() * run.height * run.width, 0.0F);
    for (std::size_t i = 0; i < run.size(); ++i) {
        const std::size_t top = i / run.cols * stride, left = i % run.cols / n * stride;
        for (std::size_t r = 0; r < height; ++r)  // what runs over an edge comes in at the opposite one
            for (std::size_t c = 0; c < width; ++c)
                Phi[(i * run.height + (top + r) % run.height) * run.width + (left + c) % run.width] =
                    kernels[(i % n * height + r) * width + c];
    }
    return Phi;
}

/// Also of fields that are not drawn: who reads the file next would stumble over them. throws IoError
void check_fields(const File& file, const RecordedRun& run) {
    const sim::io::Shape expected = shape_of_fields(run);
    for (const char* suffix : {"", "_initial"}) {
        const std::string dataset =
            fmt::format("/network/{}/{}{}", run.population, name_of_fields(run), suffix);
        if (!file.exists(dataset)) continue;
        if (const auto found = file.shape(dataset); found != expected)
            throw sim::IoError(fmt::format("{}: {}: must have shape ({}), has ({})", file.path(), dataset,
                                           fmt::join(expected, ", "), fmt::join(found, ", ")));
    }
}

/// Centres of kernels at their places.
void place_kernels(RecordedRun& run) {
    const auto& [n, height, width, stride] = run.kernels;
    const auto centre = [](std::size_t corner, std::size_t kernel, std::size_t frame) {
        const double at = static_cast<double>(corner) + 0.5 * static_cast<double>(kernel - 1);
        return at < static_cast<double>(frame) ? at : at - static_cast<double>(frame);
    };
    for (std::size_t i = 0; i < run.size(); ++i) {
        run.centre_row[i] = centre(i / run.cols * stride, height, run.height);
        run.centre_col[i] = centre(i % run.cols / n * stride, width, run.width);
    }
}

void read_geometry(const File& file, RecordedRun& run) {
    const std::string group = "/network/" + run.population;
    const auto extent = [&](const char* name) {
        return static_cast<std::size_t>(file.read_attribute<std::uint64_t>(group, name));
    };
    const auto of_frame = [&](const char* name) {  // cells have no fields that would say it
        return file.has_attribute(group, name)
                   ? extent(name)
                   : static_cast<std::size_t>(number_in(run.config, fmt::format("frame.{}", name)));
    };
    run.height = of_frame("height"), run.width = of_frame("width");
    run.kernels = read_kernels(file, group, run.height, run.width);
    if (file.has_attribute(group, "size") && !file.has_attribute(group, "rows")) {  // cells without a sheet
        run.rows = 1, run.cols = extent("size");
    } else {
        run.rows = extent_of_sheet(file, run, "rows");
        run.cols = extent_of_sheet(file, run, "cols") * std::max<std::size_t>(run.kernels.n, 1);
    }
    check_fields(file, run);
    run.kind = text_if_there(file, group, "kind");
    run.sees_of = text_if_there(file, group, "sees_of");
    run.has_channels = file.exists(group + "/channel");
    // Without positions every neuron sees the whole frame.
    run.centre_row.assign(run.size(), 0.5 * (static_cast<double>(run.height) - 1.0));
    run.centre_col.assign(run.size(), 0.5 * (static_cast<double>(run.width) - 1.0));
    if (run.kernels.n > 0) place_kernels(run);
    if (!file.exists(group + "/visual_position")) return;
    const auto position = file.read<double>(group + "/visual_position", {run.size(), 2});
    for (std::size_t i = 0; i < run.size(); ++i)
        run.centre_row[i] = position[2 * i], run.centre_col[i] = position[2 * i + 1];
}

/// Of neurons that have fields of their own; hidden ones, which come last, are left out.
void read_neurons(const File& file, RecordedRun& run) {
    if (run.kernels.n > 0) return;
    const std::string group = "/network/" + run.population,
                      activity = learning_of(run.population) + "/snapshots/activity";
    const auto of_each = [&](auto values) {
        if (values.size() < run.size()) return decltype(values){};
        values.resize(run.size());
        return values;
    };
    run.lambda = of_each(read_if_there<double>(file, group + "/lambda"));
    run.channel = of_each(read_if_there<std::uint32_t>(file, group + "/channel"));
    if (!file.exists(activity) || file.shape(activity).at(0) == 0) return;
    run.activity = of_each(file.read_row<double>(activity, file.shape(activity)[0] - 1, {sim::io::kAny}));
}

std::vector<RecordedSense> read_senses(const File& file, const std::string& population) {
    const std::string group = "/network/" + population + "/senses";
    std::vector<RecordedSense> senses;
    if (!file.exists(group)) return senses;
    for (const std::string& name : file.children(group)) {
        const auto shape = file.shape(group + "/" + name + "/Phi");  // rows, cols, height, width
        if (shape.size() != 4)
            throw sim::IoError(fmt::format("{}: {}/{}/Phi: must have four dimensions, has {}", file.path(),
                                           group, name, shape.size()));
        senses.push_back({name, static_cast<std::size_t>(shape.at(2)), static_cast<std::size_t>(shape.at(3)),
                          static_cast<std::size_t>(
                              file.read_attribute<std::uint64_t>(group + "/" + name, "first_pixel"))});
    }
    std::ranges::sort(senses, {}, &RecordedSense::first_pixel);
    return senses;
}

LearningCurves read_learning(const File& file, const std::string& population) {
    const auto curve = [&](const char* name) {
        return read_if_there<double>(file, learning_of(population) + "/" + name);
    };
    LearningCurves curves{read_if_there<double>(file, "/learning/batch"),
                          curve("energy"),
                          curve("reconstruction_error"),
                          curve("active_fraction"),
                          curve("spikes_per_presentation"),
                          curve("dead_neurons"),
                          curve("neighbourhood_width"),
                          {curve("held_out/batch"), curve("held_out/energy"),
                           curve("held_out/optimal_energy"), curve("held_out/relative_gap")},
                          {}};
    const std::string senses = learning_of(population) + "/senses";
    for (const std::string& name : file.exists(senses) ? file.children(senses) : std::vector<std::string>{})
        curves.sense_errors.emplace_back(name, curve(("senses/" + name + "/reconstruction_error").c_str()));
    // While a run is being written its curves may differ in length by a batch.
    std::size_t n = curves.batch.size();
    std::vector all{&curves.energy,          &curves.reconstruction_error,
                    &curves.active_fraction, &curves.spikes_per_presentation,
                    &curves.dead_neurons,    &curves.neighbourhood_width};
    for (auto& [name, errors] : curves.sense_errors) all.push_back(&errors);
    for (const auto* one : all)
        if (!one->empty()) n = std::min(n, one->size());
    curves.batch.resize(n);
    for (auto* one : all)
        if (!one->empty()) one->resize(n);
    return curves;
}

/// Where a dictionary of some moment stands in the file.
struct Moment {
    std::uint64_t batch;
    std::string dataset;
    std::uint64_t row;
};

std::vector<Moment> moments(const File& file, const RecordedRun& run, std::uint64_t n_batches) {
    const std::string fields = fmt::format("/network/{}/{}", run.population, name_of_fields(run)),
                      group = learning_of(run.population) + "/snapshots",
                      snapshots = fmt::format("{}/{}", group, name_of_fields(run));
    std::vector<Moment> all;
    const auto add = [&](const Moment& moment) {
        if (all.empty() || moment.batch > all.back().batch) all.push_back(moment);
    };
    if (file.exists(fields + "_initial")) add({0, fields + "_initial", 0});
    const auto batch = read_if_there<std::uint64_t>(file, group + "/batch");
    const std::uint64_t n_written = file.exists(snapshots) ? file.shape(snapshots)[0] : 0;
    for (std::size_t i = 0; i < std::min<std::uint64_t>(batch.size(), n_written); ++i)
        add({batch[i], snapshots, i});
    if (file.exists(fields)) add({n_batches, fields, 0});
    return all;
}

/// At most n of them: the first, the last, and those nearest to batches spaced as the squares.
std::vector<Moment> choose(const std::vector<Moment>& all, std::size_t n) {
    if (all.size() <= n) return all;
    std::vector<Moment> chosen;
    std::size_t next = 0;
    for (std::size_t k = 0; k < n; ++k) {
        const double part = static_cast<double>(k) / static_cast<double>(n - 1);
        const double target = part * part * static_cast<double>(all.back().batch);
        const std::size_t last = all.size() - (n - k);  // leaves one for each that is still to be chosen
        while (next < last && static_cast<double>(all[next + 1].batch + all[next].batch) / 2.0 <= target)
            ++next;
        chosen.push_back(all[next++]);
    }
    return chosen;
}

std::vector<float> read_dictionary(const File& file, const RecordedRun& run, const Moment& moment) {
    const sim::io::Shape fields = shape_of_fields(run);
    return moment.dataset.starts_with("/learning/") ? file.read_row<float>(moment.dataset, moment.row, fields)
                                                    : file.read<float>(moment.dataset, fields);
}

/// Neurons of the block of a class, if blocks were taught.
std::size_t taught_block(const std::string& config, const std::string& population) {
    const auto number = [&](const char* key) {
        return number_in(config, fmt::format("{}.teaching.{}", block_of(population), key));
    };
    return number("current") > 0.0 || number("inhibition") > 0.0 ? static_cast<std::size_t>(number("block"))
                                                                 : 0;
}

/// Reads the spikes [first, last) and the code of recorded presentation `row`.
Presentation read_presentation(const File& file, const std::string& group, const std::string& population,
                               std::size_t n_neurons, std::size_t row, std::uint64_t number, bool held_out,
                               sim::Time duration, const std::vector<sim::Time>& times, std::size_t first,
                               std::size_t last) {
    Presentation p{number,
                   held_out,
                   duration,
                   file.exists(group + "/energy") ? file.read_row<double>(group + "/energy", row, {}).at(0)
                                                  : std::numeric_limits<double>::quiet_NaN(),
                   read_code(file, population, row, n_neurons),
                   {},
                   {}};
    for (std::size_t i = first; i < last; ++i)
        p.time.push_back(times[i] - static_cast<double>(number) * duration);
    for (const auto id :
         file.read_rows<std::uint64_t>("/spikes/" + population + "/node_ids", first, last - first)) {
        if (id >= n_neurons)
            throw sim::IoError(fmt::format("{}: /spikes/{}/node_ids: must be below {}, is {}", file.path(),
                                           population, n_neurons, id));
        p.neuron.push_back(static_cast<std::size_t>(id));
    }
    return p;
}

std::optional<Presentation> find_presentation(const File& file, const std::string& group,
                                              const std::string& population, std::size_t n_neurons,
                                              sim::Time T) {
    const auto number = read_if_there<std::uint64_t>(file, "/presentations/number");
    const auto set = read_if_there<std::uint8_t>(file, "/presentations/set");
    const auto times = read_if_there<double>(file, "/spikes/" + population + "/timestamps");
    if (number.empty() || set.size() < number.size() || times.empty() || !(T > 0.0)) return std::nullopt;
    for (const bool held_out : {true, false}) {
        for (std::size_t row = number.size(); row-- > 0;) {
            if ((set[row] == 1) != held_out) continue;
            const double start = static_cast<double>(number[row]) * T;
            const auto first = std::lower_bound(times.begin(), times.end(), start) - times.begin();
            const auto last = std::lower_bound(times.begin(), times.end(), start + T) - times.begin();
            if (first < last)
                return read_presentation(file, group, population, n_neurons, row, number[row], held_out, T,
                                         times, static_cast<std::size_t>(first),
                                         static_cast<std::size_t>(last));
        }
    }
    return std::nullopt;
}

}  // namespace

std::string read_config(const File& file) {
    if (!file.exists("/provenance/config")) return "";
    const auto lines = file.read<std::string>("/provenance/config", {});
    return lines.empty() ? "" : lines.front();
}

std::vector<std::pair<std::string, std::string>> read_provenance(const File& file) {
    std::vector<std::pair<std::string, std::string>> all;
    if (!file.exists("/provenance")) return all;
    for (const char* name : {"stimulus", "version", "git_hash", "hdf5_version", "host", "started"})
        if (file.has_attribute("/provenance", name))
            all.emplace_back(name, text_if_there(file, "/provenance", name));
    if (file.has_attribute("/provenance", "seed"))
        all.emplace_back("seed",
                         fmt::format("{}", file.read_attribute<std::uint64_t>("/provenance", "seed")));
    if (file.has_attribute("/provenance", "wall_time_s"))
        all.emplace_back("wall_time_s",
                         fmt::format("{:.1f}", file.read_attribute<double>("/provenance", "wall_time_s")));
    return all;
}

std::string RecordedRun::provenance_of(const std::string& attribute) const {
    for (const auto& [name, value] : provenance)
        if (name == attribute) return value;
    return "";
}

RecordedRun read_run(const std::string& path, const std::string& population, std::size_t n_snapshots) {
    const File file = sim::io::open_striate_file(path, "network");
    RecordedRun run;
    run.path = path;
    run.config = read_config(file);
    run.provenance = read_provenance(file);
    run.population = population.empty() ? find_population(file) : population;
    read_geometry(file, run);
    read_neurons(file, run);
    run.senses = read_senses(file, run.population);
    run.learning = read_learning(file, run.population);
    const std::uint64_t n_batches = run.learning.batch.size();
    const auto all = moments(file, run, n_batches);
    for (const Moment& moment : choose(all, n_snapshots))
        run.snapshots.push_back({moment.batch, read_dictionary(file, run, moment)});
    if (!run.snapshots.empty())
        run.Phi = run.kernels.n > 0 ? in_frame(run, run.snapshots.back().Phi) : run.snapshots.back().Phi;
    run.block = taught_block(run.config, run.population);
    run.presentation = find_presentation(file, presentations_of(run.population), run.population, run.size(),
                                         number_in(run.config, "presentation.T"));
    return run;
}

}  // namespace analysis
