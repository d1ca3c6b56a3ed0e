#include "sim/learning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "sim/circuit_build.hpp"
#include "sim/error.hpp"
#include "sim/held_out_codes.hpp"
#include "sim/provenance.hpp"
#include "sim/shown_file.hpp"
#include "sim/shown_network.hpp"
#include "sim/stop.hpp"
#include "sim/wall_time.hpp"

namespace sim {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Whether a snapshot belongs after so many batches: `n` of them, evenly, the last at the end.
bool is_snapshot_due(std::size_t done, std::size_t n, std::size_t n_batches) {
    return n > 0 && done * n / n_batches != (done - 1) * n / n_batches;
}

class LearningRun {
  public:
    LearningRun(io::Output output, RunSettings settings, const RunOptions& options)
        : options_(options),
          network_(std::move(settings)),
          stimulus_(make_stimulus(settings_)),
          lanes_(network_.lanes(shows_.presentation, shows_.batch_size)),
          n_spikes_of_(settings_.populations.size(), 0),
          last_(settings_.populations.size()),
          before_(settings_.populations.size(), kNone) {
        for (const StateRecord& record : settings_.record_states) {
            std::vector<Time> times;
            for (std::size_t k = 0; k < record.n_times(); ++k) times.push_back(record.time(k));
            lanes_.record(record.population, record.variable, record.neurons, times);
        }
        if (const std::uint64_t n = stimulus_->n_frames(FrameSet::held_out); n > 0 && n < shows_.held_out)
            settings_.shows->held_out = static_cast<std::size_t>(n);
        for (const std::string& warning : stimulus_->warnings()) say(warning);
        say(fmt::format("stimulus: {}", stimulus_->summary()));
        if (shows_.batches > 0) frames(FrameSet::training, 0, 1);  // if there is none, before there is a file
        begin(std::move(output));
        build_s_ = seconds_since(start_);
    }

    ShownSummary to_end();

  private:
    using Tested = std::map<std::uint32_t, HeldOutCodes>;  // by population that codes what it sees

    void say(const std::string& text) const {
        if (options_.on_message) options_.on_message(text);
    }
    void begin(io::Output output);
    void state(State& s, std::vector<SheetState>& sheets, std::vector<double>& carried);
    void write_checkpoint(std::size_t next_batch);
    void go_on_from(const std::vector<std::byte>& from);

    Frames frames(FrameSet set, std::uint64_t first, std::size_t n) const {
        return draw_frames(*stimulus_, shows_.frame.height * shows_.frame.width, shows_.presentation, set,
                           first, n);
    }
    void learn();
    void learn_from_or_keep(std::size_t batch);
    void learn_from(std::size_t batch);
    void learn_from(const PopulationSettings& one, std::size_t batch, const Batch& shown);
    void append_snapshots(std::size_t done);
    bool is_tested(const PopulationSettings& one) const {
        return one.codes && one.sight.of != Sight::Of::nothing;
    }
    Tested test_before();
    void test_after();
    void test_or_keep(std::size_t first, std::size_t n);
    void test(std::size_t first, std::size_t n, bool records, Tested& tested);
    void keep_now_and_then(const std::string& what, std::size_t done, std::size_t of);
    void record(const Batch& shown, FrameSet set, std::uint64_t first_number,
                const std::vector<CodeMeasures>& measures);
    std::vector<Spike> spikes_to_record(std::span<const Spike> all) const;
    CodeMeasures measure(const PopulationSettings& one, const Batch& shown) const;
    void report(std::size_t batches_done, std::size_t held_out_done) const;
    void write_end(io::File& finished);
    CodeSummary summary(std::uint32_t p, const HeldOutCodes& tested) const;
    ShownSummary summary(double simulation_s) const;
    std::vector<std::string> warnings(const ShownSummary& summary) const;

    Clock::time_point start_ = Clock::now(), learning_start_ = start_;
    const RunOptions& options_;
    ShownNetwork network_;
    RunSettings& settings_ = network_.settings;
    const Shows& shows_ = *settings_.shows;
    std::unique_ptr<Stimulus> stimulus_;
    Lanes lanes_;
    std::optional<StreamingFile> file_;
    std::optional<ShownFile> out_;
    PhaseTimes phases_;
    double build_s_ = 0.0, learning_s_ = 0.0;
    std::uint64_t first_batch_ = 0, first_held_out_ = 0;  // of this process
    Clock::time_point last_checkpoint_{};
    bool is_between_batches_ = true;         // nothing has been learned from half of a batch
    std::size_t n_shown_ = 0, n_blank_ = 0;  // frames to learn from
    std::size_t n_here_ = 0;                 // presentations of this process
    // What is saved.
    std::uint64_t next_batch_ = 0;
    std::uint64_t next_held_out_ = 0;         // in the test after learning
    std::size_t n_held_out_blank_ = 0;        // of the frames before
    Tested tested_;                           // on them
    std::uint64_t n_spikes_ = 0;              // of all populations, in all presentations
    std::size_t n_recorded_ = 0;              // presentations
    std::vector<std::uint64_t> n_spikes_of_;  // populations, in presentations that were recorded
    std::vector<BatchRecord> last_;           // by population that learns
    std::vector<double> before_;              // held-out energies before learning, by population
};

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
      next_held_out_, n_held_out_blank_);
    for (const PopulationSettings& one : settings_.populations)
        if (is_tested(one)) tested_.try_emplace(one.number, shows_.finds_least_energy).first->second.state(s);
}

void LearningRun::write_checkpoint(std::size_t next_batch) {
    const Timed timed(phases_.record);
    next_batch_ = next_batch;
    std::vector<SheetState> sheets;
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes) sheets.push_back(one.codes->state());
    std::vector<double> carried = lanes_.carried();
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
    lanes_.restore(carried);
    first_batch_ = next_batch_, first_held_out_ = next_held_out_;
    say(fmt::format("resuming after {} of {} batches", next_batch_, shows_.batches));
    if (next_held_out_ > 0) say(fmt::format("and {} of {} held-out frames", next_held_out_, shows_.held_out));
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
    for (std::size_t k = 0; k < B; ++k) n_spikes_ += lanes_.spikes(k).size();
    const bool is_recorded = shows_.record_every > 0 && batch % shows_.record_every == 0;
    std::vector<CodeMeasures> measures(settings_.populations.size());
    for (const PopulationSettings& one : settings_.populations) {
        if (!one.codes) continue;
        if (is_recorded) measures[one.number] = measure(one, shown);  // before its fields change
        if (one.codes->learns()) learn_from(one, batch, shown);
        if (one.codes->adapts()) one.codes->adapt(shown.codes[one.number]);
    }
    is_between_batches_ = true;
    const Timed timed(phases_.record);
    out_->append_batch(batch);
    for (const PopulationSettings& one : settings_.populations)
        if (one.codes && one.codes->learns()) out_->append(one.number, last_[one.number]);
    if (is_recorded) record(shown, FrameSet::training, batch * B, measures);
}

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
    for (std::size_t k = 0; k < n; ++k) n_spikes_ += lanes_.spikes(k).size();
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
        if (one.codes && one.codes->learns()) progress.learned.push_back({one.name, last_[one.number]});
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
    if (stop || seconds_since(last_checkpoint_) >= settings_.checkpoint_every_s) {
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
}

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
    for (const CodeSummary& one : summary.codes)
        if (one.n_without_gap > 0)
            all.push_back(
                fmt::format("{} of {} held-out frames have no energy, and so no relE; they are left out",
                            one.n_without_gap, summary.held_out));
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
            .unexplained = tested.unexplained(),
            .psnr = tested.psnr(),
            .sparseness = tested.sparseness(),
            .spikes_per_presentation =
                has_learned ? last_[p].spikes_per_presentation : tested.spikes_per_presentation(),
            .dead_neurons = has_learned ? static_cast<double>(last_[p].dead_neurons) : kNone,
            .n_without_gap = tested.n_without_gap()};
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

}  // namespace

ShownSummary learn(RunSettings settings, const RunOptions& options) {
    // A resumed run may replace the finished one that it was told to replace when it began.
    io::Output output(options.output,
                      options.force || options.resume ? io::Existing::replace : io::Existing::refuse);
    output.must_not_be(settings.inputs->all());
    make_fields(settings);
    return LearningRun(std::move(output), std::move(settings), options).to_end();
}

}  // namespace sim
