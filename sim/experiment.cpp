#include "sim/experiment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "sim/frames.hpp"
#include "sim/protocol.hpp"
#include "sim/size_limit.hpp"

namespace sim {

namespace {

/// A key that has a value must have at least this one; defaults do.
void at_least(const Params& p, const std::string& key, std::size_t least, const std::string& reason) {
    if (p.has(key) && p.count(key, std::nullopt, "") < least)
        p.fail(key, fmt::format("at least {}: {}", least, reason));
}

/// What the measures of analysis/ need of the gratings; as a stimulus they may be fewer.
void check_gratings(const Params& p) {
    at_least(p, "orientations", 4, "tuning to orientation is a curve over so many");
    at_least(p, "phases", 3, "F1/F0 is the first harmonic over phases, which fewer do not show");
}

}  // namespace

AnalysisSettings::AnalysisSettings(const Params& root) : gratings{root.block("analysis"), "gratings"} {
    const Params p = root.block("analysis");
    set =
        p.overrides("set", "overrides (as --set takes them) under which `striate analyze` tests the network");
    Registry<Stimulus>::instance().entries().at("gratings").read(p.block("gratings"));
    check_gratings(p.block("gratings"));
    const std::vector<std::string> usual{"gratings", "contrast", "mask", "size", "noise", "natural", "blank"};
    std::vector<std::string> known = usual;
    for (const auto& [name, entry] : Registry<Protocol>::instance().entries()) {
        known.push_back(name);
        entry.read(p.block(name));
    }
    tests = p.texts(
        "tests",
        "what the network is tested with, of gratings (always), contrast, mask, size, noise, natural, "
        "blank, which are usual, and protocols",
        usual);
    for (const std::string& test : tests)
        if (std::ranges::find(known, test) == known.end())
            p.fail("tests", fmt::format("some of {}", fmt::join(known, ", ")), fmt::format("\"{}\"", test));
    contrasts = p.numbers(
        "contrasts", "1", Check::positive,
        "norms of the frames of the test of contrast, ascending; [0.05, 0.1, 0.2, 0.4, 0.7, 1] if not given");
    if (contrasts.empty()) contrasts = {0.05, 0.1, 0.2, 0.4, 0.7, 1.0};
    if (std::ranges::adjacent_find(contrasts, std::greater_equal<>()) != contrasts.end())
        p.fail("contrasts", "ascending, each once");
    if (contrasts.size() < 4)
        p.fail("contrasts", "at least 4 norms: Naka & Rushton's function has so many parameters",
               fmt::format("{}", contrasts.size()));
    cells = p.count("cells", 64, "neurons whose size tuning is measured");
    noise_frames = p.count("noise_frames", 4000, "frames of each kind of noise");
    natural_frames = p.count("natural_frames", 400, "held-out frames");
    at_least(p, "natural_frames", 2, "correlations between neurons are over frames");
    const Params layer = p.block("complex");
    complex.fraction =
        layer.number("fraction", "1", 0.0, Check::unit_interval,
                     "of the cells compared with V1 that are complex: they pool the energy of neurons "
                     "near on the sheet; 0: none, 0.6 in macaque");
    complex.width = layer.number("width", "1", 4.0, Check::positive, "of the pool, in sheet units");
    complex.sharpness =
        layer.number("sharpness", "1", 30.0, Check::non_negative,
                     "p: a neuron whose orientation differs by d counts cos(d)^(2 p) in the pool");
    complex.exponent = layer.number("exponent", "1", 1.4, Check::positive,
                                    "of the response, mean over cells: 2 energy, 1 its root");
    complex.exponent_spread =
        layer.number("exponent_spread", "1", 0.5, Check::non_negative, "its standard deviation over cells");
}

namespace {

ComponentChoice read_stimulus(const Params& root, bool is_used) {
    const Params p = root.block("stimulus");
    return {p, is_used ? Registry<Stimulus>::instance().kind(p, "natural_patches") : ""};
}

}  // namespace

namespace {

/// What is held in memory, all at once, by learning and by the tests of the analysis.
void check_sizes(const Params& root, const ExperimentSettings& settings) {
    const NetworkSettings& network = settings.network;
    const double N = static_cast<double>(network.rows) * static_cast<double>(network.cols),
                 M = static_cast<double>(network.geometry.height) *
                     static_cast<double>(network.geometry.width);
    const auto frames = [&](const Params& p, const std::string& key, std::size_t n, double values_of_each) {
        check_fits(p, key, static_cast<double>(n) * values_of_each * sizeof(float),
                   fmt::format("{} frames and their codes", n));
    };
    const Params learning = root.block("learning"), analysis = root.block("analysis");
    frames(learning, "batch_size", settings.batch_size, N + M);
    frames(learning, "held_out", settings.held_out, N + M);
    frames(analysis, "noise_frames", settings.analysis.noise_frames, N + M);
    frames(analysis, "natural_frames", settings.analysis.natural_frames, N);
    const Params gratings = analysis.block("gratings");
    double n = 2.0;  // of the network and of its linear part
    for (const char* key : {"orientations", "frequencies", "phases"}) {
        n *= gratings.has(key) ? static_cast<double>(gratings.count(key, std::nullopt, "")) : 1.0;
        check_fits(gratings, key, n * N * sizeof(float), fmt::format("the responses to {:g} gratings", n));
    }
}

}  // namespace

ExperimentSettings::ExperimentSettings(const Params& root)
    : network(root),
      stimulus(read_stimulus(root, network.senses.empty() || root.is_describing())),
      plasticity{root.block("plasticity"),
                 Registry<Plasticity>::instance().kind(root.block("plasticity"), "residual_hebbian")},
      homeostasis(root),
      teaching(root, network.rows * network.cols),
      analysis(root) {
    const Params learning = root.block("learning");
    batches = static_cast<std::size_t>(
        learning.integer("batches", 100, Check::non_negative, "batches to learn from"));
    batch_size = learning.count("batch_size", 100, "frames of a batch, shown side by side");
    held_out = learning.count("held_out", 100,
                              "held-out frames on which energy is measured before and after learning");

    const Params record = root.block("record");
    record_every = static_cast<std::size_t>(record.integer(
        "every", 0, Check::non_negative,
        "spikes and codes of every so-manieth batch are recorded; 0: of held-out frames only"));
    snapshots = static_cast<std::size_t>(record.integer("snapshots", 8, Check::non_negative,
                                                        "snapshots of the dictionary, evenly over the run"));
    checkpoint_every_s =
        root.block("checkpoint")
            .number("every", "s (wall)", 20.0, Check::positive, "wall time between checkpoints");

    root.check_all_read();
    check_sizes(root, *this);
    resolved = root.resolved();
    keys = root.keys();
    inputs = root.inputs();
}

std::unique_ptr<Stimulus> make_drawn_stimulus(const ExperimentSettings& settings) {
    const NetworkSettings& network = settings.network;
    if (!network.senses.empty()) return make_linked_stimulus(network.senses, network.seed);
    return Registry<Stimulus>::instance().make(
        settings.stimulus.kind, settings.stimulus.block,
        {network.seed, network.geometry.height, network.geometry.width});
}

std::unique_ptr<Stimulus> make_stimulus(const ExperimentSettings& settings) {
    auto drawn = make_drawn_stimulus(settings);
    check_moves(*drawn, settings.network.presentation);
    return as_received(std::move(drawn), settings.network.reception);
}

}  // namespace sim
