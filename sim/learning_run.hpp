// A run that shows frames, while it goes: what it shows, what it holds, and what of it is saved. Of its own files alone:
// the loop of batches and checkpoints stands in learning.cpp, what is recorded and tested in learning_record.cpp, what is
// said at the end in learning_summary.cpp.
#pragma once
#include <fmt/format.h>

#include <limits>
#include <map>

#include "sim/held_out_codes.hpp"
#include "sim/learning.hpp"
#include "sim/shown_file.hpp"
#include "sim/shown_network.hpp"
#include "sim/wall_time.hpp"

namespace sim {

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
    static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
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
    bool learns_from_hidden() const;
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
    ranks::Traffic traffic_;  // while it learned
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

}  // namespace sim
