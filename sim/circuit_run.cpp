#include "sim/circuit_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "sim/circuit_build.hpp"
#include "sim/circuit_file.hpp"
#include "sim/error.hpp"
#include "sim/provenance.hpp"
#include "sim/ranks_items.hpp"
#include "sim/state.hpp"
#include "sim/streaming_file.hpp"
#include "sim/wall_time.hpp"

namespace sim {
namespace {

/// Intervals between the spikes of one neuron: sums of what they are off the first one, which are small where a train
/// is regular, so that little of a small variance is lost to rounding.
class Intervals {
  public:
    void add(Time t) {
        if (n_spikes_ == 1) interval_ = t - last_;
        if (n_spikes_ > 1) {
            const double off = t - last_ - interval_;
            off_ += off;
            squares_ += off * off;
        }
        ++n_spikes_;
        last_ = t;
    }
    void state(State& s) { s(n_spikes_, last_, interval_, off_, squares_); }
    std::uint64_t n_spikes() const { return n_spikes_; }
    /// Standard deviation over mean; from three spikes on.
    double cv() const {
        const auto n = static_cast<double>(n_spikes_ - 1);
        const double mean = interval_ + off_ / n;
        return std::sqrt(std::max(squares_ - off_ * off_ / n, 0.0) / n) / mean;
    }

  private:
    std::uint64_t n_spikes_ = 0;
    double last_ = 0.0, interval_ = 0.0, off_ = 0.0, squares_ = 0.0;  // interval_: the first one
};

/// Takes note of every spike of every population. Parts do so side by side, each of its own neurons.
class Statistics {
  public:
    Statistics(const RunSettings& settings, const Cuts& cuts) : settings_(settings), cuts_(cuts) {
        std::size_t n_bins = 0;
        if (settings.rate_bin > 0.0) {
            const double bins = settings.duration / settings.rate_bin;
            n_bins = static_cast<std::size_t>(std::ceil(bins - 1e-9 * bins));
        }
        for (std::size_t k = 0; k < cuts.n_parts(); ++k) {
            OfPart& part = parts_.emplace_back();
            for (const PopulationSettings& one : settings.populations) {
                part.intervals.emplace_back(cuts.size(one.number, k));
                if (n_bins > 0) part.spikes.emplace_back(n_bins, 0.0);
            }
        }
    }

    void add(std::size_t k, std::span<const Spike> spikes) {
        OfPart& part = parts_[k];
        for (const Spike& spike : spikes) {
            part.intervals[spike.population][spike.neuron - cuts_.first(spike.population, k)].add(spike.t);
            if (part.spikes.empty()) continue;
            auto& of_bins = part.spikes[spike.population];
            const auto bin = static_cast<std::size_t>(spike.t / settings_.rate_bin);
            of_bins[std::min(bin, of_bins.size() - 1)] += 1.0;
        }
        part.n_spikes += spikes.size();
    }
    void state(State& s) { s(parts_); }
    /// Those of the parts of other ranks, as they are now.
    void gather() { ranks::gather_items(parts_); }

    /// Of all ranks, which ask together.
    std::uint64_t n_spikes() const {
        std::uint64_t n = 0;
        for (auto [k, last] = ranks::share(parts_.size()); k < last; ++k) n += parts_[k].n_spikes;
        return ranks::sum(n);
    }

    /// After gather().
    std::vector<std::vector<double>> rates() const {
        auto rates = parts_.front().spikes;
        for (std::size_t p = 0; p < rates.size(); ++p)
            for (std::size_t k = 0; k < rates[p].size(); ++k) {
                for (std::size_t part = 1; part < parts_.size(); ++part)
                    rates[p][k] += parts_[part].spikes[p][k];
                const Time start = static_cast<double>(k) * settings_.rate_bin;
                const Time width = std::min(settings_.rate_bin, settings_.duration - start);
                rates[p][k] *= 1e3 / (width * static_cast<double>(settings_.populations[p].size));
            }
        return rates;
    }

    /// The same.
    CircuitSummary::Population summary(std::size_t p) const {
        const auto& settings = settings_.populations[p];
        std::uint64_t spikes = 0, n = 0;
        double sum = 0.0;
        for (const OfPart& part : parts_)
            for (const Intervals& one : part.intervals[p]) {
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
    struct OfPart {
        std::vector<std::vector<Intervals>> intervals;  // [population][neuron]
        std::vector<std::vector<double>> spikes;        // [population][bin]; empty without rates
        std::uint64_t n_spikes = 0;
        void state(State& s) { s(intervals, spikes, n_spikes); }
    };
    const RunSettings& settings_;
    const Cuts& cuts_;
    std::vector<OfPart> parts_;
};

/// Samples of one state record on their way to the file. Parts sample their own neurons.
class Sampler {
  public:
    Sampler(CircuitFile& file, std::size_t number, const StateRecord& record, Parts& parts)
        : file_(file), number_(number), record_(record), columns_(parts.size()), samples_(parts.size()) {
        for (std::size_t column = 0; column < record.neurons.size(); ++column)
            columns_[parts.cuts().part_of(record.population, record.neurons[column])].push_back(column);
        for (auto [k, last] = parts.here(); k < last; ++k)
            if (!columns_[k].empty()) watch(parts, k);
    }

    /// Times that all parts have come to, if there are many.
    void write() {
        constexpr std::size_t kBuffered = 65536;
        if (n_rows() * record_.neurons.size() >= kBuffered) flush();
    }
    void flush() {
        const std::size_t n = n_rows(), width = record_.neurons.size();
        if (n == 0) return;
        ranks::gather_items(samples_);
        std::vector<float> rows(n * width);
        for (std::size_t k = 0; k < columns_.size(); ++k) {
            const std::size_t here = columns_[k].size();
            for (std::size_t at = 0; at < n * here; ++at)
                rows[at / here * width + columns_[k][at % here]] = samples_[k][at];
            samples_[k].erase(samples_[k].begin(),
                              samples_[k].begin() + static_cast<std::ptrdiff_t>(n * here));
        }
        file_.append_state(number_, rows);
    }
    void state(State& s) {
        if (!s.is_loading()) ranks::gather_items(samples_);
        s(samples_);
    }

  private:
    void watch(Parts& parts, std::size_t k) {
        std::vector<Time> times;
        for (std::size_t at = 0; at < record_.n_times(); ++at) times.push_back(record_.time(at));
        const Population& population = parts[k].population(record_.population);
        const std::uint32_t first = parts.cuts().first(record_.population, k);
        parts[k].watch(times, [this, k, &population, first](Time t) {
            for (const std::size_t column : columns_[k])
                samples_[k].push_back(static_cast<float>(
                    population.value(record_.variable, record_.neurons[column] - first, t)));
        });
    }
    /// Of all ranks.
    std::size_t n_rows() const {
        double n = static_cast<double>(record_.n_times());
        for (auto [k, last] = ranks::share(columns_.size()); k < last; ++k)
            if (!columns_[k].empty())
                n = std::min(n, static_cast<double>(samples_[k].size() / columns_[k].size()));
        return static_cast<std::size_t>(ranks::least(n));
    }

    CircuitFile& file_;
    std::size_t number_;
    const StateRecord& record_;
    std::vector<std::vector<std::size_t>> columns_;  // by part: those of its neurons in a row
    std::vector<std::vector<float>> samples_;        // by part, row by row
};

/// The file of a run, and the state that it goes on from; empty at the start.
struct Begin {
    StreamingFile file;
    std::vector<std::byte> state;
};

/// A run that was killed before its first checkpoint left nothing to resume, and starts again.
Begin begin(io::Output output, const RunSettings& settings, const RunOptions& options) {
    const auto say = [&](const std::string& text) {
        if (options.on_message) options.on_message(text);
    };
    auto layout = CircuitFile::layout(
        settings, {settings.resolved, settings.seed, records_of(*settings.inputs), timestamp()});
    const bool is_there =
        ranks::of_first(std::filesystem::exists(output.partial()) || std::filesystem::exists(output.path()));
    if (!options.resume || !is_there) {
        if (options.resume) say("nothing to resume from: starts from the beginning");
        return {StreamingFile::create(std::move(output), std::move(layout), options.force), {}};
    }
    auto [file, state, warning] = StreamingFile::resume(std::move(output), std::move(layout));
    if (!warning.empty()) say("warning: " + warning);
    return {std::move(file), std::move(state)};
}

/// One run of a circuit into a file.
class Run {
  public:
    Run(Begin begin, RunSettings& settings, const RunOptions& options)
        : settings_(settings),
          options_(options),
          file_(std::move(begin.file)),
          out_(file_, settings),
          parts_(build(settings,
                       [this](std::size_t part, std::span<const Spike> spikes) { take(part, spikes); })),
          statistics_(settings, parts_->cuts()),
          taken_(parts_->size()) {
        for (auto [k, last] = parts_->here(); k < last; ++k)
            for (const PopulationSettings& one : settings.populations)
                if (!out_.records(one.number)) (*parts_)[k].take_by_neuron(one.number);
        for (const StateRecord& record : settings.record_states)
            samplers_.push_back(std::make_unique<Sampler>(out_, samplers_.size(), record, *parts_));
        build_s_ = seconds_since(start_);
        if (!begin.state.empty()) go_on_from(begin.state);
    }

    CircuitSummary to_end() {
        simulation_start_ = last_checkpoint_ = Clock::now();
        before_simulation_ = ranks::traffic();
        simulate();
        for (auto [k, last] = parts_->here(); k < last; ++k) (*parts_)[k].settle_weights();
        write();
        report(settings_.duration);
        simulated_s_ += seconds_since(simulation_start_);
        traffic_ = ranks::traffic() - before_simulation_;
        traffic_.work_s = ranks::greatest(traffic_.work_s);
        write_end();
        return summary();
    }

  private:
    /// In steps of a tenth of a second or so: between them is time for writing, checkpoints and looking up. What
    /// happens does not depend on them.
    void simulate() try {
        constexpr double kShort_s = 0.05, kLong_s = 0.2;
        const Time longest = settings_.duration / 100.0;
        Time step = settings_.duration * 1e-6;
        for (Time t = parts_->now() + step; t < settings_.duration; t += step) {
            const auto start = Clock::now();
            parts_->run_before(t, settings_.duration);
            write();
            report(t);
            if (is_checkpoint_due()) write_checkpoint();
            const double took = ranks::of_first(seconds_since(start));
            if (took < kShort_s) step = std::min(2.0 * step, longest);
            if (took > kLong_s) step *= 0.5;
        }
        parts_->run_to_end(settings_.duration);
    } catch (const Interrupted&) {
        const bool is_whole = parts_->has_whole_state();
        if (is_whole) write_checkpoint();
        throw Interrupted(
            fmt::format("interrupted at {:.6g} of {:.6g} ms; {}", parts_->now(), settings_.duration,
                        is_whole                 ? "--resume goes on from there"
                        : file_.has_checkpoint() ? "--resume goes on from the last checkpoint"
                                                 : "nothing is kept: there was no checkpoint yet"));
    }
    /// From several parts at once.
    void take(std::size_t part, std::span<const Spike> spikes) {
        statistics_.add(part, spikes);
        for (const Spike& spike : spikes)
            if (out_.records(spike.population)) taken_[part].push_back(spike);
    }
    void write() {
        ranks::gather_items(taken_);
        out_.append(merged(taken_));
        for (const auto& sampler : samplers_) sampler->write();
    }
    void report(Time t) const {
        if (options_.on_progress)
            options_.on_progress({t, settings_.duration, statistics_.n_spikes(), elapsed_s()});
    }

    void write_end() {
        out_.flush_spikes();
        for (const auto& sampler : samplers_) sampler->flush();
        statistics_.gather();
        file_.finish([this, learned = learned_of(settings_, *parts_)](io::File& finished) {
            write_rates(finished, settings_, statistics_.rates());
            write_learned(finished, settings_, learned);
            finished.write_attribute("/provenance", "wall_time_s", elapsed_s());
        });
    }

    /// The first one copies what was written before: it comes while that is little.
    bool is_checkpoint_due() const {
        constexpr double kFirst_s = 1.0;
        const double every = settings_.checkpoint_every_s;
        const bool has_one = file_.has_checkpoint();
        return ranks::of_first(seconds_since(last_checkpoint_) >=
                               (has_one ? every : std::min(every, kFirst_s)));
    }
    void write_checkpoint() {
        State saved;
        double elapsed = elapsed_s(), simulated = simulated_s_ + seconds_since(simulation_start_);
        state(saved, elapsed, simulated);
        file_.write(saved.saved());
        last_checkpoint_ = Clock::now();
    }
    void go_on_from(const std::vector<std::byte>& from) {
        State saved(from);
        state(saved, elapsed_before_s_, simulated_s_);
        saved.check_empty();
        if (options_.on_message)
            options_.on_message(
                fmt::format("resuming after {:.6g} of {:.6g} ms", parts_->now(), settings_.duration));
    }
    void state(State& s, double& elapsed, double& simulated) {
        if (!s.is_loading()) {
            statistics_.gather();
            ranks::gather_items(taken_);
        }
        s(elapsed, simulated, *parts_, statistics_, taken_, out_);
        for (const auto& sampler : samplers_) s(*sampler);
    }
    /// Wall time of the run, also before it was resumed.
    double elapsed_s() const { return elapsed_before_s_ + seconds_since(start_); }

    CircuitSummary summary() const {
        CircuitSummary result{{}, settings_.duration, 0, 0, build_s_, simulated_s_};
        for (std::size_t p = 0; p < settings_.populations.size(); ++p)
            result.populations.push_back(statistics_.summary(p));
        std::uint64_t arrivals = 0, synapses = 0;
        for (auto [k, last] = parts_->here(); k < last; ++k) {
            arrivals += (*parts_)[k].n_arrivals();
            for (const Projection& projection : (*parts_)[k].projections())
                synapses += projection.n_synapses();
        }
        result.synapses = ranks::sum(synapses);
        result.events = statistics_.n_spikes() + ranks::sum(arrivals);
        result.traffic = traffic_;
        result.n_windows = parts_->n_windows();
        return result;
    }

    Clock::time_point start_ = Clock::now(), simulation_start_, last_checkpoint_;
    ranks::Traffic before_simulation_, traffic_;
    double elapsed_before_s_ = 0.0, build_s_ = 0.0, simulated_s_ = 0.0;
    RunSettings& settings_;
    const RunOptions& options_;
    StreamingFile file_;
    CircuitFile out_;
    std::unique_ptr<Parts> parts_;
    Statistics statistics_;
    std::vector<std::vector<Spike>> taken_;  // by part: recorded spikes that are not written yet
    std::vector<std::unique_ptr<Sampler>> samplers_;
};

}  // namespace

std::vector<std::string> CircuitSummary::warnings() const {
    std::vector<std::string> all;
    for (const Population& one : populations)
        if (one.spikes == 0) all.push_back(fmt::format("population {} is silent: it never fired", one.name));
    return all;
}

CircuitSummary run(RunSettings settings, const RunOptions& options) {
    // A resumed run may replace the finished one that it was told to replace when it began.
    io::Output output(options.output,
                      options.force || options.resume ? io::Existing::replace : io::Existing::refuse);
    output.must_not_be(settings.inputs->all());
    make_fields(settings);
    Begin begun = begin(std::move(output), settings, options);
    return Run(std::move(begun), settings, options).to_end();
}

}  // namespace sim
