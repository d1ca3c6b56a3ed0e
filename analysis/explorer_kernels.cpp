#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>

#include "analysis/explorer.hpp"
#include "analysis/recorded_codes.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using Json = PageArrays::Json;
using sim::io::File;

constexpr std::size_t kMostPhotographs = 8;
constexpr std::size_t kMostActive = 30'000;  // of a photograph

/// Numbers of all presentations; empty where the file has none.
std::vector<double> measure_of(const File& file, const std::string& dataset) {
    return file.exists(dataset) ? file.read<double>(dataset, {sim::io::kAny}) : std::vector<double>{};
}

/// The most active of a code: kernel, place and activity.
Json active_json(const ActiveCode& code, const RecordedRun& run, PageArrays& arrays) {
    std::vector<std::size_t> order(code.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    const std::size_t n = std::min(order.size(), kMostActive);
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(n), std::greater<>(),
                              [&](std::size_t k) { return std::abs(code.value[k]); });
    std::vector<std::uint32_t> kernel, place;
    std::vector<float> value;
    for (std::size_t k = 0; k < n; ++k) {
        const std::size_t neuron = code.neuron[order[k]];
        kernel.push_back(static_cast<std::uint32_t>(neuron % run.kernels.n));
        place.push_back(static_cast<std::uint32_t>(neuron / run.kernels.n));
        value.push_back(code.value[order[k]]);
    }
    return {{"n", code.size()},
            {"kernel", arrays.add(kernel)},
            {"place", arrays.add(place)},
            {"value", arrays.add(value)}};
}

/// Photographs with what is active of them, the first few.
Json photographs_json(const File& file, const RecordedRun& run, PageArrays& arrays) {
    const std::string frames = "/presentations/frames";
    Json all = Json::array();
    if (!file.exists("/presentations/" + run.population + "/active/count")) return all;
    const auto codes = read_active_codes(file, run.population, run.size());
    for (std::size_t row = 0; row < std::min(codes.size(), kMostPhotographs); ++row) {
        Json one{{"active", active_json(codes[row], run, arrays)}};
        if (file.exists(frames))
            one["frame"] = arrays.add_bytes(file.read_row<float>(frames, row, {run.height, run.width}),
                                            {1, run.height, run.width});
        all.push_back(one);
    }
    return all;
}

}  // namespace

void explore_kernels(const RecordedRun& run, PageData& page) {
    if (run.snapshots.empty()) return;
    const auto& [n, height, width, stride] = run.kernels;
    const File file = sim::io::open_striate_file(run.path, "network");
    const std::string group = "/presentations/" + run.population;
    Json json{{"name", std::filesystem::path(run.path).filename().string()},
              {"population", run.population},
              {"n", n},
              {"stride", stride},
              {"rows", run.rows},
              {"cols", run.cols / n},
              {"height", run.height},
              {"width", run.width},
              {"psnr", measure_of(file, group + "/psnr")},
              {"sparseness", measure_of(file, group + "/sparseness")},
              {"energy", measure_of(file, group + "/energy")}};
    json["kernels"] = page.first.add_bytes(run.snapshots.back().Phi, {n, height, width});
    if (run.snapshots.size() > 1)
        json["initial"] = page.first.add_bytes(run.snapshots.front().Phi, {n, height, width});
    json["photographs"] = photographs_json(file, run, page.details);
    page.json["kernels"].push_back(json);
}

}  // namespace analysis
