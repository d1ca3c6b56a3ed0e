#include "sim/experiment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sim {

AnalysisSettings::AnalysisSettings(const Params& root) : gratings{root.block("analysis"), "gratings"} {
    const Params p = root.block("analysis");
    set =
        p.overrides("set", "overrides (as --set takes them) under which `striate analyze` tests the network");
    Registry<Stimulus>::instance().entries().at("gratings").read(p.block("gratings"));
    const std::vector<std::string> known{"gratings", "contrast", "mask", "size", "noise", "natural", "blank"};
    tests = p.texts(
        "tests",
        "what the network is tested with, of gratings (always), contrast, mask, size, noise, natural, blank",
        known);
    for (const std::string& test : tests)
        if (std::ranges::find(known, test) == known.end())
            p.fail("tests", fmt::format("some of {}", fmt::join(known, ", ")), fmt::format("\"{}\"", test));
    contrasts = p.numbers(
        "contrasts", "1", Check::positive,
        "norms of the frames of the test of contrast, ascending; [0.05, 0.1, 0.2, 0.4, 0.7, 1] if not given");
    if (contrasts.empty()) contrasts = {0.05, 0.1, 0.2, 0.4, 0.7, 1.0};
    if (!std::ranges::is_sorted(contrasts)) p.fail("contrasts", "ascending");
    cells = p.count("cells", 64, "neurons whose size tuning is measured");
    noise_frames = p.count("noise_frames", 4000, "frames of each kind of noise");
    natural_frames = p.count("natural_frames", 400, "held-out frames");
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
    resolved = root.resolved();
    keys = root.keys();
    inputs = root.inputs();
}

namespace {

/// A stimulus as the network receives it.
class Received final : public Stimulus {
  public:
    Received(std::unique_ptr<Stimulus> stimulus, const Reception& reception)
        : stimulus_(std::move(stimulus)), reception_(reception) {}
    void frame(FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        stimulus_->frame(set, index, pixels, shown);
        reception_.receive(2 * index + static_cast<std::uint64_t>(set), pixels);
    }
    std::vector<std::string> columns() const override { return stimulus_->columns(); }
    int label(FrameSet set, std::uint64_t index) const override { return stimulus_->label(set, index); }
    std::uint64_t n_frames(FrameSet set) const override { return stimulus_->n_frames(set); }
    std::string summary() const override { return stimulus_->summary(); }
    std::vector<std::string> warnings() const override { return stimulus_->warnings(); }

  private:
    std::unique_ptr<Stimulus> stimulus_;
    Reception reception_;
};

}  // namespace

std::unique_ptr<Stimulus> make_drawn_stimulus(const ExperimentSettings& settings) {
    const NetworkSettings& network = settings.network;
    if (!network.senses.empty()) return make_linked_stimulus(network.senses, network.seed);
    return Registry<Stimulus>::instance().make(
        settings.stimulus.kind, settings.stimulus.block,
        {network.seed, network.geometry.height, network.geometry.width});
}

std::unique_ptr<Stimulus> make_stimulus(const ExperimentSettings& settings) {
    return std::make_unique<Received>(make_drawn_stimulus(settings), settings.network.reception);
}

}  // namespace sim
