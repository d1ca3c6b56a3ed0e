#include "lab/recall.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/recall_figures.hpp"
#include "lab/encode.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

struct Options {
    std::string run, json, figure;
    std::vector<std::string> from, overrides;
    std::size_t frames = 0, threads = 0;
};

std::vector<std::string> present_senses(const sim::TrainedNetwork& trained) {
    std::vector<std::string> names;
    for (const sim::Sense& sense : trained.settings.network.senses)
        if (sense.is_present) names.push_back(sense.name);
    return names;
}

/// Share of held-out frames that the most active block names.
double blocks_right(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes) {
    std::vector<std::size_t> named;
    for (std::size_t k = 0; k < codes.n; ++k)
        named.push_back(sim::most_active_block(std::span(codes.a).subspan(k * codes.size, codes.size),
                                               trained.settings.teaching.block));
    return lab::share_right(named, codes.label);
}

void recall(const Options& options) {
    const auto threads = limit_threads(options.threads);
    const sim::TrainedNetwork trained = load_with_senses(options.run, options.from, options.overrides);
    const auto stimulus = sim::make_stimulus(trained.settings);
    const std::size_t in_set = stimulus->n_frames(sim::FrameSet::held_out),
                      n = options.frames > 0 ? options.frames : (in_set > 0 ? in_set : 1000);
    const auto codes = lab::encode(trained, *stimulus, sim::FrameSet::held_out, n, lab::Maker::spikes);
    const auto recalled = lab::recall(trained, codes, false);

    const auto from = present_senses(trained);
    nlohmann::ordered_json json{{"run", options.run}, {"from", from}, {"frames", n}};
    fmt::print("from            {} ({} held-out frames)\n", fmt::join(from, ", "), n);
    for (const lab::Recalled& one : recalled) {
        const double right = lab::share_right(one.named, codes.label);
        fmt::print("{:<15} {:.2f} % rebuilt nearest to the right class\n", one.sense, 100.0 * right);
        json["rebuilt"][one.sense] = right;
    }
    if (trained.settings.teaching.has_blocks()) {
        json["most_active_block"] = blocks_right(trained, codes);
        fmt::print("blocks          {:.2f} % of the frames named by the most active block\n",
                   100.0 * json["most_active_block"].get<double>());
        const auto driven = lab::drive_blocks(trained);
        for (const lab::Recalled& one : lab::recall(trained, driven, true)) {
            const double right = lab::share_right(one.named, driven.label);
            fmt::print("{:<15} {:.0f} of {} blocks, driven alone, draw their class\n", one.sense,
                       right * static_cast<double>(driven.n), driven.n);
            json["drawn"][one.sense] = right;
        }
    }
    if (!options.figure.empty()) draw_recall_figures(trained, codes, options.figure);
    if (!options.json.empty()) write_json(options.json, json);
}

}  // namespace

void add_recall(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "recall", "Rebuild what one sense would show from the codes of another (linked dictionaries)");
    command->add_option("run", options->run, "A finished run of several senses, HDF5")->required();
    add_from(*command, options->from);
    command->add_option("--frames", options->frames, "Held-out frames to show [all]");
    command->add_option("--json", options->json, "Write the figures there, for programs");
    command->add_option("--figure", options->figure,
                        "Folder to draw into: a frame of each class, its code and what is rebuilt from it");
    add_set(*command, options->overrides);
    add_threads(*command, options->threads);
    command->footer(
        "A rebuilt frame Phi_m a is nearest to the class whose mean training frame has the largest cosine\n"
        "with it.\n"
        "Examples: striate recall digits.h5 --from written\n"
        "          striate recall digits.h5 --from written --figure recalled");
    command->callback([options, &action] { action = [options] { recall(*options); }; });
}

}  // namespace apps
