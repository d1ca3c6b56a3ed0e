#include "sim/learning.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/circuit_build.hpp"
#include "sim/error.hpp"
#include "sim/learning_run.hpp"
#include "sim/provenance.hpp"
#include "sim/stop.hpp"

namespace sim {
namespace {

/// Whether a snapshot belongs after so many batches: `n` of them, evenly, the last at the end.
bool is_snapshot_due(std::size_t done, std::size_t n, std::size_t n_batches) {
    return n > 0 && done * n / n_batches != (done - 1) * n / n_batches;
}

}  // namespace

/// The test before learning is that of what nothing was learned from yet.
void LearningRun::begin(io::Output output) {
    auto layout = ShownFile::layout(
        settings_, {settings_.resolved, settings_.seed, records_of(*settings_.inputs), timestamp()},
        stimulus_->columns(), stimulus_->summary());
    if (options_.resume) {
        auto [file, saved, warning] = StreamingFile::resume(std::move(output), std::move(layout));
        if (!warning.empty()) say("warning: " + warning);
        file_.emplace(std::move(file));
        out_.emplace(*file_, settings_);
        go_on_from(saved);
        return;
    }
    const Tested before = shows_.batches > 0 ? test_before() : Tested{};
    file_.emplace(StreamingFile::create(std::move(output), std::move(layout), options_.force));
    out_.emplace(*file_, settings_);
    for (const auto& [p, codes] : before) {
        before_[p] = codes.record(0).energy;
        out_->append(p, codes.record(0));
    }
    write_checkpoint(0);
}

void LearningRun::state(State& s, std::vector<SheetState>& sheets, std::vector<double>& carried) {
    s(next_batch_, n_spikes_, n_recorded_, n_spikes_of_, last_, before_, sheets, carried, out_->circuit,
      next_held_out_, n_held_out_blank_, network_);
    for (const PopulationSettings& one : settings_.populations)
        if (is_tested(one)) tested_.try_emplace(one.number, shows_.finds_least_energy).first->second.state(s);
}

void LearningRun::write_checkpoint(std::size_t next_batch) {
    const Timed timed(phases_.record);
    next_batch_ = next_batch;
    std::vector<SheetState> sheets;
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes) sheets.push_back(one.codes->state());
    std::vector<double> carried = lanes_.carried_of_all();
    State saved;
    state(saved, sheets, carried);
    file_->write(saved.saved());
}

void LearningRun::go_on_from(const std::vector<std::byte>& from) {
    std::vector<SheetState> sheets;
    std::vector<double> carried;
    State saved(from);
    state(saved, sheets, carried);
    saved.check_empty();
    std::size_t next = 0;
    for (const PopulationSettings& one : settings_.populations) {
        if (!one.codes) continue;
        one.codes->restore(sheets.at(next++));
        network_.follow_fields(one.number);
    }
    lanes_.restore_all(carried);
    first_batch_ = next_batch_, first_held_out_ = next_held_out_;
    say(fmt::format("resuming after {} of {} batches", next_batch_, shows_.batches));
    if (next_held_out_ > 0) say(fmt::format("and {} of {} held-out frames", next_held_out_, shows_.held_out));
}

bool LearningRun::learns_from_hidden() const {
    return std::ranges::any_of(settings_.populations, [](const PopulationSettings& one) {
        return one.codes && one.codes->learns() && one.codes->network.neurons().n_hidden() > 0;
    });
}

/// Learns from a batch as one population saw it.
void LearningRun::learn_from(const PopulationSettings& one, std::size_t batch, const Batch& shown) {
    const std::size_t p = one.number, B = shows_.batch_size;
    const Network& network = one.codes->network;
    const std::size_t n_hidden = network.neurons().n_hidden();
    {
        const Timed timed(phases_.learn);
        last_[p] =
            one.codes->learn(batch, shown.seen[p], shown.posed[p], shown.codes[p],
                             lanes_.counts(one.number, network.program.Q.size() - n_hidden, n_hidden, B),
                             lanes_.mean_spikes(one.number, B));
    }
    const Timed timed(phases_.interaction);
    network_.follow_fields(one.number);
}

void LearningRun::learn_from(std::size_t batch) {
    const std::size_t B = shows_.batch_size;
    Frames drawn;
    {
        const Timed timed(phases_.stimulus);
        drawn = frames(FrameSet::training, batch * B, B);
        n_shown_ += B;
        n_here_ += B;
        n_blank_ += drawn.n_blank;
    }
    const bool is_recorded = shows_.record_every > 0 && batch % shows_.record_every == 0;
    lanes_.tell_spikes(is_recorded || learns_from_hidden() || network_.learns_from_spikes());
    Batch shown;
    {
        const Timed timed(phases_.encode);
        shown = network_.pose(std::move(drawn));
        for (const PopulationSettings& one : settings_.populations)
            if (one.codes && one.codes->teaching.is_on())
                inject(one.codes->teaching, batch, shows_.batches, shown.frames.labels,
                       shown.drives[one.number]);
        network_.show(lanes_, shown, presentation_number(FrameSet::training, batch * B));
    }
    is_between_batches_ = false;
    for (std::size_t k = 0; k < B; ++k) n_spikes_ += lanes_.n_spikes(k);
    std::vector<CodeMeasures> measures(settings_.populations.size());
    for (const PopulationSettings& one : settings_.populations) {
        if (!one.codes) continue;
        if (is_recorded) measures[one.number] = measure(one, shown);  // before its fields change
        if (one.codes->learns()) learn_from(one, batch, shown);
        if (one.codes->adapts()) one.codes->adapt(shown.codes[one.number]);
    }
    {
        const Timed timed(phases_.learn);
        network_.learn_projections(shown, lanes_);
    }
    is_between_batches_ = true;
    const Timed timed(phases_.record);
    out_->append_batch(batch);
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes && one.codes->learns()) out_->append(one.number, last_[one.number]);
    if (is_recorded) record(shown, FrameSet::training, batch * B, measures);
}

void LearningRun::report(std::size_t batches_done, std::size_t held_out_done) const {
    if (!options_.on_batch) return;
    const std::size_t B = shows_.batch_size;
    BatchProgress progress{batches_done * B + held_out_done,
                           static_cast<std::size_t>(first_batch_) * B + first_held_out_,
                           shows_.batches * B + shows_.held_out,
                           batches_done,
                           shows_.batches,
                           {},
                           seconds_since(learning_start_)};
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes && one.codes->learns())
            progress.learned.push_back({one.name, last_[one.number], one.codes.get()});
    options_.on_batch(progress);
}

void LearningRun::append_snapshots(std::size_t done) {
    if (!is_snapshot_due(done, shows_.snapshots, shows_.batches)) return;
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes && one.codes->learns()) out_->append_snapshot(one.number, done, *one.codes);
}

/// Learns from a batch. A stop that comes before anything was learned from it leaves a checkpoint of what was
/// before; one that comes later leaves the last one.
void LearningRun::learn_from_or_keep(std::size_t batch) {
    const std::vector<double> carried = lanes_.carried();
    try {
        learn_from(batch);
    } catch (const Interrupted&) {
        if (is_between_batches_) {
            lanes_.restore(carried);
            write_checkpoint(batch);
        }
        throw Interrupted(fmt::format("interrupted after {} of {} batches; --resume goes on from {}", batch,
                                      shows_.batches, is_between_batches_ ? "there" : "the last checkpoint"));
    }
}

/// A checkpoint where one is due, or a stop is heard. throws Interrupted then
void LearningRun::keep_now_and_then(const std::string& what, std::size_t done, std::size_t of) {
    const bool stop = hears_stop();
    if (stop || ranks::of_first(seconds_since(last_checkpoint_) >= settings_.checkpoint_every_s)) {
        write_checkpoint(next_batch_);
        last_checkpoint_ = Clock::now();
    }
    if (stop)
        throw Interrupted(
            fmt::format("interrupted after {} of {} {}; --resume goes on from there", done, of, what));
}

void LearningRun::learn() {
    learning_start_ = Clock::now();
    phases_ = {};
    const ranks::Traffic before = ranks::traffic();
    last_checkpoint_ = learning_start_;
    for (std::size_t batch = next_batch_; batch < shows_.batches; ++batch) {
        learn_from_or_keep(batch);
        const std::size_t done = batch + 1;
        append_snapshots(done);
        report(done, 0);
        next_batch_ = done;
        keep_now_and_then("batches", done, shows_.batches);
    }
    learning_s_ = seconds_since(learning_start_);
    traffic_ = ranks::traffic() - before;
    traffic_.work_s = ranks::greatest(traffic_.work_s);
}

ShownSummary LearningRun::to_end() {
    learn();
    test_after();
    for (const auto& [p, codes] : tested_) out_->append(p, codes.record(shows_.batches));
    const double simulation_s = seconds_since(start_) - build_s_;
    file_->finish([&](io::File& finished) { write_end(finished); });
    ShownSummary result = summary(simulation_s);
    for (const std::string& warning : result.warnings) say("warning: " + warning);
    return result;
}

ShownSummary learn(RunSettings settings, const RunOptions& options) {
    // A resumed run may replace the finished one that it was told to replace when it began.
    io::Output output(options.output,
                      options.force || options.resume ? io::Existing::replace : io::Existing::refuse);
    output.must_not_be(settings.inputs->all());
    make_fields(settings);
    return LearningRun(std::move(output), std::move(settings), options).to_end();
}

}  // namespace sim
