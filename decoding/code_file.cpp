#include "decoding/code_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace decoding {
namespace {

using sim::io::File;
using sim::io::Shape;

void write_set(File& file, const std::string& group, const CodeSet& set,
               const std::vector<std::string>& columns) {
    file.write(group + "/codes", std::span<const float>(set.a), {set.n, set.size},
               {"1", "code a of each frame"});
    file.write(group + "/labels", set.label, {"1", "class of each frame, from 0; -1 where it has none"});
    file.write(group + "/spikes", set.spikes,
               {"1", "spikes fired while the frame was shown; 0 where codes are made without"});
    if (!set.frame.empty()) file.write(group + "/frame", set.frame, {"1", "index of each frame in its set"});
    if (set.shown.empty()) return;
    file.write(group + "/shown", std::span<const double>(set.shown), {set.n, columns.size()},
               {"1", "what was shown; names of the columns in the attribute `columns`"});
    file.write_attribute(group + "/shown", "columns", columns);
}

void write_text(File& file, const std::string& dataset, const std::string& text,
                const std::string& description) {
    file.write(dataset, std::span<const std::string>(&text, 1), {}, {"1", description});
}

/// Values of each frame of a set.
template <class T>
std::vector<T> read_column(const File& file, const std::string& dataset, std::size_t n) {
    return file.read<T>(dataset, {n});
}

CodeSet read_set(const File& file, const std::string& group) {
    const std::string codes = group + "/codes";
    const Shape shape = file.shape(codes);
    if (shape.size() != 2)
        throw sim::IoError(fmt::format("{}: {}: must have two dimensions, frames and neurons, has ({})",
                                       file.path(), codes, fmt::join(shape, ", ")));
    CodeSet set{shape[0], shape[1], file.read<float>(codes, shape),
                read_column<std::int32_t>(file, group + "/labels", shape[0]),
                read_column<std::uint32_t>(file, group + "/spikes", shape[0])};
    if (file.exists(group + "/frame"))
        set.frame = read_column<std::uint64_t>(file, group + "/frame", shape[0]);
    if (!std::ranges::all_of(set.a, [](float a) { return std::isfinite(a); }))
        throw sim::IoError(fmt::format("{}: {}: must be finite", file.path(), codes));
    return set;
}

}  // namespace

double mean_spikes(const CodeSet& set) {
    return std::accumulate(set.spikes.begin(), set.spikes.end(), 0.0) / static_cast<double>(set.n);
}

double active_fraction(const CodeSet& set) {
    const auto n_active = std::ranges::count_if(set.a, [](float a) { return a != 0.0F; });
    return static_cast<double>(n_active) / static_cast<double>(set.a.size());
}

void write(File& file, const Codes& codes) {
    sim::io::mark_striate_file(file, "codes");
    write_set(file, "/training", codes.training, codes.columns);
    write_set(file, "/held_out", codes.held_out, codes.columns);
    write_text(file, "/provenance/run", codes.source, "path of the run whose network made the codes");
    write_text(file, "/provenance/config", codes.config, "the config as resolved, all defaults in, YAML");
    write_text(file, "/provenance/run_config", codes.run_config,
               "that of the run, under which its network learned");
    file.write_attribute("/provenance", "population", codes.population);
    file.write_attribute("/provenance", "maker", codes.maker);
    file.write_attribute("/provenance", "seed", codes.seed);
}

Codes read_codes(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "codes");
    Codes codes;
    codes.source = file.read<std::string>("/provenance/run", {}).at(0);
    codes.config = file.read<std::string>("/provenance/config", {}).at(0);
    if (file.exists("/provenance/run_config"))
        codes.run_config = file.read<std::string>("/provenance/run_config", {}).at(0);
    if (file.has_attribute("/provenance", "population"))
        codes.population = file.read_attribute<std::string>("/provenance", "population");
    codes.maker = file.read_attribute<std::string>("/provenance", "maker");
    codes.seed = file.read_attribute<std::uint64_t>("/provenance", "seed");
    codes.training = read_set(file, "/training");
    codes.held_out = read_set(file, "/held_out");
    if (codes.training.size != codes.held_out.size)
        throw sim::IoError(
            fmt::format("{}: /held_out/codes: must be of the {} neurons of /training/codes, is of {}", path,
                        codes.training.size, codes.held_out.size));
    return codes;
}

}  // namespace decoding
