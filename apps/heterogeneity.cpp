// `striate heterogeneity`: runs of convolutional sparse coding side by side.
#include "analysis/heterogeneity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "sim/error.hpp"

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

Runs read_runs(const std::vector<std::string>& paths) {
    Runs runs;
    for (const std::string& path : paths) runs.push_back(analysis::read_coded_photographs(path));
    for (const CodedPhotographs& run : runs)
        if (run.photographs != runs.front().photographs)
            throw sim::ConfigError(
                fmt::format("{} and {}: must have coded the same photographs, found {} and {}",
                            runs.front().name, run.name, runs.front().photographs, run.photographs));
    return runs;
}

void print_medians(const Runs& runs) {
    fmt::print("medians of {} photographs [95 % interval]; published: medians of 200 images\n\n",
               runs.front().psnr.size());
    fmt::print("{:24} {:25} {:10} {:30} {:10} {}\n", "run", "PSNR [dB]", "published", "sparseness",
               "published", "energy of a pixel");
    for (const CodedPhotographs& run : runs) {
        const auto* published = analysis::published(run.scenario);
        fmt::print("{:24} {:25} {:10} {:30} {:10} {}\n", run.name,
                   with_interval(analysis::median_interval(run.psnr), 2), or_dash(published, 0, true),
                   with_interval(analysis::median_interval(run.sparseness), 5), or_dash(published, 0, false),
                   with_interval(analysis::median_interval(run.energy), 5));
    }
}

/// Medians after each cut, PSNR / sparseness.
void print_cuts(const Runs& runs, const char* title, Cuts CodedPhotographs::*cuts, bool beside_published) {
    fmt::print("\n{}\n{:24}", title, "");
    const std::vector<double>& cut = (runs.front().*cuts).cut;
    for (const double x : cut) fmt::print(" {:>15.4g}", x);
    fmt::print("\n");
    for (const CodedPhotographs& run : runs) {
        fmt::print("{:24}", run.name);
        for (std::size_t at = 0; at < cut.size(); ++at)
            fmt::print(" {:>7.2f} {:.5f}", median_at((run.*cuts).psnr, at),
                       median_at((run.*cuts).sparseness, at));
        fmt::print("\n");
        const auto* published = analysis::published(run.scenario);
        if (!beside_published || published == nullptr) continue;
        fmt::print("{:24}", "  published");
        for (std::size_t at = 0; at < cut.size(); ++at)
            fmt::print(" {:>7} {:7}", or_dash(published, at, true), or_dash(published, at, false));
        fmt::print("\n");
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
    fmt::print("\nmedian differences, photograph by photograph\n{:52} {:12} {:30} {}\n", "", "", "here",
               "published");
    for (const Claim& claim : kClaims) {
        const CodedPhotographs *of = run_of(runs, claim.of), *from = run_of(runs, claim.from);
        if (of == nullptr || from == nullptr) continue;
        const Interval difference = claim.of_psnr
                                        ? analysis::paired_difference(of->psnr, from->psnr)
                                        : analysis::paired_difference(of->sparseness, from->sparseness);
        fmt::print("{:52} {:12} {:30} {}\n", fmt::format("{} - {}", claim.of, claim.from),
                   claim.of_psnr ? "PSNR [dB]" : "sparseness",
                   with_interval(difference, claim.of_psnr ? 2 : 5), claim.published);
    }
}

bool spikes(const CodedPhotographs& run) { return !run.course.t.empty(); }

/// What the spikes of presentations cost.
void print_spikes(const Runs& runs) {
    if (std::ranges::none_of(runs, spikes)) return;
    fmt::print(
        "\nspikes; energy at {:.1f} pJ a synaptic event (Davies et al. 2018)\n{:24} {:25} {:>22} {:>18} "
        "{:>18}\n",
        1e12 * analysis::kSynapticEvent, "", "spikes of a pixel", "events of a pixel", "energy of a pixel",
        "of a photograph");
    for (const CodedPhotographs& run : runs) {
        if (!spikes(run)) continue;
        const std::size_t last = run.course.t.size() - 1;
        const double events = analysis::median(analysis::at_cut(run.course.synaptic_events, last)),
                     energy = events * analysis::kSynapticEvent;
        fmt::print("{:24} {:25} {:>22.0f} {:>15.2f} uJ {:>15.2f} mJ\n", run.name,
                   with_interval(analysis::median_interval(analysis::at_cut(run.course.spikes, last)), 2),
                   events, 1e6 * energy, 1e3 * energy * static_cast<double>(run.n_pixels));
    }
    fmt::print("\nPSNR [dB] and sparseness after a part of the presentation\n");
    for (const CodedPhotographs& run : runs) {
        if (!spikes(run)) continue;
        fmt::print("{:24}", "time [ms]");
        for (const double t : run.course.t) fmt::print(" {:>15.4g}", t);
        fmt::print("\n{:24}", run.name);
        for (std::size_t at = 0; at < run.course.t.size(); ++at)
            fmt::print(" {:>7.2f} {:.5f}", median_at(run.course.psnr, at),
                       median_at(run.course.sparseness, at));
        fmt::print("\n");
    }
}

void draw_figures(const Runs& runs, const std::string& dir) {
    analysis::make_directory(dir);
    for (const auto draw : {analysis::draw_scatter, analysis::draw_resilience, analysis::draw_orientations,
                            analysis::draw_kernels})
        fmt::print("figure                   {}/{}.png\n", dir, draw(runs, dir).name);
    if (std::ranges::any_of(runs, spikes))
        fmt::print("figure                   {}/{}.png\n", dir, analysis::draw_course(runs, dir).name);
}

void compare_runs(const std::vector<std::string>& paths, const std::string& figures) {
    const Runs runs = read_runs(paths);
    print_medians(runs);
    print_differences(runs);
    print_spikes(runs);
    print_cuts(runs, "PSNR [dB] and sparseness when coefficients |a| below are cut",
               &CodedPhotographs::absolute, true);
    print_cuts(runs, "the same when coefficients |a| |d| below are cut: kernels matched by norm",
               &CodedPhotographs::norm_matched, false);
    print_cuts(runs, "the same when a part of the active coefficients is cut: kernels matched by quantile",
               &CodedPhotographs::quantile_matched, false);
    fmt::print("\n");
    if (!figures.empty()) draw_figures(runs, figures);
}

}  // namespace

void add_heterogeneity(CLI::App& app, Action& action) {
    struct Options {
        std::vector<std::string> runs;
        std::string figures;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "heterogeneity", "Convolutional experiments side by side, and beside published figures");
    command->add_option("run", options->runs, "Files of convolutional experiments on the same photographs")
        ->required();
    command->add_option("--figures", options->figures, "Draw figures into this folder, SVG and PNG");
    command->footer("Example: striate heterogeneity homogeneous.h5 heterogeneous.h5 --figures beside");
    command->callback(
        [options, &action] { action = [options] { compare_runs(options->runs, options->figures); }; });
}

}  // namespace apps
