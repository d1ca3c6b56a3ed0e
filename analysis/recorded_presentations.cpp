#include "analysis/recorded_presentations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/recorded_codes.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using sim::io::File;

/// Rows of /presentations that are wanted.
std::vector<std::size_t> wanted_rows(const std::vector<std::uint8_t>& set, std::size_t n_most) {
    std::vector<std::size_t> rows;
    for (const bool held_out : {true, false}) {
        for (std::size_t row = 0; row < set.size() && rows.size() < n_most; ++row)
            if ((set[row] == 1) == held_out) rows.push_back(row);
        if (!rows.empty()) return rows;
    }
    return rows;
}

/// Spikes of one presentation; false where there are more than there may be.
bool add_spikes(const File& file, const RecordedRun& run, const std::vector<double>& times, double start,
                std::size_t n_most_spikes, RecordedPresentations& all) {
    const auto first = std::ranges::lower_bound(times, start),
               last = std::ranges::lower_bound(times, start + all.T);
    const auto n = static_cast<std::size_t>(last - first);
    if (all.size() > 1 && all.time.size() + n > n_most_spikes) return false;
    for (auto t = first; t != last; ++t) all.time.push_back(static_cast<float>(*t - start));
    const std::string ids = "/spikes/" + run.population + "/node_ids";
    if (n > 0)
        for (const auto id :
             file.read_rows<std::uint64_t>(ids, static_cast<std::uint64_t>(first - times.begin()), n)) {
            if (id >= run.size())
                throw sim::IoError(
                    fmt::format("{}: {}: must be below {}, is {}", file.path(), ids, run.size(), id));
            all.neuron.push_back(static_cast<std::uint32_t>(id));
        }
    all.first.push_back(static_cast<std::uint32_t>(all.time.size()));
    return true;
}

void add_measures(const File& file, const std::string& group, std::size_t row, RecordedPresentations& all) {
    const auto add = [&](const char* name, std::vector<double>& values) {
        const std::string dataset = group + "/" + name;
        if (file.exists(dataset)) values.push_back(file.read_row<double>(dataset, row, {}).at(0));
    };
    add("energy", all.energy);
    add("psnr", all.psnr);
    add("sparseness", all.sparseness);
}

}  // namespace

RecordedPresentations read_presentations(const RecordedRun& run, std::size_t n_most,
                                         std::size_t n_most_spikes) {
    const File file = sim::io::open_striate_file(run.path, "network");
    RecordedPresentations all;
    if (!file.exists("/presentations/number") || !file.exists("/presentations/set")) return all;
    const auto number = file.read<std::uint64_t>("/presentations/number", {sim::io::kAny});
    auto set = file.read<std::uint8_t>("/presentations/set", {sim::io::kAny});
    set.resize(std::min(set.size(), number.size()));
    all.T = file.read_attribute<double>("/presentations", "T");
    if (file.has_attribute("/presentations", "T0"))
        all.T0 = file.read_attribute<double>("/presentations", "T0");
    const std::string spikes = "/spikes/" + run.population + "/timestamps",
                      group = "/presentations/" + run.population, frames = "/presentations/frames";
    const auto times =
        file.exists(spikes) ? file.read<double>(spikes, {sim::io::kAny}) : std::vector<double>{};
    all.first.push_back(0);
    for (const std::size_t row : wanted_rows(set, n_most)) {
        all.number.push_back(number[row]);
        if (!add_spikes(file, run, times, static_cast<double>(number[row]) * all.T, n_most_spikes, all)) {
            all.number.pop_back();
            break;
        }
        all.held_out.push_back(set[row]);
        add_measures(file, group, row, all);
        const auto code = read_code(file, run.population, row, run.size());
        all.codes.insert(all.codes.end(), code.begin(), code.end());
        if (!run.sees_of.empty() || !file.exists(frames)) continue;
        const auto frame = file.read_row<float>(frames, row, {run.height, run.width});
        all.frames.insert(all.frames.end(), frame.begin(), frame.end());
    }
    return all;
}

}  // namespace analysis
