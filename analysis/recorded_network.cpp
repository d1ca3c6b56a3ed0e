#include "analysis/recorded_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/config_text.hpp"
#include "analysis/recorded_run.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using sim::io::File;
using Times = std::vector<double>;

constexpr double kLongest = 1000.0;  // of a window of a circuit [ms]

std::string spikes_of(const std::string& population) { return "/spikes/" + population; }

std::vector<std::string> children(const File& file, const std::string& group) {
    return file.exists(group) ? file.children(group) : std::vector<std::string>{};
}

std::string text(const File& file, const std::string& object, const char* name) {
    return file.has_attribute(object, name) ? file.read_attribute<std::string>(object, name) : "";
}

/// In the order of the config; the file has them by name.
std::vector<std::string> names_of_populations(const File& file, const std::string& config) {
    std::vector<std::string> names = children(file, "/network");
    const auto known = names_in(config, "populations");
    std::ranges::stable_sort(names, {},
                             [&](const std::string& name) { return std::ranges::find(known, name); });
    return names;
}

std::pair<std::size_t, std::size_t> rows_in(const Times& times, const Window& window) {
    const auto first = std::ranges::lower_bound(times, window.start),
               last = std::ranges::lower_bound(times, window.stop);
    return {static_cast<std::size_t>(first - times.begin()), static_cast<std::size_t>(last - times.begin())};
}

std::size_t n_spikes_in(const std::map<std::string, Times>& times, const Window& window) {
    std::size_t n = 0;
    for (const auto& [name, all] : times) {
        const auto [first, last] = rows_in(all, window);
        n += last - first;
    }
    return n;
}

/// As long a part of `whole` as has no more spikes than there may be, 1, 2 or 5 times a power of ten [ms].
Window shortened(const std::map<std::string, Times>& times, Window whole, double longest, bool at_end,
                 std::size_t n_most_spikes) {
    constexpr double kShortest = 1.0;
    const auto part = [&](double length) {
        return at_end ? Window{whole.stop - length, whole.stop} : Window{whole.start, whole.start + length};
    };
    if (whole.length() <= longest && n_spikes_in(times, whole) <= n_most_spikes) return whole;
    double decade = std::pow(10.0, std::floor(std::log10(std::min(longest, whole.length()))));
    for (; decade > kShortest; decade /= 10.0)
        for (const double step : {5.0, 2.0, 1.0}) {
            const double length = step * decade;
            if (length > std::min(longest, whole.length())) continue;
            if (n_spikes_in(times, part(length)) <= n_most_spikes) return part(length);
        }
    return part(std::min(kShortest, whole.length()));
}

/// The last presentation with spikes, else the last.
void choose_presentation(const std::map<std::string, Times>& times, std::size_t n_most_spikes,
                         RecordedNetwork& network) {
    for (std::size_t k = network.number.size(); k-- > 0;) {
        const double start = network.number[k] * network.T;
        network.window = {start, start + network.T};
        network.presentation = static_cast<std::uint64_t>(network.number[k]);
        if (n_spikes_in(times, network.window) > 0) break;
    }
    network.window = shortened(times, network.window, network.T, false, n_most_spikes);
}

/// A circuit that is still being written has come as far as its last spike.
void choose_end(const File& file, const std::map<std::string, Times>& times, std::size_t n_most_spikes,
                RecordedNetwork& network) {
    double end = network.duration;
    if (!file.has_attribute("/provenance", "wall_time_s")) {
        end = 0.0;
        for (const auto& [name, all] : times)
            if (!all.empty()) end = std::max(end, all.back());
    }
    network.window = shortened(times, {0.0, end}, kLongest, true, n_most_spikes);
}

void read_spikes(const File& file, const Times& times, const RecordedNetwork& network,
                 RecordedPopulation& one) {
    one.has_spikes = true;
    one.n_spikes = times.size();
    const auto [first, last] = rows_in(times, network.window);
    one.time.assign(times.begin() + static_cast<std::ptrdiff_t>(first),
                    times.begin() + static_cast<std::ptrdiff_t>(last));
    const std::string ids = spikes_of(one.name) + "/node_ids";
    for (const std::uint64_t id : file.read_rows<std::uint64_t>(ids, first, last - first)) {
        if (id >= one.size)
            throw sim::IoError(
                fmt::format("{}: {}: must be below {}, is {}", file.path(), ids, one.size, id));
        one.neuron.push_back(id);
    }
    for (const double number : network.number) {
        const auto [begin, end] = rows_in(times, {number * network.T, (number + 1.0) * network.T});
        one.per_presentation.push_back(static_cast<double>(end - begin));
    }
}

/// Of each neuron, or kernels that all places share.
bool has_fields(const File& file, const std::string& population) {
    const std::string group = "/network/" + population;
    return file.exists(group + "/Phi_initial") || file.exists(group + "/kernels_initial");
}

RecordedPopulation read_population(const File& file, const std::string& name,
                                   const std::map<std::string, Times>& times, RecordedNetwork& network) {
    const std::string group = "/network/" + name, rate = fmt::format("/rates/{}/rate", name);
    RecordedPopulation one;
    one.name = name;
    one.kind = text(file, group, "kind");
    one.size = static_cast<std::size_t>(file.read_attribute<std::uint64_t>(group, "size"));
    const auto extent = [&](const char* side) {
        return file.has_attribute(group, side)
                   ? static_cast<std::size_t>(file.read_attribute<std::uint64_t>(group, side))
                   : std::size_t{0};
    };
    one.rows = extent("rows"), one.cols = extent("cols");
    one.sees_of = text(file, group, "sees_of");
    one.has_fields = has_fields(file, name);
    if (const auto found = times.find(name); found != times.end())
        read_spikes(file, found->second, network, one);
    if (!file.exists(rate)) return one;
    one.rate = file.read<double>(rate, {sim::io::kAny});
    network.rate_bin = file.read_attribute<double>(rate, "bin_width");
    return one;
}

/// Rows of a record that lie in the window: of a network those of the presentation, which follow one another.
RecordedState read_state(const File& file, const std::string& name, const RecordedNetwork& network) {
    const std::string group = "/report/" + name, data = group + "/data";
    RecordedState state;
    state.name = name;
    state.population = text(file, group, "population");
    state.variable = text(file, group, "variable");
    state.unit = text(file, data, "units");
    state.neuron = file.read<std::uint64_t>(group + "/mapping/node_ids", {sim::io::kAny});
    const auto time = file.read<double>(group + "/mapping/time", {3});
    const sim::io::Shape shape = file.shape(data);
    if (shape.size() != 2 || shape[1] != state.neuron.size())
        throw sim::IoError(fmt::format("{}: {}: must have a column for each of {} neurons", file.path(), data,
                                       state.neuron.size()));
    if (!(time[2] > 0.0))
        throw sim::IoError(fmt::format("{}: {}/mapping/time: must have a step above 0", file.path(), group));
    state.step = time[2];
    double origin = time[0];  // time of the first row that is read, were all of the record there
    std::uint64_t row = 0, end = shape[0];
    if (network.is_shown) {
        const auto at = std::ranges::find(network.number, static_cast<double>(network.presentation));
        const auto of_each = static_cast<std::uint64_t>(std::llround(network.T / state.step));
        row = std::min(end, of_each * static_cast<std::uint64_t>(at - network.number.begin()));
        end = std::min(end, row + of_each);
        origin = static_cast<double>(network.presentation) * network.T;
    } else if (network.window.start > origin) {
        row = std::min(end,
                       static_cast<std::uint64_t>(std::ceil((network.window.start - origin) / state.step)));
        origin += static_cast<double>(row) * state.step;
    }
    const double n_more = std::ceil((network.window.stop - origin) / state.step);
    const std::uint64_t n = std::min(end - row, static_cast<std::uint64_t>(std::max(n_more, 0.0)));
    state.first = origin;
    state.data = file.read_rows<float>(data, row, n);
    return state;
}

std::vector<RecordedWeights> read_weights(const File& file) {
    std::vector<RecordedWeights> all;
    for (const std::string& projection : children(file, "/projections"))
        for (const std::string& to : children(file, "/projections/" + projection)) {
            const std::string group = fmt::format("/projections/{}/{}", projection, to);
            const auto weight = file.read<double>(group + "/weight", {sim::io::kAny});
            const sim::io::Shape of_each{weight.size()};
            all.push_back({projection, text(file, group, "from"), to, text(file, group + "/weight", "units"),
                           weight, file.read<double>(group + "/delay", of_each),
                           file.read<std::uint32_t>(group + "/source", of_each),
                           file.read<std::uint32_t>(group + "/target", of_each)});
        }
    return all;
}

}  // namespace

bool is_of_one_sheet(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "network");
    const auto names = children(file, "/network");
    return names.size() == 1 && file.exists("/presentations") && has_fields(file, names.front());
}

RecordedNetwork read_network(const std::string& path, std::size_t n_most_spikes) {
    const File file = sim::io::open_striate_file(path, "network");
    RecordedNetwork network;
    network.path = path;
    network.config = read_config(file);
    network.provenance = read_provenance(file);
    network.is_shown = file.exists("/presentations");
    std::map<std::string, Times> times;
    for (const std::string& name : children(file, "/spikes"))
        times[name] = file.read<double>(spikes_of(name) + "/timestamps", {sim::io::kAny});
    if (network.is_shown) {
        network.T = file.read_attribute<double>("/presentations", "T");
        network.number = file.read<double>("/presentations/number", {sim::io::kAny});
        network.duration = network.T * static_cast<double>(network.number.size());
        choose_presentation(times, n_most_spikes, network);
    } else {
        network.duration = file.read_attribute<double>("/provenance", "duration");
        choose_end(file, times, n_most_spikes, network);
    }
    for (const std::string& name : names_of_populations(file, network.config))
        network.populations.push_back(read_population(file, name, times, network));
    for (const std::string& name : children(file, "/report"))
        network.states.push_back(read_state(file, name, network));
    network.weights = read_weights(file);
    return network;
}

}  // namespace analysis
