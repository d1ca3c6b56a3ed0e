// `striate heterogeneity`: runs with different kernels side by side.
#include "analysis/heterogeneity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>
#include <span>

#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace apps {
namespace {

/// Over the photographs that have a value: one of one grey has no PSNR.
double median_at(const std::vector<std::vector<double>>& values, std::size_t at) {
    return analysis::median(analysis::finite(analysis::at_cut(values, at)));
}

using analysis::CodedPhotographs;
using analysis::Cuts;
using analysis::Interval;
using Runs = std::vector<CodedPhotographs>;

std::string with_interval(const Interval& x, int digits) {
    return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", x.value, digits, x.low, digits, x.high, digits);
}

/// "33.30", or nothing.
std::string or_dash(const analysis::PublishedScenario* published, std::size_t cut, bool of_psnr) {
    const double value =
        published == nullptr ? NAN : (of_psnr ? published->psnr : published->sparseness)[cut];
    return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, of_psnr ? 2 : 5);
}

/// The runs of a sweep's folder, in the order of its table; a file stands for itself.
std::vector<std::string> files_of(const std::string& path) {
    if (!std::filesystem::is_directory(path)) return {path};
    std::vector<std::string> files;
    const sim::io::File table = sim::io::open_striate_file(path + "/table.h5", "sweep");
    for (const std::string& point : table.read<std::string>("/table/point"))
        files.push_back(fmt::format("{}/{}.h5", path, point));
    return files;
}

Runs read_runs(const std::vector<std::string>& paths) {
    Runs runs;
    for (const std::string& path : paths)
        for (const std::string& file : files_of(path)) runs.push_back(analysis::read_coded_photographs(file));
    for (const CodedPhotographs& run : runs)
        if (run.frames != runs.front().frames)
            throw sim::ConfigError(fmt::format("{} and {}: must have coded the same photographs, have not",
                                               runs.front().name, run.name));
    return runs;
}

/// Coefficients, median over photographs: what codes of banks of different size are as sparse by.
double active_of_pixel(const CodedPhotographs& run) {
    const auto n = static_cast<double>(run.placed.n_neurons()), pixels = static_cast<double>(run.n_pixels());
    return (1.0 - analysis::median(run.sparseness)) * n / pixels;
}

void print_medians(const Runs& runs) {
    print("medians of {} photographs [95 % interval]; published: medians of 200 images\n\n",
          runs.front().psnr.size());
    print("{:24} {:25} {:10} {:30} {:10} {:28} {}\n", "run", "PSNR [dB]", "published", "sparseness",
          "published", "energy of a pixel", "active a pixel");
    for (const CodedPhotographs& run : runs) {
        const auto* published = analysis::published(run.scenario);
        print("{:24} {:25} {:10} {:30} {:10} {:28} {:.3f}\n", run.name,
              with_interval(analysis::median_interval(run.psnr), 2), or_dash(published, 0, true),
              with_interval(analysis::median_interval(run.sparseness), 5), or_dash(published, 0, false),
              with_interval(analysis::median_interval(run.energy), 5), active_of_pixel(run));
    }
}

/// Medians after each cut, PSNR / sparseness.
void print_cuts(const Runs& runs, const char* title, Cuts CodedPhotographs::*cuts, bool beside_published) {
    print("\n{}\n{:24}", title, "");
    const std::vector<double>& cut = (runs.front().*cuts).cut;
    for (const double x : cut) print(" {:>15.4g}", x);
    print("\n");
    for (const CodedPhotographs& run : runs) {
        print("{:24}", run.name);
        for (std::size_t at = 0; at < cut.size(); ++at)
            print(" {:>7.2f} {:.5f}", median_at((run.*cuts).psnr, at), median_at((run.*cuts).sparseness, at));
        print("\n");
        const auto* published = analysis::published(run.scenario);
        if (!beside_published || published == nullptr) continue;
        print("{:24}", "  published");
        for (std::size_t at = 0; at < cut.size(); ++at)
            print(" {:>7} {:7}", or_dash(published, at, true), or_dash(published, at, false));
        print("\n");
    }
}

/// A difference that was published, of the first runs that are of its scenarios.
struct Claim {
    const char *of, *from;  // scenarios
    bool of_psnr;
    const char* published;
};

constexpr Claim kClaims[] = {
    {"heterogeneous", "homogeneous", false, "+0.0065"},
    {"homogeneous", "heterogeneous", true, "+2.04"},
    {"heterogeneous, learned", "heterogeneous", true, "+14.4"},
    {"homogeneous, learned", "homogeneous", true, "+12.2"},
    {"random, learned", "heterogeneous", true, "as the other learned ones"},
    {"heterogeneous, unit norm", "homogeneous, unit norm", false, "not in the paper"},
    {"homogeneous, unit norm", "heterogeneous, unit norm", true, "not in the paper"},
    {"heterogeneous, learned", "heterogeneous, unit norm", true, "not in the paper"},
    {"random, learned", "random", true, "not in the paper"},
};

const CodedPhotographs* run_of(const Runs& runs, const std::string& scenario) {
    const auto found = std::ranges::find(runs, scenario, &CodedPhotographs::scenario);
    return found == runs.end() ? nullptr : &*found;
}

void print_differences(const Runs& runs) {
    print("\nmedian differences, photograph by photograph\n{:52} {:12} {:30} {}\n", "", "", "here",
          "published");
    for (const Claim& claim : kClaims) {
        const CodedPhotographs *of = run_of(runs, claim.of), *from = run_of(runs, claim.from);
        if (of == nullptr || from == nullptr) continue;
        const Interval difference = claim.of_psnr
                                        ? analysis::paired_difference(of->psnr, from->psnr)
                                        : analysis::paired_difference(of->sparseness, from->sparseness);
        print("{:52} {:12} {:30} {}\n", fmt::format("{} - {}", claim.of, claim.from),
              claim.of_psnr ? "PSNR [dB]" : "sparseness", with_interval(difference, claim.of_psnr ? 2 : 5),
              claim.published);
    }
}

/// Whatever the runs are: each beside the first, photograph by photograph.
void print_beside_first(const Runs& runs) {
    if (runs.size() < 2) return;
    print("\nmedian differences from {}, photograph by photograph\n{:24} {:30} {:34} {}\n", runs.front().name,
          "", "PSNR [dB]", "sparseness", "energy of a pixel");
    for (const CodedPhotographs& run : std::span(runs).subspan(1)) {
        const auto from_first = [&](std::vector<double> CodedPhotographs::*of) {
            return analysis::paired_difference(run.*of, runs.front().*of);
        };
        print("{:24} {:30} {:34} {}\n", run.name, with_interval(from_first(&CodedPhotographs::psnr), 2),
              with_interval(from_first(&CodedPhotographs::sparseness), 5),
              with_interval(from_first(&CodedPhotographs::energy), 5));
    }
}

constexpr double kDegrees = 180.0 / std::numbers::pi;

void print_usage(const Runs& runs) {
    print(
        "\npart of the active coefficients that belongs to each sixth of the kernels, the narrowest in "
        "orientation first\n(median breadth of these kernels [deg])\n");
    for (const CodedPhotographs& run : runs) {
        print("{:24}", run.name);
        for (const analysis::Usage& usage : analysis::usage_by_breadth(run))
            print(" {:>7.3f} ({:4.1f})", usage.part, kDegrees * usage.bandwidth);
        print("\n");
    }
}

/// E / bound - 1 of each photograph.
std::vector<double> gaps_at_most(const CodedPhotographs& run) {
    std::vector<double> gaps;
    for (std::size_t k = 0; k < run.energy.size(); ++k)
        gaps.push_back(run.energy[k] / run.energy_bound[k] - 1.0);
    return analysis::finite(gaps);
}

std::string with_range(const std::vector<double>& x) {
    if (x.empty()) return "-";
    const auto [least, most] = std::ranges::minmax(x);
    return fmt::format("{:.2e} [{:.2e}, {:.2e}]", analysis::median(x), least, most);
}

void print_certificates(const Runs& runs) {
    print(
        "\nhow far above the least energy codes are at most, by duality, and the residual of the optimality "
        "conditions:\nmedians [least, greatest] over photographs\n{:24} {:34} {}\n",
        "", "E / bound - 1", "KKT residual");
    for (const CodedPhotographs& run : runs)
        print("{:24} {:34} {}\n", run.name, with_range(gaps_at_most(run)), with_range(run.kkt));
}

bool spikes(const CodedPhotographs& run) { return !run.course.t.empty(); }

/// What the spikes of presentations cost.
void print_spikes(const Runs& runs) {
    if (std::ranges::none_of(runs, spikes)) return;
    print(
        "\nspikes; energy at {:.1f} pJ a synaptic event (Davies et al. 2018)\n{:24} {:25} {:>22} {:>18} "
        "{:>18}\n",
        1e12 * analysis::kSynapticEvent, "", "spikes of a pixel", "events of a pixel", "energy of a pixel",
        "of a photograph");
    for (const CodedPhotographs& run : runs) {
        if (!spikes(run)) continue;
        const std::size_t last = run.course.t.size() - 1;
        const double events = analysis::median(analysis::at_cut(run.course.synaptic_events, last)),
                     energy = events * analysis::kSynapticEvent;
        print("{:24} {:25} {:>22.0f} {:>15.2f} uJ {:>15.2f} mJ\n", run.name,
              with_interval(analysis::median_interval(analysis::at_cut(run.course.spikes, last)), 2), events,
              1e6 * energy, 1e3 * energy * static_cast<double>(run.n_pixels()));
    }
    print("\nPSNR [dB] and sparseness after a part of the presentation\n");
    for (const CodedPhotographs& run : runs) {
        if (!spikes(run)) continue;
        print("{:24}", "time [ms]");
        for (const double t : run.course.t) print(" {:>15.4g}", t);
        print("\n{:24}", run.name);
        for (std::size_t at = 0; at < run.course.t.size(); ++at)
            print(" {:>7.2f} {:.5f}", median_at(run.course.psnr, at), median_at(run.course.sparseness, at));
        print("\n");
    }
}

/// returns their names
std::vector<std::string> draw_figures(const Runs& runs, const std::string& dir) {
    std::vector<std::string> names;
    for (const auto draw : {analysis::draw_scatter, analysis::draw_resilience, analysis::draw_orientations,
                            analysis::draw_kernels})
        names.push_back(draw(runs, dir).name);
    if (std::ranges::any_of(runs, spikes)) names.push_back(analysis::draw_course(runs, dir).name);
    return names;
}

void print_tables(const Runs& runs) {
    print_medians(runs);
    print_differences(runs);
    print_beside_first(runs);
    print_usage(runs);
    print_certificates(runs);
    print_spikes(runs);
    print_cuts(runs, "PSNR [dB] and sparseness when coefficients |a| below are cut",
               &CodedPhotographs::absolute, true);
    print_cuts(runs, "the same when coefficients |a| |d| below are cut: kernels matched by norm",
               &CodedPhotographs::norm_matched, false);
    print_cuts(runs, "the same when a part of the active coefficients is cut: kernels matched by quantile",
               &CodedPhotographs::quantile_matched, false);
    print("\n");
}

using Json = nlohmann::ordered_json;

Json json_of(const Interval& x) { return {{"value", x.value}, {"low", x.low}, {"high", x.high}}; }

Json json_of(const Cuts& cuts) {
    Json json = Json::array();
    for (std::size_t at = 0; at < cuts.cut.size(); ++at)
        json.push_back({{"cut", cuts.cut[at]},
                        {"psnr_dB", analysis::median(analysis::at_cut(cuts.psnr, at))},
                        {"sparseness", analysis::median(analysis::at_cut(cuts.sparseness, at))}});
    return json;
}

Json json_of(const CodedPhotographs& run) {
    Json json = {{"name", run.name},
                 {"scenario", run.scenario},
                 {"photographs", run.psnr.size()},
                 {"psnr_dB", json_of(analysis::median_interval(run.psnr))},
                 {"sparseness", json_of(analysis::median_interval(run.sparseness))},
                 {"energy", json_of(analysis::median_interval(run.energy))},
                 {"relE_at_most", analysis::median(gaps_at_most(run))},
                 {"kkt", analysis::median(run.kkt)},
                 {"active_of_pixel", active_of_pixel(run)},
                 {"cut_absolute", json_of(run.absolute)},
                 {"cut_norm_matched", json_of(run.norm_matched)},
                 {"cut_quantile_matched", json_of(run.quantile_matched)},
                 {"usage_by_breadth", Json::array()}};
    for (const analysis::Usage& usage : analysis::usage_by_breadth(run))
        json["usage_by_breadth"].push_back(
            {{"breadth_deg", kDegrees * usage.bandwidth}, {"part", usage.part}});
    if (!spikes(run)) return json;
    const std::size_t last = run.course.t.size() - 1;
    json["spikes"] = json_of(analysis::median_interval(analysis::at_cut(run.course.spikes, last)));
    json["synaptic_events"] = analysis::median(analysis::at_cut(run.course.synaptic_events, last));
    return json;
}

Json json_of(const Runs& runs) {
    Json json = {{"runs", Json::array()}};
    for (const CodedPhotographs& run : runs) json["runs"].push_back(json_of(run));
    return json;
}

struct HeterogeneityOptions : CommonOptions {
    std::vector<std::string> runs;
    std::string figures;
};

void compare_runs(const HeterogeneityOptions& options) {
    if (!options.figures.empty()) analysis::make_directory(options.figures);
    const Runs runs = read_runs(options.runs);
    if (options.json)
        print_text(json_text(json_of(runs)));
    else
        print_tables(runs);
    if (options.figures.empty()) return;
    for (const std::string& name : draw_figures(runs, options.figures))
        if (!options.json) print("figure                   {}/{}.png\n", options.figures, name);
}

}  // namespace

void add_heterogeneity(CLI::App& app, Action& action) {
    auto options = std::make_shared<HeterogeneityOptions>();
    CLI::App* command = app.add_subcommand("heterogeneity", "Runs with different kernels side by side");
    command
        ->add_option("run", options->runs,
                     "Files of runs with shared kernels on the same photographs, or folders of their sweeps")
        ->required();
    command->add_option("--figures", options->figures, "Draw figures into this folder, SVG and PNG");
    add_common(*command, *options, {Common::json});
    command->footer(
        "Examples:\n  striate heterogeneity homogeneous.h5 heterogeneous.h5 --figures beside\n"
        "  striate heterogeneity heterogeneity --figures heterogeneity/figures");
    command->callback([options, &action] { action = [options] { compare_runs(*options); }; });
}

}  // namespace apps
