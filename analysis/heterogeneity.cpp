#include "analysis/heterogeneity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

constexpr std::uint64_t kBootstrapSeed = 1;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const PublishedScenario kPublished[] = {
    {"heterogeneous",
     {33.30, 32.03, 28.70, 25.93, 23.74, 22.12},
     {0.99404, 0.99567, 0.99659, 0.99722, 0.99769, 0.99804}},
    {"homogeneous",
     {35.34, 32.87, 28.28, 24.76, 22.29, 20.34},
     {0.98757, 0.99072, 0.99240, 0.99357, 0.99454, 0.99533}},
    {"heterogeneous, learned",
     {47.68, 39.96, 33.33, 29.40, 26.82, 25.05},
     {0.99403, 0.99717, 0.99823, 0.99885, 0.99923, 0.99948}},
    {"homogeneous, learned",
     {47.49, 39.82, 33.16, 29.28, 26.69, 24.89},
     {kNone, kNone, kNone, kNone, kNone, kNone}},
};

using sim::io::File;

using sim::io::kAny;

std::vector<std::vector<double>> rows_of(const File& file, const std::string& dataset, std::size_t n_rows,
                                         std::size_t cols) {
    const auto values = file.read<double>(dataset, {n_rows, cols});
    std::vector<std::vector<double>> rows;
    for (auto at = values.begin(); at != values.end(); at += static_cast<std::ptrdiff_t>(cols))
        rows.emplace_back(at, at + static_cast<std::ptrdiff_t>(cols));
    return rows;
}

Cuts cuts_of(const File& file, const std::string& group, std::size_t n) {
    auto cut = file.read<double>(group + "/cut", {kAny});
    const std::size_t cols = cut.size();
    return {std::move(cut), rows_of(file, group + "/psnr", n, cols),
            rows_of(file, group + "/sparseness", n, cols)};
}

Course course_of(const File& file, std::size_t n) {
    const std::string group = "/measures/course";
    if (!file.exists(group)) return {};
    auto t = file.read<double>(group + "/t", {kAny});
    const auto rows = [&, cols = t.size()](const char* name) { return rows_of(file, group + name, n, cols); };
    return {std::move(t), rows("/psnr"), rows("/sparseness"), rows("/spikes"), rows("/synaptic_events")};
}

Orientations patches_of(const File& file) {
    auto theta = file.read<double>("/images/patches/theta", {kAny});
    const sim::io::Shape shape{theta.size()};
    return {std::move(theta), file.read<double>("/images/patches/bandwidth", shape),
            file.read<double>("/images/patches/power", shape)};
}

std::vector<double> summed_over_photographs(const File& file, const std::string& dataset, std::size_t n,
                                            std::size_t n_kernels) {
    std::vector<double> sum(n_kernels, 0.0);
    for (const auto& row : rows_of(file, dataset, n, n_kernels))
        std::ranges::transform(sum, row, sum.begin(), std::plus{});
    return sum;
}

}  // namespace

CodedPhotographs read_coded_photographs(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "convolution");
    const auto kernels = file.read<float>("/kernels/values", {kAny, kAny, kAny});
    const auto shape = file.shape("/kernels/values"), image_shape = file.shape("/images/pixels");
    if (image_shape.size() != 3)
        throw sim::IoError(fmt::format("{}: /images/pixels: must have shape (any, any, any), has ({})", path,
                                       fmt::join(image_shape, ", ")));
    const auto psnr = file.read<double>("/measures/psnr", {kAny});
    const std::size_t n = psnr.size();
    return {
        std::filesystem::path(path).stem().string(),
        file.read_attribute<std::string>("/", "scenario"),
        file.read_attribute<std::string>("/images", "names"),
        psnr,
        file.read<double>("/measures/sparseness", {n}),
        file.read<double>("/measures/energy", {n}),
        cuts_of(file, "/measures/absolute", n),
        cuts_of(file, "/measures/norm_matched", n),
        cuts_of(file, "/measures/quantile_matched", n),
        shape[0],
        shape[1],
        shape[2],
        kernels,
        {file.read<double>("/kernels/theta", {shape[0]}), file.read<double>("/kernels/bandwidth", {shape[0]}),
         summed_over_photographs(file, "/measures/contrast", n, shape[0])},
        patches_of(file),
        file.read<double>("/learning/energy", {kAny}),
        course_of(file, n),
        image_shape[1] * image_shape[2]};
}

Interval median_interval(std::span<const double> values) {
    return bootstrap(  // a photograph of one grey has no PSNR
        finite(values), [](const Distribution& sample) { return sample.median(); }, kBootstrapSeed);
}

Interval paired_difference(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size())
        throw sim::Error(fmt::format("Runs of {} and of {} photographs cannot be compared one by one.",
                                     a.size(), b.size()));
    std::vector<double> differences(a.size());
    std::ranges::transform(a, b, differences.begin(), std::minus{});
    return median_interval(differences);
}

std::vector<double> at_cut(const std::vector<std::vector<double>>& values, std::size_t at) {
    std::vector<double> column;
    for (const auto& row : values) column.push_back(row.at(at));
    return column;
}

const PublishedScenario* published(const std::string& scenario) {
    const auto found =
        std::ranges::find_if(kPublished, [&](const PublishedScenario& p) { return p.scenario == scenario; });
    return found == std::end(kPublished) ? nullptr : &*found;
}

}  // namespace analysis
