#include "analysis/heterogeneity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <numbers>
#include <numeric>

#include "analysis/config_text.hpp"
#include "analysis/orientation.hpp"
#include "analysis/recorded_run.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/parallel.hpp"

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

using sim::io::File, sim::io::kAny;

/// Six cut-offs from 0.001 to 0.5, as Ladret, Casanova & Perrinet (2024) have them.
const std::vector<double> kCutOffs = {0.001, 0.1008, 0.2006, 0.3004, 0.4002, 0.5};
/// Parts of the active coefficients that are cut.
const std::vector<double> kCutParts = {0.0, 0.1, 0.25, 0.5, 0.75, 0.9};
/// Parts of a presentation after which its course is known.
constexpr std::array kCourse = {0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0};

/// The only population whose places share kernels.
std::string population_of(const File& file) {
    std::vector<std::string> found;
    for (const std::string& name : file.children("/network"))
        if (file.exists("/network/" + name + "/kernels")) found.push_back(name);
    if (found.size() != 1)
        throw sim::IoError(
            fmt::format("{}: must be a finished run of one population whose places share kernels, has {}",
                        file.path(), found.size()));
    if (file.has_attribute("/network/" + found.front(), "sees_of"))
        throw sim::IoError(fmt::format("{}: /network/{}: must see frames, sees another population",
                                       file.path(), found.front()));
    return found.front();
}

PlacedKernels read_placed(const File& file, const std::string& population) {
    const std::string group = "/network/" + population, dataset = group + "/kernels";
    const auto extent = [&](const char* name) {
        return static_cast<std::size_t>(file.read_attribute<std::uint64_t>(group, name));
    };
    const auto shape = file.shape(dataset);
    if (shape.size() != 3)
        throw sim::IoError(
            fmt::format("{}: {}: must have three dimensions, has {}", file.path(), dataset, shape.size()));
    PlacedKernels placed{{shape[0], shape[1], shape[2], file.read<float>(dataset, shape)},
                         file.read<double>(group + "/Q_diagonal", {shape[0]}),
                         {extent("rows"), extent("cols"), extent("stride"), sim::Border::valid},
                         extent("height"),
                         extent("width")};
    for (double& norm : placed.norm) norm = std::sqrt(norm);
    const auto fits = [&](std::size_t places, std::size_t kernel, std::size_t frame) {
        return kernel > 0 && kernel <= frame && places > 0 && (places - 1) * placed.places.stride < frame;
    };
    if (!fits(placed.places.rows, shape[1], placed.rows) || !fits(placed.places.cols, shape[2], placed.cols))
        throw sim::IoError(fmt::format("{}: {}: must lie within the frame, does not", file.path(), dataset));
    return placed;
}

/// Those of the recorded presentations that showed held-out frames.
std::vector<std::size_t> held_out_rows(const File& file) {
    std::vector<std::size_t> rows;
    const auto set = file.read<std::uint8_t>("/presentations/set", {kAny});
    for (std::size_t row = 0; row < set.size(); ++row)
        if (set[row] == 1) rows.push_back(row);
    if (rows.empty())
        throw sim::IoError(fmt::format("{}: must have recorded held-out frames, has none", file.path()));
    return rows;
}

template <class T>
std::vector<T> chosen(const std::vector<T>& all, const std::vector<std::size_t>& rows) {
    std::vector<T> some;
    for (const std::size_t row : rows) some.push_back(all.at(row));
    return some;
}

std::vector<float> read_frames(const File& file, const PlacedKernels& placed,
                               const std::vector<std::size_t>& rows) {
    const std::string dataset = "/presentations/frames";
    if (!file.exists(dataset))
        throw sim::IoError(fmt::format("{}: {}: must be there, is not: run it with record.frames: true",
                                       file.path(), dataset));
    std::vector<float> frames;
    for (const std::size_t row : rows) {
        const auto frame = file.read_row<float>(dataset, row, {placed.rows, placed.cols});
        frames.insert(frames.end(), frame.begin(), frame.end());
    }
    return frames;
}

std::span<const float> frame_of(const CodedPhotographs& run, std::size_t photograph) {
    return std::span(run.frames).subspan(photograph * run.n_pixels(), run.n_pixels());
}

void append(Cuts& cuts, const std::vector<Quality>& qualities) {
    cuts.psnr.emplace_back(), cuts.sparseness.emplace_back();
    for (const Quality& quality : qualities) {
        cuts.psnr.back().push_back(quality.psnr);
        cuts.sparseness.back().push_back(quality.sparseness);
    }
}

/// Orientations of patches of one size.
class Oriented {
  public:
    Oriented(std::size_t height, std::size_t width) : meter_(height, width) {}

    void add(std::span<const float> patch) {
        const Orientation orientation = meter_(patch);
        all.theta.push_back(orientation.theta);
        all.bandwidth.push_back(orientation.bandwidth);
        all.weight.push_back(orientation.power);
    }

    Orientations all;

  private:
    OrientationMeter meter_;
};

/// What is left after all cuts, and what kernels are used for.
void measure_codes(CodedPhotographs& run, const std::vector<ActiveCode>& codes) {
    struct Measured {
        std::vector<Quality> absolute, norm_matched, quantile_matched;
    };
    std::vector<Measured> measured(codes.size());
    sim::parallel_for(std::size_t{0}, codes.size(), [&](std::size_t i) {
        const auto frame = frame_of(run, i);
        measured[i] = {cut_below(run.placed, frame, codes[i], CutBy::absolute, kCutOffs),
                       cut_below(run.placed, frame, codes[i], CutBy::contrast, kCutOffs),
                       cut_part(run.placed, frame, codes[i], kCutParts)};
    });
    run.absolute.cut = run.norm_matched.cut = kCutOffs;
    run.quantile_matched.cut = kCutParts;
    const sim::Kernels& kernels = run.placed.kernels;
    Oriented oriented(kernels.height, kernels.width);
    for (std::size_t k = 0; k < kernels.n; ++k) oriented.add(kernels.kernel(k));
    run.used = std::move(oriented.all);
    run.used.weight.assign(kernels.n, 0.0);
    run.active.assign(kernels.n, 0);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        append(run.absolute, measured[i].absolute);
        append(run.norm_matched, measured[i].norm_matched);
        append(run.quantile_matched, measured[i].quantile_matched);
        std::ranges::transform(run.used.weight, contrast_of_kernels(run.placed, codes[i]),
                               run.used.weight.begin(), std::plus{});
        std::ranges::transform(run.active, active_of_kernels(run.placed, codes[i]), run.active.begin(),
                               std::plus{});
    }
}

/// Neurons whose kernels overlap that of one away from borders, itself included, ON and OFF where codes are of either
/// sign: synaptic events of a spike.
double fan_out(const PlacedKernels& placed, bool is_signed) {
    const auto reach = [&](std::size_t pixels) { return 2 * ((pixels - 1) / placed.places.stride) + 1; };
    return static_cast<double>(reach(placed.kernels.height) * reach(placed.kernels.width) * placed.kernels.n *
                               (is_signed ? 2 : 1));
}

/// Of a presentation that lasts from number T to (number + 1) T.
GradedSpikes spikes_of(const GradedSpikes& all, double number, double T) {
    const auto at = [&](double t) { return std::ranges::lower_bound(all.t, t) - all.t.begin(); };
    const auto first = at(number * T), last = at((number + 1.0) * T);
    GradedSpikes spikes{{},
                        {all.neuron.begin() + first, all.neuron.begin() + last},
                        {all.amount.begin() + first, all.amount.begin() + last}};
    for (auto k = first; k < last; ++k) spikes.t.push_back(all.t[static_cast<std::size_t>(k)] - number * T);
    return spikes;
}

GradedSpikes read_spikes(const File& file, const std::string& group, std::size_t n_neurons) {
    GradedSpikes spikes{file.read<double>(group + "/timestamps", {kAny}), {}, {}};
    spikes.neuron = file.read<std::uint64_t>(group + "/node_ids", {spikes.t.size()});
    spikes.amount = file.read<double>(group + "/amount", {spikes.t.size()});
    if (std::ranges::any_of(spikes.neuron, [&](std::uint64_t neuron) { return neuron >= n_neurons; }))
        throw sim::IoError(fmt::format("{}: {}/node_ids: must be below {}", file.path(), group, n_neurons));
    return spikes;
}

/// numbers: of the presentations
void measure_course(CodedPhotographs& run, const File& file, const std::string& population,
                    const std::vector<std::uint64_t>& numbers) {
    const std::string group = "/spikes/" + population;
    if (!file.exists(group + "/amount")) return;
    const GradedSpikes all = read_spikes(file, group, run.placed.n_neurons());
    const auto T = file.read_attribute<double>("/presentations", "T");
    const bool is_signed =
        text_in(read_config(file), fmt::format("populations.{}.objective.signed", population)) == "true";
    for (const double part : kCourse) run.course.t.push_back(part * T);
    std::vector<std::vector<Moment>> courses(numbers.size());
    sim::parallel_for(std::size_t{0}, numbers.size(), [&](std::size_t i) {
        courses[i] = course_of(run.placed, frame_of(run, i),
                               spikes_of(all, static_cast<double>(numbers[i]), T), run.course.t);
    });
    for (const std::vector<Moment>& course : courses) {
        const auto row = [&](const auto& of) {
            std::vector<double> values;
            for (const Moment& moment : course) values.push_back(of(moment));
            return values;
        };
        const auto of_pixel = [&](const Moment& m) {
            return static_cast<double>(m.n_spikes) / static_cast<double>(run.n_pixels());
        };
        run.course.psnr.push_back(row([](const Moment& m) { return m.quality.psnr; }));
        run.course.sparseness.push_back(row([](const Moment& m) { return m.quality.sparseness; }));
        run.course.spikes.push_back(row(of_pixel));
        run.course.synaptic_events.push_back(
            row([&](const Moment& m) { return of_pixel(m) * fan_out(run.placed, is_signed); }));
    }
}

/// A patch without the jumps at its rim, which have directions of their own: under a round window.
std::vector<float> windowed_patch(std::span<const float> frame, std::size_t cols, std::size_t top,
                                  std::size_t left, std::size_t size) {
    std::vector<float> patch;
    const double centre = 0.5 * static_cast<double>(size - 1);
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j) {
            const double R =
                std::hypot(static_cast<double>(i) - centre, static_cast<double>(j) - centre) / centre;
            const double weight = R < 1.0 ? 0.5 * (1.0 + std::cos(std::numbers::pi * R)) : 0.0;
            patch.push_back(frame[(top + i) * cols + left + j] * static_cast<float>(weight));
        }
    return patch;
}

}  // namespace

CodedPhotographs read_coded_photographs(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "network");
    const std::string population = population_of(file), group = "/presentations/" + population;
    const auto rows = held_out_rows(file);
    const auto column = [&](const char* name) {
        return chosen(file.read<double>(group + name, {kAny}), rows);
    };
    CodedPhotographs run{};
    run.name = std::filesystem::path(path).stem().string();
    run.scenario = file.read_attribute<std::string>("/network/" + population, "bank");
    run.placed = read_placed(file, population);
    run.frames = read_frames(file, run.placed, rows);
    run.psnr = column("/psnr"), run.sparseness = column("/sparseness"), run.energy = column("/energy");
    run.energy_bound = column("/energy_bound"), run.kkt = column("/kkt");
    for (auto* energies : {&run.energy, &run.energy_bound})
        for (double& energy : *energies) energy /= static_cast<double>(run.n_pixels());
    measure_codes(run, chosen(read_active_codes(file, population, run.placed.n_neurons()), rows));
    measure_course(run, file, population,
                   chosen(file.read<std::uint64_t>("/presentations/number", {kAny}), rows));
    return run;
}

std::array<Usage, 6> usage_by_breadth(const CodedPhotographs& run) {
    std::vector<std::size_t> order(run.active.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t k) { return run.used.bandwidth[k]; });
    const auto total =
        static_cast<double>(std::accumulate(run.active.begin(), run.active.end(), std::size_t{0}));
    std::array<Usage, 6> usage{};
    for (std::size_t group = 0; group < usage.size(); ++group) {
        const auto end = [&](std::size_t g) { return (g * order.size() + usage.size() - 1) / usage.size(); };
        std::vector<double> bandwidths;
        std::size_t n = 0;
        for (std::size_t k = end(group); k < end(group + 1); ++k) {
            bandwidths.push_back(run.used.bandwidth[order[k]]);
            n += run.active[order[k]];
        }
        usage[group] = {median(bandwidths), static_cast<double>(n) / total};
    }
    return usage;
}

Orientations orientations_of_patches(const CodedPhotographs& run) {
    constexpr std::size_t kStep = 6;  // between patches [px]
    const std::size_t size = run.placed.kernels.height, n = run.frames.size() / run.n_pixels();
    Oriented oriented(size, size);
    for (std::size_t photograph = 0; photograph < n; ++photograph)
        for (std::size_t top = 0; top + size <= run.placed.rows; top += kStep)
            for (std::size_t left = 0; left + size <= run.placed.cols; left += kStep)
                oriented.add(windowed_patch(frame_of(run, photograph), run.placed.cols, top, left, size));
    return oriented.all;
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
