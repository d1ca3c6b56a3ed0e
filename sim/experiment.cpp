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

std::unique_ptr<Stimulus> make_stimulus(const ComponentChoice& choice, const NetworkSettings& network) {
    return Registry<Stimulus>::instance().make(
        choice.kind, choice.block, {network.seed, network.geometry.height, network.geometry.width});
}

}  // namespace sim
