#include "sim/circuit_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "sim/circuit_file.hpp"
#include "sim/error.hpp"
#include "sim/provenance.hpp"
#include "sim/state.hpp"
#include "sim/streaming_file.hpp"
#include "sim/wall_time.hpp"

namespace sim {
namespace {

/// Intervals between the spikes of one neuron: their mean and variance by Welford's (1962) updates.
class Intervals {
  public:
    void add(Time t) {
        if (n_spikes_++ > 0) {
            const double interval = t - last_, off = interval - mean_;
            mean_ += off / static_cast<double>(n_spikes_ - 1);
            squares_ += off * (interval - mean_);
        }
        last_ = t;
    }
    void state(State& s) { s(n_spikes_, last_, mean_, squares_); }
    std::uint64_t n_spikes() const { return n_spikes_; }
    /// Standard deviation over mean; from three spikes on.
    double cv() const { return std::sqrt(squares_ / static_cast<double>(n_spikes_ - 1)) / mean_; }

  private:
    std::uint64_t n_spikes_ = 0;
    double last_ = 0.0, mean_ = 0.0, squares_ = 0.0;
};

/// Takes note of every spike of every population.
class Statistics {
  public:
    explicit Statistics(const CircuitSettings& settings) : settings_(settings) {
        for (const auto& population : settings.populations) intervals_.emplace_back(population.size);
        if (settings.rate_bin == 0.0) return;
        const double bins = settings.duration / settings.rate_bin;
        counts_.assign(intervals_.size(),
                       std::vector<double>(static_cast<std::size_t>(std::ceil(bins - 1e-9 * bins))));
    }

    void add(std::span<const Spike> spikes) {
        for (const Spike& spike : spikes) {
            intervals_[spike.population][spike.neuron].add(spike.t);
            if (counts_.empty()) continue;
            auto& counts = counts_[spike.population];
            const auto bin = static_cast<std::size_t>(spike.t / settings_.rate_bin);
            counts[std::min(bin, counts.size() - 1)] += 1.0;
        }
        n_spikes_ += spikes.size();
    }
    void state(State& s) { s(intervals_, counts_, n_spikes_); }

    std::uint64_t n_spikes() const { return n_spikes_; }

    std::vector<std::vector<double>> rates() const {
        auto rates = counts_;
        for (std::size_t p = 0; p < rates.size(); ++p)
            for (std::size_t k = 0; k < rates[p].size(); ++k) {
                const Time start = static_cast<double>(k) * settings_.rate_bin;
                const Time width = std::min(settings_.rate_bin, settings_.duration - start);
                rates[p][k] *= 1e3 / (width * static_cast<double>(intervals_[p].size()));
            }
        return rates;
    }

    CircuitSummary::Population summary(std::size_t p) const {
        const auto& settings = settings_.populations[p];
        std::uint64_t spikes = 0, n = 0;
        double sum = 0.0;
        for (const Intervals& one : intervals_[p]) {
            spikes += one.n_spikes();
            if (one.n_spikes() < 3) continue;
            sum += one.cv();
            ++n;
        }
        const double cv = n > 0 ? sum / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN();
        const double neuron_seconds = static_cast<double>(settings.size) * settings_.duration * 1e-3;
        return {settings.name,
                settings.kind,
                settings.size,
                spikes,
                static_cast<double>(spikes) / neuron_seconds,
                cv};
    }

  private:
    const CircuitSettings& settings_;
    std::vector<std::vector<Intervals>> intervals_;  // [population][neuron]
    std::vector<std::vector<double>> counts_;        // [population][bin]; empty without rates
    std::uint64_t n_spikes_ = 0;
};

/// Samples of one state record on their way to the file.
class Sampler {
  public:
    Sampler(CircuitFile& file, std::size_t number, const StateRecord& record, const Population& cells)
        : file_(file), number_(number), record_(record), cells_(cells) {}

    std::vector<Time> times() const {
        std::vector<Time> times;
        for (std::size_t k = 0; k < record_.n_times(); ++k) times.push_back(record_.time(k));
        return times;
    }
    void sample(Time t) {
        constexpr std::size_t kBuffered = 65536;
        for (const std::uint32_t neuron : record_.neurons)
            rows_.push_back(static_cast<float>(cells_.value(record_.variable, neuron, t)));
        if (rows_.size() >= kBuffered) flush();
    }
    void flush() {
        if (!rows_.empty()) file_.append_state(number_, rows_);
        rows_.clear();
    }
    void state(State& s) { s(rows_); }

  private:
    CircuitFile& file_;
    std::size_t number_;
    const StateRecord& record_;
    const Population& cells_;
    std::vector<float> rows_;
};

/// Instants that divide the run for writing, for checkpoints and for looking up: no state is touched there.
std::vector<Time> pauses(Time duration) {
    constexpr int kPauses = 1000;
    std::vector<Time> times;
    for (int k = 1; k < kPauses; ++k) times.push_back(duration * k / kPauses);
    return times;
}

/// The file of a run, and the state that it goes on from; empty at the start.
struct Begin {
    StreamingFile file;
    std::vector<std::byte> state;
};

/// A run that was killed before its first checkpoint left nothing to resume, and starts again.
Begin begin(io::Output output, const CircuitSettings& settings, const CircuitRunOptions& options) {
    const auto say = [&](const std::string& text) {
        if (options.on_message) options.on_message(text);
    };
    auto layout = CircuitFile::layout(
        settings, {settings.resolved, settings.seed, records_of(*settings.inputs), timestamp()});
    const bool is_there = std::filesystem::exists(output.partial()) || std::filesystem::exists(output.path());
    if (!options.resume || !is_there) {
        if (options.resume) say("nothing to resume from: starts from the beginning");
        return {StreamingFile::create(std::move(output), std::move(layout), options.force), {}};
    }
    auto [file, from, warning] = StreamingFile::resume(std::move(output), std::move(layout));
    if (!warning.empty()) say("warning: " + warning);
    return {std::move(file), std::move(from.state)};
}

/// One run of a circuit into a file.
class Run {
  public:
    Run(Begin begin, CircuitSettings& settings, const CircuitRunOptions& options)
        : settings_(settings),
          options_(options),
          file_(std::move(begin.file)),
          out_(file_, settings),
          statistics_(settings),
          simulation_(build(settings, cells_)) {
        for (const StateRecord& record : settings.record_states)
            samplers_.emplace_back(out_, samplers_.size(), record, *cells_[record.population]);
        for (Sampler& sampler : samplers_)
            simulation_->watch(sampler.times(), [&sampler](Time t) { sampler.sample(t); });
        simulation_->watch(pauses(settings.duration), [this](Time t) {
            write_spikes();
            report(t);
            if (is_checkpoint_due()) write_checkpoint();
        });
        simulation_->gather(kSpikesInMemory, [this] {
            write_spikes();
            if (is_checkpoint_due()) simulation_->between_events([this] { write_checkpoint(); });
        });
        build_s_ = seconds_since(start_);
        if (!begin.state.empty()) go_on_from(begin.state);
    }

    CircuitSummary to_end() {
        simulation_start_ = last_checkpoint_ = Clock::now();
        simulate();
        simulation_->settle_weights();
        write_spikes();
        report(settings_.duration);
        simulated_s_ += seconds_since(simulation_start_);
        write_end();
        return summary();
    }

  private:
    static constexpr std::size_t kSpikesInMemory = 1'000'000;

    void simulate() {
        try {
            simulation_->run_until(settings_.duration);
        } catch (const Interrupted&) {
            if (simulation_->has_whole_state()) write_checkpoint();
            throw Interrupted(
                fmt::format("interrupted at {:.6g} of {:.6g} ms; {}", simulation_->now(), settings_.duration,
                            simulation_->has_whole_state() ? "--resume goes on from there"
                            : file_.has_checkpoint()       ? "--resume goes on from the last checkpoint"
                                                           : "nothing is kept: there was no checkpoint yet"));
        }
    }
    void write_spikes() {
        const auto spikes = simulation_->take_spikes();
        statistics_.add(spikes);
        out_.append(spikes);
    }
    void report(Time t) const {
        if (options_.on_progress)
            options_.on_progress({t, settings_.duration, statistics_.n_spikes(), elapsed_s()});
    }

    void write_end() {
        out_.flush_spikes();
        for (Sampler& sampler : samplers_) sampler.flush();
        file_.finish([this](io::File& finished) {
            write_rates(finished, settings_, statistics_.rates());
            write_learned(finished, settings_, cells_, *simulation_);
            finished.write_attribute("/provenance", "wall_time_s", elapsed_s());
        });
    }

    /// The first one copies what was written before: it comes while that is little.
    bool is_checkpoint_due() const {
        constexpr double kFirst_s = 1.0;
        const double every = settings_.checkpoint_every_s;
        return seconds_since(last_checkpoint_) >=
               (file_.has_checkpoint() ? every : std::min(every, kFirst_s));
    }
    void write_checkpoint() {
        write_spikes();
        State saved;
        double elapsed = elapsed_s(), simulated = simulated_s_ + seconds_since(simulation_start_);
        state(saved, elapsed, simulated);
        file_.write({}, saved.saved());
        last_checkpoint_ = Clock::now();
    }
    void go_on_from(const std::vector<std::byte>& from) {
        State saved(from);
        state(saved, elapsed_before_s_, simulated_s_);
        saved.check_empty();
        if (options_.on_message)
            options_.on_message(
                fmt::format("resuming after {:.6g} of {:.6g} ms", simulation_->now(), settings_.duration));
    }
    void state(State& s, double& elapsed, double& simulated) {
        s(elapsed, simulated, *simulation_, statistics_, out_);
        for (Sampler& sampler : samplers_) s(sampler);
    }
    /// Wall time of the run, also before it was resumed.
    double elapsed_s() const { return elapsed_before_s_ + seconds_since(start_); }

    CircuitSummary summary() const {
        CircuitSummary result{{}, settings_.duration, 0, 0, build_s_, simulated_s_};
        for (std::size_t p = 0; p < cells_.size(); ++p) result.populations.push_back(statistics_.summary(p));
        for (const Projection& projection : simulation_->projections())
            result.synapses += projection.n_synapses();
        result.events = statistics_.n_spikes() + simulation_->n_arrivals();
        return result;
    }

    Clock::time_point start_ = Clock::now(), simulation_start_, last_checkpoint_;
    double elapsed_before_s_ = 0.0, build_s_ = 0.0, simulated_s_ = 0.0;
    CircuitSettings& settings_;
    const CircuitRunOptions& options_;
    StreamingFile file_;
    CircuitFile out_;
    Statistics statistics_;
    std::vector<Population*> cells_;
    std::unique_ptr<Simulation> simulation_;
    std::vector<Sampler> samplers_;
};

}  // namespace

std::vector<std::string> CircuitSummary::warnings() const {
    std::vector<std::string> all;
    for (const Population& one : populations)
        if (one.spikes == 0) all.push_back(fmt::format("population {} is silent: it never fired", one.name));
    return all;
}

CircuitSummary run(CircuitSettings settings, const CircuitRunOptions& options) {
    // A resumed run may replace the finished one that it was told to replace when it began.
    io::Output output(options.output,
                      options.force || options.resume ? io::Existing::replace : io::Existing::refuse);
    output.must_not_be(settings.inputs->all());
    load_fields(settings);
    Begin begun = begin(std::move(output), settings, options);
    return Run(std::move(begun), settings, options).to_end();
}

}  // namespace sim
