#include "lab/encode.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/io/striate_file.hpp"

namespace apps {
namespace {

struct EncodeOptions : CommonOptions {
    std::string run, output, population, maker = "spikes";
    std::vector<std::string> from;
    std::uint64_t training = 0, held_out = 0;
};

/// Number of frames to show: what was asked for, or all.
std::size_t number_of_frames(const sim::Stimulus& stimulus, sim::FrameSet set, std::size_t asked,
                             const char* option) {
    if (asked == 0 && stimulus.n_frames(set) == 0)
        throw sim::ConfigError(
            fmt::format("{}: must say how many frames to show: there is no end to this stimulus", option));
    return frames_to_show(stimulus, set, asked, option);
}

decoding::CodeSet encode_set(const sim::TrainedNetwork& trained, const sim::Stimulus& stimulus,
                             sim::FrameSet set, std::size_t n, const EncodeOptions& options) {
    const char* name = set == sim::FrameSet::training ? "training" : "held-out";
    const auto tell = [&](std::size_t done) {
        if (!options.quiet && (done == n || done % 8192 == 0))
            say(fmt::format("{} of {} {} frames\n", done, n, name));
    };
    return lab::encode(trained, stimulus, set, n, lab::maker_of(options.maker), tell);
}

/// The text under which the network of a run learned.
std::string config_of_run(const std::string& run) {
    return sim::io::open_striate_file(run, "network").read<std::string>("/provenance/config", {}).at(0);
}

void encode(const EncodeOptions& options) {
    const auto threads = limit_threads(options.threads);
    const std::string output =
        options.output.empty() ? beside(options.run, options.population, "codes.h5") : options.output;
    const sim::io::Output place(output, existing(options.force));
    place.must_not_be(std::vector<std::filesystem::path>{options.run});

    const sim::TrainedNetwork trained =
        load_with_senses(options.run, options.from, options.overrides, options.population);
    const auto stimulus = sim::make_stimulus(trained.settings());
    place.must_not_be(trained.settings().inputs->all());
    const auto start = std::chrono::steady_clock::now();
    const std::size_t n_training =
        number_of_frames(*stimulus, sim::FrameSet::training, options.training, "--training");
    const std::size_t n_held_out =
        number_of_frames(*stimulus, sim::FrameSet::held_out, options.held_out, "--held-out");
    const decoding::Codes codes{std::filesystem::absolute(options.run).string(),
                                options.maker,
                                trained.settings().resolved,
                                trained.settings().seed,
                                encode_set(trained, *stimulus, sim::FrameSet::training, n_training, options),
                                encode_set(trained, *stimulus, sim::FrameSet::held_out, n_held_out, options),
                                trained.population().name,
                                stimulus->columns(),
                                config_of_run(options.run)};
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    sim::io::write_whole_file(place, [&](sim::io::File& file) { decoding::write(file, codes); });
    if (options.json)
        return print_text(json_text(nlohmann::ordered_json{{"codes", output},
                                                           {"run", options.run},
                                                           {"population", codes.population},
                                                           {"maker", options.maker},
                                                           {"n_training", n_training},
                                                           {"n_held_out", n_held_out},
                                                           {"size", codes.held_out.size},
                                                           {"spikes_per_frame", mean_spikes(codes.held_out)},
                                                           {"coding_s", seconds}}));
    if (const std::string words = words_of_population(trained); !words.empty())
        print("population      {}\n", words);
    print(
        "codes           {} training and {} held-out frames, {} numbers each, in {:.1f} s\n"
        "spikes          {:.1f} a frame\n"
        "written         {}\n",
        n_training, n_held_out, codes.held_out.size, seconds, mean_spikes(codes.held_out), output);
}

}  // namespace

void add_encode(CLI::App& app, Action& action) {
    auto options = std::make_shared<EncodeOptions>();
    CLI::App* command = app.add_subcommand("encode", "Keep a trained network's codes of all frames");
    command->add_option("run", options->run, "A finished run, HDF5")->required();
    command->add_option("-o,--output", options->output,
                        "File of codes to write [RUN.codes.h5, or RUN.NAME.codes.h5 of --population NAME]");
    add_population(*command, options->population);
    command
        ->add_option(
            "--by", options->maker,
            "Who makes the codes: spikes of the network, the optimum of its program, the optimum of one of "
            "objective.kind simplex whose activities sum to one exactly, or the frames themselves")
        ->check(CLI::IsMember({"spikes", "optimum", "simplex", "frames"}))
        ->capture_default_str();
    add_from(*command, options->from);
    add_count(*command, "--training", options->training, "Training frames to show, 0 for all", 0,
              kMostFrames);
    add_count(*command, "--held-out", options->held_out, "Held-out frames to show, 0 for all", 0,
              kMostFrames);
    add_common(*command, *options,
               {Common::set, Common::threads, Common::force, Common::quiet, Common::json});
    command->footer(
        "Nothing is injected (teaching) and labels are only copied: codes do not depend on them.\n"
        "Examples: striate encode digits.h5 --from written -o digits.codes.h5\n"
        "          striate encode digits.h5 --set presentation.T=\"20 ms\" -o fast.codes.h5");
    command->callback([options, &action] { action = [options] { encode(*options); }; });
}

}  // namespace apps
