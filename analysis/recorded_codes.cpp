#include "analysis/recorded_codes.hpp"

#include <fmt/format.h>

#include <numeric>

#include "sim/error.hpp"

namespace analysis {
namespace {

using sim::io::File;

std::string active_of(const std::string& population) { return "/presentations/" + population + "/active/"; }

std::vector<std::uint64_t> read_counts(const File& file, const std::string& group) {
    return file.read<std::uint64_t>(group + "count", {sim::io::kAny});
}

ActiveCode read_rows(const File& file, const std::string& group, std::uint64_t first, std::uint64_t n,
                     std::size_t n_neurons) {
    ActiveCode code{file.read_rows<std::uint64_t>(group + "neuron", first, n),
                    file.read_rows<float>(group + "value", first, n)};
    for (std::size_t k = 0; k < code.size(); ++k)
        if (code.neuron[k] >= n_neurons || (k > 0 && code.neuron[k] <= code.neuron[k - 1]))
            throw sim::IoError(
                fmt::format("{}: {}neuron: must be below {} and ascend within a presentation, has {}",
                            file.path(), group, n_neurons, code.neuron[k]));
    return code;
}

}  // namespace

std::vector<ActiveCode> read_active_codes(const File& file, const std::string& population,
                                          std::size_t n_neurons) {
    const std::string group = active_of(population);
    std::vector<ActiveCode> codes;
    std::uint64_t first = 0;
    for (const std::uint64_t n : read_counts(file, group)) {
        codes.push_back(read_rows(file, group, first, n, n_neurons));
        first += n;
    }
    return codes;
}

std::vector<float> read_code(const File& file, const std::string& population, std::size_t row,
                             std::size_t n_neurons) {
    const std::string whole = "/presentations/" + population + "/codes", group = active_of(population);
    if (file.exists(whole)) return file.read_row<float>(whole, row, {n_neurons});
    if (!file.exists(group + "count")) return {};
    const auto counts = read_counts(file, group);
    if (row >= counts.size())
        throw sim::IoError(fmt::format("{}: {}count: must be there of presentation {}, ends before",
                                       file.path(), group, row));
    const auto end = counts.begin() + static_cast<std::ptrdiff_t>(row);
    const ActiveCode active = read_rows(file, group, std::accumulate(counts.begin(), end, std::uint64_t{0}),
                                        counts[row], n_neurons);
    std::vector<float> code(n_neurons, 0.0F);
    for (std::size_t k = 0; k < active.size(); ++k) code[active.neuron[k]] = active.value[k];
    return code;
}

}  // namespace analysis
