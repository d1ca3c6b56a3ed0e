#include "sim/experiment.hpp"

namespace sim {

ExperimentSettings::ExperimentSettings(const Params& root)
    : network(root),
      stimulus{root.block("stimulus"),
               Registry<Stimulus>::instance().kind(root.block("stimulus"), "natural_patches")},
      plasticity{root.block("plasticity"),
                 Registry<Plasticity>::instance().kind(root.block("plasticity"), "residual_hebbian")},
      homeostasis(root),
      gratings{root.block("analysis"), "gratings"} {
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

    const Params analysis = root.block("analysis");
    analysis_set = analysis.texts(
        "set", "overrides (as --set takes them) under which `striate analyze` tests the network");
    Registry<Stimulus>::instance().entries().at("gratings").read(analysis.block("gratings"));

    root.check_all_read();
    resolved = root.resolved();
    keys = root.keys();
}

namespace {

/// A stimulus with all pixels multiplied by a number.
class Scaled final : public Stimulus {
  public:
    Scaled(std::unique_ptr<Stimulus> stimulus, double scale)
        : stimulus_(std::move(stimulus)), scale_(static_cast<float>(scale)) {}
    void frame(FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        stimulus_->frame(set, index, pixels, shown);
        for (float& pixel : pixels) pixel *= scale_;
    }
    std::vector<std::string> columns() const override { return stimulus_->columns(); }
    std::uint64_t n_frames(FrameSet set) const override { return stimulus_->n_frames(set); }
    std::string summary() const override { return stimulus_->summary(); }
    std::vector<std::string> warnings() const override { return stimulus_->warnings(); }

  private:
    std::unique_ptr<Stimulus> stimulus_;
    float scale_;
};

}  // namespace

std::unique_ptr<Stimulus> make_stimulus(const ComponentChoice& choice, const NetworkSettings& network) {
    auto stimulus = Registry<Stimulus>::instance().make(
        choice.kind, choice.block, {network.seed, network.geometry.height, network.geometry.width});
    if (network.scale == 1.0) return stimulus;
    return std::make_unique<Scaled>(std::move(stimulus), network.scale);
}

}  // namespace sim
