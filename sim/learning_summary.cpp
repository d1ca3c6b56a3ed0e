// What a run that showed frames says of itself at its end.
#include "sim/circuit_file.hpp"
#include "sim/learning_run.hpp"

namespace sim {

/// What can be wrong though nothing fails.
std::vector<std::string> LearningRun::warnings(const ShownSummary& summary) const {
    std::vector<std::string> all;
    if (n_blank_ > 0)
        all.push_back(
            fmt::format("{} of {} frames that were learned from are blank: all their pixels are alike",
                        n_blank_, n_shown_));
    if (summary.n_blank > 0)
        all.push_back(fmt::format("{} of {} held-out frames are blank: all their pixels are alike",
                                  summary.n_blank, summary.held_out));
    for (const CodeSummary& one : summary.codes) {
        if (one.n_without_gap > one.n_without_optimum)
            all.push_back(
                fmt::format("{} of {} held-out frames have no energy, and so no relE; they are left out",
                            one.n_without_gap - one.n_without_optimum, summary.held_out));
        if (one.n_without_optimum > 0)
            all.push_back(fmt::format(
                "population {}: the search for the least energy did not end for {} of {} held-out frames; "
                "they are left out of it and of relE",
                one.population, one.n_without_optimum, summary.held_out));
    }
    if (summary.is_silent)
        all.emplace_back(
            "the network is silent: not one neuron was active in the held-out frames; is lambda above every "
            "drive?");
    for (const PopulationSettings& one : settings_.populations) {
        const auto found = tested_.find(one.number);  // some are active without spikes
        const bool is_active =
            n_spikes_of_[one.number] > 0 || (found != tested_.end() && !found->second.is_silent());
        if (!is_active && !(summary.is_silent && one.codes))
            all.push_back(fmt::format("population {} is silent: it never fired", one.name));
    }
    return all;
}

void LearningRun::write_end(io::File& finished) {
    write_fields(finished, settings_);
    for (const std::size_t k : settings_.record_weights)
        write_synapses(finished, settings_, k, [&](std::uint32_t source) {
            const Synapses& all = *network_.synapses()[k];
            const auto at = [&](std::size_t j) {
                return all.all.begin() + static_cast<std::ptrdiff_t>(all.first[j]);
            };
            return std::vector<Synapse>(at(source), at(source + 1));
        });
    finished.write_attribute("/provenance", "wall_time_s", seconds_since(start_));
}

CodeSummary LearningRun::summary(std::uint32_t p, const HeldOutCodes& tested) const {
    const CodingSheet& sheet = *settings_.populations[p].codes;
    const HeldOutRecord after = tested.record(shows_.batches);
    const bool has_learned = sheet.learns() && shows_.batches > 0;
    return {.population = settings_.populations[p].name,
            .before = shows_.batches > 0 ? before_[p] : after.energy,
            .energy = after.energy,
            .optimal_energy = after.optimal_energy,
            .relative_gap = after.relative_gap,
            .relative_gap_at_most = tested.relative_gap_at_most(),
            .kkt = tested.kkt(),
            .unexplained = tested.unexplained(),
            .psnr = tested.psnr(),
            .sparseness = tested.sparseness(),
            .spikes_per_presentation =
                has_learned ? last_[p].spikes_per_presentation : tested.spikes_per_presentation(),
            .dead_neurons = has_learned ? static_cast<double>(last_[p].dead_neurons) : kNone,
            .n_without_gap = tested.n_without_gap(),
            .n_without_optimum = tested.n_without_optimum()};
}

ShownSummary LearningRun::summary(double simulation_s) const {
    const Time recorded = static_cast<double>(n_recorded_) * shows_.presentation.T;
    ShownSummary result{.circuit = {{}, recorded, network_.n_synapses(), n_spikes_, build_s_, simulation_s},
                        .stimulus = stimulus_->summary(),
                        .batches = shows_.batches,
                        .batch_size = shows_.batch_size,
                        .held_out = shows_.held_out,
                        .T = shows_.presentation.T,
                        .n_recorded = n_recorded_,
                        .n_here = n_here_,
                        .codes = {},
                        .phases = phases_,
                        .traffic = traffic_,
                        .learning_s = learning_s_,
                        .batches_here = shows_.batches - first_batch_,
                        .n_blank = n_held_out_blank_,
                        .is_silent = !tested_.empty(),
                        .warnings = {}};
    for (const PopulationSettings& one : settings_.populations) {
        const std::uint64_t spikes = n_spikes_of_[one.number];
        const double rate = static_cast<double>(spikes) / (static_cast<double>(one.size) * recorded * 1e-3);
        result.circuit.populations.push_back({one.name, one.kind, one.size, spikes, rate, kNone});
    }
    for (const auto& [p, codes] : tested_) {
        result.codes.push_back(summary(p, codes));
        if (!codes.is_silent()) result.is_silent = false;
    }
    result.warnings = warnings(result);
    return result;
}

}  // namespace sim
