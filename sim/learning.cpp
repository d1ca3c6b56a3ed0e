#include "sim/learning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/coding_sheet.hpp"
#include "sim/encoder.hpp"
#include "sim/error.hpp"
#include "sim/frames.hpp"
#include "sim/median.hpp"
#include "sim/parallel.hpp"
#include "sim/stop.hpp"
#include "sim/wall_time.hpp"

namespace sim {
namespace {

constexpr double kOptimumTolerance = 1e-6;  // KKT residual of the codes the population's are judged against

class Run {
  public:
    Run(const ExperimentSettings& settings, const RunOptions& options)
        : settings_(settings),
          options_(options),
          sheet_(settings.network, settings.plasticity, settings.homeostasis, settings.batches),
          network_(sheet_.network),
          stimulus_(make_stimulus(settings)),
          encoder_(network_.neurons(), network_.program, settings.network.presentation, settings.batch_size) {
        if (sheet_.learns_weights() && settings.teaching.is_on())
            throw ConfigError(fmt::format("teaching: must inject nothing under plasticity.kind {}",
                                          settings.plasticity.kind));
        sheet_.randomise();
    }

    RunSummary go(io::Output output);

  private:
    void say(const std::string& text) const {
        if (options_.on_message) options_.on_message(text);
    }
    RunHeader header();
    Checkpoint checkpoint(std::size_t next_batch);
    void restore(const Checkpoint& checkpoint);

    Frames frames(FrameSet set, std::uint64_t first, std::size_t n) const {
        return draw_frames(*stimulus_, network_.dictionary.pixels(), settings_.network.presentation, set,
                           first, n);
    }
    BatchRecord learn_from(std::size_t batch, RunWriter& writer);
    void learn_from_or_keep(std::size_t batch, RunWriter& writer, RunSummary& summary);
    void warn_of_silence(RunSummary& summary) const;
    struct Test {
        HeldOutRecord energies;
        std::size_t n_blank, n_without_gap;  // frames
        bool is_silent;                      // no spike, and no activity
    };
    Test test(std::size_t batch, RunWriter* record_to);
    Test test_or_say(RunWriter& writer);
    void record(RunWriter& writer, FrameSet set, const Frames& shown, std::uint64_t first_number,
                const Eigen::MatrixXf& codes, std::span<const double> energies) const;
    bool snapshot_due(std::size_t batches_done) const;
    FinalNetwork final_network() const;

    const ExperimentSettings& settings_;
    const RunOptions& options_;
    std::string started_ = timestamp();
    CodingSheet sheet_;
    Network& network_;  // of the sheet
    std::unique_ptr<Stimulus> stimulus_;
    Encoder encoder_;
    PhaseTimes phases_;
    std::size_t n_shown_ = 0, n_blank_ = 0;  // frames to learn from
    bool is_between_batches_ = true;         // nothing has been learned from half of a batch
};

/// Adds the wall time of its scope to a phase.
class Timed {
  public:
    explicit Timed(double& total) : total_(total) {}
    ~Timed() { total_ += seconds_since(start_); }
    Timed(const Timed&) = delete;

  private:
    double& total_;
    Clock::time_point start_ = Clock::now();
};

RunHeader Run::header() {
    return {&settings_.network,
            network_.dictionary.visual_positions(),
            network_.dictionary.fields(),
            stimulus_->columns(),
            {settings_.resolved, settings_.network.seed, records_of(*settings_.inputs), started_},
            stimulus_->summary(),
            checkpoint(0)};
}

Checkpoint Run::checkpoint(std::size_t next_batch) {
    SheetState state = sheet_.state();
    return {next_batch,
            std::move(state.Phi),
            std::move(state.Q),
            std::move(state.lambda),
            std::move(state.activity),
            std::move(state.plasticity),
            encoder_.carried()};
}

void Run::restore(const Checkpoint& from) {
    sheet_.restore({from.Phi, from.Q, from.lambda, from.activity, from.plasticity});
    encoder_.restore(from.carried);
}

BatchRecord Run::learn_from(std::size_t batch, RunWriter& writer) {
    const std::size_t B = settings_.batch_size;
    Frames shown;
    {
        const Timed timed(phases_.stimulus);
        shown = frames(FrameSet::training, batch * B, B);
        n_shown_ += B;
        n_blank_ += shown.n_blank;
    }
    Problems posed;
    Eigen::MatrixXf codes;
    {
        const Timed timed(phases_.encode);
        posed = network_.pose(shown.pixels);
        Eigen::MatrixXf b = drive(network_, shown, posed);
        inject(settings_.teaching, batch, settings_.batches, shown.labels, b);
        codes = network_.codes(encoder_.encode(b, presentation_number(FrameSet::training, batch * B)));
    }
    is_between_batches_ = false;
    BatchRecord measured{};
    std::vector<double> energy;
    {
        const Timed timed(phases_.learn);
        measured = sheet_.learn(batch, shown.pixels, posed, codes, encoder_.counts_from(network_.size(), B),
                                encoder_.mean_spikes(B), energy);
    }
    {
        const Timed timed(phases_.interaction);
        network_.refresh_interaction();
    }
    is_between_batches_ = true;
    const Timed timed(phases_.record);
    writer.append(measured);
    if (settings_.record_every > 0 && batch % settings_.record_every == 0)
        record(writer, FrameSet::training, shown, batch * B, codes, energy);
    return measured;
}

/// Spikes of neurons that have a place, without hidden ones.
std::vector<Spike> of_the_sheet(std::span<const Spike> spikes, std::size_t n_neurons) {
    std::vector<Spike> result;
    std::ranges::copy_if(spikes, std::back_inserter(result),
                         [n_neurons](const Spike& spike) { return spike.neuron < n_neurons; });
    return result;
}

void Run::record(RunWriter& writer, FrameSet set, const Frames& shown, std::uint64_t first_number,
                 const Eigen::MatrixXf& codes, std::span<const double> energies) const {
    std::vector<PresentationRecord> records;
    for (Eigen::Index k = 0; k < codes.cols(); ++k) {
        const Eigen::VectorXd columns = shown.shown.col(k);
        const auto code = codes.col(k);
        records.push_back({first_number + static_cast<std::uint64_t>(k),
                           static_cast<std::uint8_t>(set),
                           shown.first + static_cast<std::uint64_t>(k),
                           {columns.begin(), columns.end()},
                           energies[static_cast<std::size_t>(k)],
                           {code.begin(), code.end()}});
        writer.append(of_the_sheet(encoder_.spikes(static_cast<std::size_t>(k)), network_.size()),
                      static_cast<double>(records.back().number) * settings_.network.presentation.T);
    }
    writer.append(records);
}

/// Energy on the held-out frames, against the least possible; recorded in full if a writer is given. A
/// population that solves no program has no least energy: NaN. A frame of which nothing costs anything, as a
/// black one, has no gap.
Run::Test Run::test(std::size_t batch, RunWriter* record_to) {
    std::vector<double> reached, least, gap;
    std::size_t n_spikes = 0, n_active = 0, n_blank = 0;
    const std::vector<double> carried =
        encoder_.carried();  // the test leaves no trace in what learning carries over
    for (std::size_t first = 0; first < settings_.held_out; first += settings_.batch_size) {
        const std::size_t n = std::min(settings_.batch_size, settings_.held_out - first);
        const Frames shown = frames(FrameSet::held_out, first, n);
        const Problems posed = network_.pose(shown.pixels);
        const Eigen::MatrixXf codes = network_.codes(
            encoder_.encode(drive(network_, shown, posed), presentation_number(FrameSet::held_out, first)));
        const Eigen::MatrixXf best =
            network_.solves_program() ? network_.optima(posed, kOptimumTolerance) : codes;
        const auto energy =
            sheet_.energies(first, posed, network_.dictionary.residual(shown.pixels, codes), codes);
        const auto optimal =
            sheet_.energies(first, posed, network_.dictionary.residual(shown.pixels, best), best);
        if (record_to != nullptr)
            record(*record_to, FrameSet::held_out, shown, settings_.batches * settings_.batch_size + first,
                   codes, energy);
        for (std::size_t k = 0; k < n; ++k) {
            if (optimal[k] > 0.0) gap.push_back(energy[k] / optimal[k] - 1.0);
            n_spikes += encoder_.spikes(k).size();
        }
        n_active += static_cast<std::size_t>((codes.array() != 0.0F).count());
        n_blank += shown.n_blank;
        reached.insert(reached.end(), energy.begin(), energy.end());
        least.insert(least.end(), optimal.begin(), optimal.end());
    }
    encoder_.restore(carried);
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    const bool is_silent = n_spikes == 0 && n_active == 0;
    if (!network_.solves_program()) return {{batch, mean(reached), kNone, kNone}, n_blank, 0, is_silent};
    return {
        {batch, mean(reached), mean(least), median(gap)}, n_blank, reached.size() - gap.size(), is_silent};
}

/// Whether a snapshot belongs after so many batches: `snapshots` of them, evenly, the last at the end.
bool Run::snapshot_due(std::size_t done) const {
    if (settings_.snapshots == 0 || settings_.batches == 0) return false;
    const auto place = [&](std::size_t batches) { return batches * settings_.snapshots / settings_.batches; };
    return place(done) != place(done - 1);
}

FinalNetwork Run::final_network() const {
    const Program& program = network_.program;
    std::vector<double> Q_diagonal(program.Q.size());
    for (std::size_t i = 0; i < Q_diagonal.size(); ++i) Q_diagonal[i] = program.Q.diagonal(i);
    FinalNetwork final{network_.dictionary.fields(),
                       program.lambda,
                       Q_diagonal,
                       sheet_.learns_weights() ? program.Q.to_dense() : std::vector<float>{},
                       {}};
    for (const Sense& sense : settings_.network.senses)
        final.senses.push_back({sense, fields_of(sense, final.Phi, network_.dictionary.pixels())});
    return final;
}

/// What can be wrong though nothing fails.
void Run::warn_of_silence(RunSummary& summary) const {
    const auto warn = [&](std::string text) {
        say("warning: " + text);
        summary.warnings.push_back(std::move(text));
    };
    if (n_blank_ > 0)
        warn(fmt::format("{} of {} frames that were learned from are blank: all their pixels are alike",
                         n_blank_, n_shown_));
    if (summary.held_out_blank > 0)
        warn(fmt::format("{} of {} held-out frames are blank: all their pixels are alike",
                         summary.held_out_blank, settings_.held_out));
    if (summary.held_out_without_gap > 0)
        warn(fmt::format("{} of {} held-out frames have no energy, and so no relE; they are left out",
                         summary.held_out_without_gap, settings_.held_out));
    if (summary.is_silent)
        warn(
            "the network is silent: not one neuron was active in the held-out frames; is lambda above every "
            "drive?");
}

/// Learns from a batch. A stop that comes before anything was learned from it leaves a checkpoint of what was
/// before; one that comes later leaves the last one.
void Run::learn_from_or_keep(std::size_t batch, RunWriter& writer, RunSummary& summary) {
    const std::vector<double> carried = encoder_.carried();
    try {
        summary.last = learn_from(batch, writer);
    } catch (const Interrupted&) {
        if (is_between_batches_) {
            encoder_.restore(carried);
            writer.write(checkpoint(batch));
        }
        throw Interrupted(fmt::format("interrupted after {} of {} batches; --resume goes on from {}", batch,
                                      settings_.batches,
                                      is_between_batches_ ? "there" : "the last checkpoint"));
    }
}

RunSummary Run::go(io::Output output) {
    output.must_not_be(settings_.inputs->all());
    for (const std::string& warning : stimulus_->warnings()) say(warning);
    say(fmt::format("stimulus: {}", stimulus_->summary()));
    RunSummary summary;
    summary.stimulus = stimulus_->summary();
    summary.n_neurons = network_.size();
    summary.batches = settings_.batches;
    summary.batch_size = settings_.batch_size;

    // The test before learning is repeated on resume: it depends on the initial dictionary alone.
    summary.before = test(0, nullptr).energies;
    std::size_t first = 0;
    auto writer = [&] {
        if (!options_.resume) return RunWriter::create(std::move(output), header(), options_.force);
        auto [resumed, from, warning] = RunWriter::resume(std::move(output), header());
        if (!warning.empty()) say("warning: " + warning);
        restore(from);
        first = from.batch;
        say(fmt::format("resuming after {} of {} batches", first, settings_.batches));
        return std::move(resumed);
    }();
    if (first == 0 && !options_.resume) {
        writer.append(summary.before);
        writer.write(checkpoint(0));
    }

    const auto start = Clock::now();
    auto last_checkpoint = start;
    for (std::size_t batch = first; batch < settings_.batches; ++batch) {
        learn_from_or_keep(batch, writer, summary);
        const std::size_t done = batch + 1;
        if (snapshot_due(done)) writer.append_snapshot(done, network_.dictionary.fields(), sheet_.activity());
        if (options_.on_progress)
            options_.on_progress(
                {summary.last, settings_.batches, settings_.batch_size, first, seconds_since(start)});
        if (done == settings_.batches) break;  // resumed after the last, a run would know no measures of it
        const bool stop = hears_stop();
        if (stop || seconds_since(last_checkpoint) >= settings_.checkpoint_every_s) {
            const Timed timed(phases_.record);
            writer.write(checkpoint(done));
            last_checkpoint = Clock::now();
        }
        if (stop)
            throw Interrupted(fmt::format("interrupted after {} of {} batches; --resume goes on from there",
                                          done, settings_.batches));
    }
    summary.learning_s = seconds_since(start);
    summary.batches_here = settings_.batches - first;

    const Test last = test_or_say(writer);
    summary.after = last.energies;
    summary.held_out_blank = last.n_blank;
    summary.held_out_without_gap = last.n_without_gap;
    summary.is_silent = last.is_silent;
    writer.append(summary.after);
    writer.finish(final_network(), seconds_since(start));
    summary.phases = phases_;
    warn_of_silence(summary);
    return summary;
}

/// The test after learning. Stopped, it is done again: from the last checkpoint on, for what is known of the
/// last batch is not kept.
Run::Test Run::test_or_say(RunWriter& writer) {
    try {
        return test(settings_.batches, &writer);
    } catch (const Interrupted&) {
        throw Interrupted(fmt::format(
            "interrupted after {} of {} batches, in the test on held-out frames; --resume goes on from the "
            "last checkpoint",
            settings_.batches, settings_.batches));
    }
}

}  // namespace

RunSummary run(const ExperimentSettings& settings, const RunOptions& options) {
    // A resumed run may replace the finished one that it was told to replace when it began.
    io::Output output(options.output,
                      options.force || options.resume ? io::Existing::replace : io::Existing::refuse);
    return Run(settings, options).go(std::move(output));
}

}  // namespace sim
