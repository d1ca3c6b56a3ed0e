#include "lab/recall.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/recall_figures.hpp"
#include "apps/streams.hpp"
#include "lab/encode.hpp"

namespace apps {
namespace {

constexpr std::size_t kOfEndless = 1000;  // frames of a stimulus without end

struct RecallOptions : CommonOptions {
    std::string run, figure;
    std::vector<std::string> from;
    std::uint64_t frames = 0;
};

std::vector<std::string> present_senses(const sim::TrainedNetwork& trained) {
    std::vector<std::string> names;
    for (const sim::Sense& sense : trained.settings().shows->senses)
        if (sense.is_present) names.push_back(sense.name);
    return names;
}

/// Share of held-out frames that the most active block names.
double blocks_right(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes) {
    std::vector<std::size_t> named;
    for (std::size_t k = 0; k < codes.n; ++k)
        named.push_back(sim::most_active_block(std::span(codes.a).subspan(k * codes.size, codes.size),
                                               trained.population().codes->teaching.block));
    return lab::share_right(named, codes.label);
}

/// What was found, in words and for programs.
struct Findings {
    std::string words;
    nlohmann::ordered_json json;
};

void add_rebuilt(Findings& findings, const sim::TrainedNetwork& trained, const decoding::CodeSet& codes) {
    for (const lab::Recalled& one : lab::recall(trained, codes, false)) {
        const double right = lab::share_right(one.named, codes.label);
        findings.words +=
            fmt::format("{:<15} {:.2f} % rebuilt nearest to the right class\n", one.sense, 100.0 * right);
        findings.json["rebuilt"][one.sense] = right;
    }
}

void add_blocks(Findings& findings, const sim::TrainedNetwork& trained, const decoding::CodeSet& codes) {
    const double named = blocks_right(trained, codes);
    findings.json["most_active_block"] = named;
    findings.words +=
        fmt::format("blocks          {:.2f} % of the frames named by the most active block\n", 100.0 * named);
    const auto driven = lab::drive_blocks(trained);
    for (const lab::Recalled& one : lab::recall(trained, driven, true)) {
        const double right = lab::share_right(one.named, driven.label);
        findings.words += fmt::format("{:<15} {:.0f} of {} blocks, driven alone, draw their class\n",
                                      one.sense, right * static_cast<double>(driven.n), driven.n);
        findings.json["drawn"][one.sense] = right;
    }
}

void recall(const RecallOptions& options) {
    const auto threads = limit_threads(options.threads);
    if (!options.figure.empty()) analysis::make_directory(options.figure);
    const sim::TrainedNetwork trained = load_with_senses(options.run, options.from, options.overrides);
    const auto stimulus = sim::make_stimulus(trained.settings());
    const std::size_t asked = frames_to_show(*stimulus, sim::FrameSet::held_out, options.frames, "--frames"),
                      n = asked == 0 ? kOfEndless : asked;
    const auto codes = lab::encode(trained, *stimulus, sim::FrameSet::held_out, n, lab::Maker::spikes);
    const auto from = present_senses(trained);
    Findings findings{fmt::format("from            {} ({} held-out frames)\n", fmt::join(from, ", "), n),
                      {{"run", options.run}, {"from", from}, {"frames", n}}};
    add_rebuilt(findings, trained, codes);
    if (trained.population().codes->teaching.has_blocks()) add_blocks(findings, trained, codes);
    print_text(options.json ? json_text(findings.json) : findings.words);
    if (!options.figure.empty()) draw_recall_figures(trained, codes, options.figure);
}

}  // namespace

void add_recall(CLI::App& app, Action& action) {
    auto options = std::make_shared<RecallOptions>();
    CLI::App* command = app.add_subcommand("recall", "Rebuild what one sense shows from codes of another");
    command->add_option("run", options->run, "A finished run of several senses, HDF5")->required();
    add_from(*command, options->from);
    add_count(*command, "--frames", options->frames, "Held-out frames to show, 0 for all", 0, kMostFrames);
    command->add_option("--figure", options->figure,
                        "Folder to draw into: a frame of each class, its code and what is rebuilt from it");
    add_common(*command, *options, {Common::set, Common::threads, Common::quiet, Common::json});
    command->footer(
        "A rebuilt frame Phi_m a is nearest to the class whose mean training frame has the largest cosine "
        "with it.\n"
        "Examples: striate recall digits.h5 --from written\n"
        "          striate recall digits.h5 --from written --figure recalled");
    command->callback([options, &action] { action = [options] { recall(*options); }; });
}

}  // namespace apps
