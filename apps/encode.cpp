#include "lab/encode.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/io/striate_file.hpp"

namespace apps {
namespace {

struct Options {
    std::string run, output, maker = "spikes";
    std::vector<std::string> from, overrides;
    std::size_t training = 0, held_out = 0, threads = 0;
    bool force = false, quiet = false;
};

lab::Maker maker_of(const std::string& name) {
    if (name == "optimum") return lab::Maker::optimum;
    return name == "frames" ? lab::Maker::frames : lab::Maker::spikes;
}

/// Number of frames to show: what was asked for, or all.
std::size_t number_of_frames(const sim::Stimulus& stimulus, sim::FrameSet set, std::size_t asked,
                             const char* option) {
    const std::size_t all = stimulus.n_frames(set);
    if (asked == 0 && all == 0)
        throw sim::ConfigError(
            fmt::format("{}: must say how many frames to show: there is no end to this stimulus", option));
    return asked == 0 ? all : asked;
}

decoding::CodeSet encode_set(const sim::TrainedNetwork& trained, const sim::Stimulus& stimulus,
                             sim::FrameSet set, std::size_t n, const Options& options) {
    const char* name = set == sim::FrameSet::training ? "training" : "held-out";
    const auto say = [&](std::size_t done) {
        if (!options.quiet && (done == n || done % 8192 == 0))
            fmt::print(stderr, "{} of {} {} frames\n", done, n, name);
    };
    return lab::encode(trained, stimulus, set, n, maker_of(options.maker), say);
}

void encode(const Options& options) {
    const auto threads = limit_threads(options.threads);
    const std::string output =
        options.output.empty() ? std::filesystem::path(options.run).replace_extension(".codes.h5").string()
                               : options.output;
    const sim::io::Output place(output, existing(options.force));
    place.must_not_be(std::vector<std::filesystem::path>{options.run});

    const sim::TrainedNetwork trained = load_with_senses(options.run, options.from, options.overrides);
    const auto stimulus = sim::make_stimulus(trained.settings);
    place.must_not_be(trained.settings.inputs->all());
    const auto start = std::chrono::steady_clock::now();
    const std::size_t n_training =
        number_of_frames(*stimulus, sim::FrameSet::training, options.training, "--training");
    const std::size_t n_held_out =
        number_of_frames(*stimulus, sim::FrameSet::held_out, options.held_out, "--held-out");
    const decoding::Codes codes{std::filesystem::absolute(options.run).string(),
                                options.maker,
                                trained.settings.resolved,
                                trained.settings.network.seed,
                                encode_set(trained, *stimulus, sim::FrameSet::training, n_training, options),
                                encode_set(trained, *stimulus, sim::FrameSet::held_out, n_held_out, options)};
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    sim::io::write_whole_file(place, [&](sim::io::File& file) { decoding::write(file, codes); });
    fmt::print(
        "codes           {} training and {} held-out frames, {} numbers each, in {:.1f} s\n"
        "spikes          {:.1f} a frame\n"
        "written         {}\n",
        n_training, n_held_out, codes.held_out.size, seconds, mean_spikes(codes.held_out), output);
}

}  // namespace

void add_encode(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "encode", "Show all frames to a trained network and keep its codes, for `striate decode`");
    command->add_option("run", options->run, "A finished run, HDF5")->required();
    command->add_option("-o,--output", options->output, "File of codes to write [RUN.codes.h5]");
    command
        ->add_option("--by", options->maker,
                     "Who makes the codes: spikes of the network, the optimum of its program, or the frames "
                     "themselves")
        ->check(CLI::IsMember({"spikes", "optimum", "frames"}))
        ->capture_default_str();
    add_from(*command, options->from);
    command->add_option("--training", options->training, "Training frames [all]");
    command->add_option("--held-out", options->held_out, "Held-out frames [all]");
    add_set(*command, options->overrides);
    add_threads(*command, options->threads);
    command->add_flag("--force", options->force, "Overwrite an existing output");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Nothing is injected (teaching) and labels are only copied: codes do not depend on them.\n"
        "Examples: striate encode digits.h5 --from written -o digits.codes.h5\n"
        "          striate encode digits.h5 --from written --set presentation.T=\"20 ms\" -o fast.codes.h5");
    command->callback([options, &action] { action = [options] { encode(*options); }; });
}

}  // namespace apps
