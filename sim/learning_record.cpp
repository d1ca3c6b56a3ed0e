// What a run that shows frames records of them, and how well it codes frames that it never learned from.
#include <algorithm>

#include "sim/error.hpp"
#include "sim/learning_run.hpp"
#include "sim/stop.hpp"

namespace sim {

/// Without those of hidden neurons. A graded spike of an OFF twin is one of its neuron, of the opposite amount: amounts
/// add up to codes of either sign.
std::vector<Spike> LearningRun::spikes_to_record(std::span<const Spike> all) const {
    std::vector<Spike> spikes;
    for (Spike spike : all) {
        const PopulationSettings& one = settings_.populations[spike.population];
        if (spike.neuron >= one.size) {
            if (!one.has_graded_spikes || !one.codes->network.settings().objective.is_signed) continue;
            spike.neuron -= static_cast<std::uint32_t>(one.size);
            spike.amount = -spike.amount;
        }
        spikes.push_back(spike);
    }
    return spikes;
}

/// Of each code; none of a population that sees nothing.
CodeMeasures LearningRun::measure(const PopulationSettings& one, const Batch& shown) const {
    if (one.sight.of == Sight::Of::nothing) return {};
    const auto& codes = shown.codes[one.number];
    const auto& seen = shown.seen[one.number];
    return one.codes->measure(shown.frames.first, seen, shown.posed[one.number],
                              one.codes->network.fields().residual(seen, codes), codes);
}

void LearningRun::record(const Batch& shown, FrameSet set, std::uint64_t first_number,
                         const std::vector<CodeMeasures>& measures) {
    const Time T = shows_.presentation.T;
    for (std::size_t k = 0; k < shown.frames.labels.size(); ++k) {
        const std::uint64_t number = first_number + k;
        const Eigen::VectorXd columns = shown.frames.shown.col(static_cast<Eigen::Index>(k));
        out_->append_presentation(number, static_cast<std::uint8_t>(set), shown.frames.first + k,
                                  {columns.begin(), columns.end()});
        std::vector<Spike> spikes = spikes_to_record(lanes_.spikes(k));
        for (Spike& spike : spikes) spike.t += static_cast<double>(number) * T;
        std::sort(spikes.begin(), spikes.end());  // times that were apart may have met
        for (const Spike& spike : spikes) ++n_spikes_of_[spike.population];
        out_->circuit.append(spikes);
        for (std::size_t r = 0; r < settings_.record_states.size(); ++r)
            out_->circuit.append_state(r, lanes_.samples(k, r));
        ++n_recorded_;
    }
    out_->append_frames(shown.frames.pixels);
    out_->circuit.flush_spikes();  // so that a file that is being written shows them
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes) out_->append_codes(one.number, shown.codes[one.number], measures[one.number]);
}

/// Energies of n held-out frames, against the least possible.
void LearningRun::test(std::size_t first, std::size_t n, bool records, Tested& tested) {
    lanes_.tell_spikes(records);
    Batch shown = network_.pose(frames(FrameSet::held_out, first, n));
    network_.show(lanes_, shown, presentation_number(FrameSet::held_out, first));
    n_here_ += n;
    std::vector<CodeMeasures> measures(settings_.populations.size());
    for (const PopulationSettings& one : settings_.populations) {
        if (!is_tested(one)) continue;
        const std::uint32_t p = one.number;
        HeldOutCodes& codes = tested.try_emplace(p, shows_.finds_least_energy).first->second;
        codes.append(*one.codes, first, shown.seen[p], shown.posed[p], shown.codes[p],
                     lanes_.mean_spikes(p, n));
        measures[p] = codes.measures().last(n);
    }
    if (!records) return;
    n_held_out_blank_ += shown.frames.n_blank;
    for (std::size_t k = 0; k < n; ++k) n_spikes_ += lanes_.n_spikes(k);
    record(shown, FrameSet::held_out, shows_.batches * shows_.batch_size + first, measures);
}

/// Leaves no trace in what learning carries over.
LearningRun::Tested LearningRun::test_before() {
    Tested tested;
    const std::vector<double> carried = lanes_.carried();
    for (std::size_t first = 0; first < shows_.held_out; first += shows_.batch_size)
        test(first, std::min(shows_.batch_size, shows_.held_out - first), false, tested);
    lanes_.restore(carried);
    return tested;
}

/// A stop in the midst of frames leaves a checkpoint of what was before.
void LearningRun::test_or_keep(std::size_t first, std::size_t n) {
    const std::vector<double> carried = lanes_.carried();
    const Tested before = tested_;
    try {
        test(first, n, true, tested_);
    } catch (const Interrupted&) {
        lanes_.restore(carried);
        tested_ = before;
        write_checkpoint(shows_.batches);
        throw Interrupted(
            fmt::format("interrupted after {} of {} held-out frames; --resume goes on from there", first,
                        shows_.held_out));
    }
}

void LearningRun::test_after() {
    for (std::size_t first = next_held_out_; first < shows_.held_out; first = next_held_out_) {
        const std::size_t n = std::min(shows_.batch_size, shows_.held_out - first);
        test_or_keep(first, n);
        next_held_out_ = first + n;
        report(shows_.batches, next_held_out_);
        keep_now_and_then("held-out frames", next_held_out_, shows_.held_out);
    }
}

}  // namespace sim
