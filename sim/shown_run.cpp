#include "sim/shown_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sim/circuit_build.hpp"
#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/frames.hpp"
#include "sim/lanes.hpp"
#include "sim/median.hpp"
#include "sim/parallel.hpp"
#include "sim/provenance.hpp"
#include "sim/shown_file.hpp"
#include "sim/stop.hpp"
#include "sim/wall_time.hpp"

namespace sim {
namespace {

constexpr double kOptimumTolerance = 1e-6;  // KKT residual of the codes the population's are judged against

/// Spikes of one population reach another through its fields: a synapse wherever Phi is not 0.
std::shared_ptr<Synapses> through_fields(const Network& target, const Sight& sight, std::size_t n_cells) {
    const std::vector<float> Phi = target.dictionary.fields();
    const std::size_t M = target.dictionary.pixels();
    std::vector<std::vector<Synapse>> of(n_cells);
    for (std::size_t j = 0; j < M; ++j)
        for (std::uint32_t i = 0; i < target.size(); ++i)
            if (Phi[i * M + j] != 0.0F)
                of[j].push_back({i, sight.weight * static_cast<double>(Phi[i * M + j]), sight.delay});
    return std::make_shared<Synapses>(of);
}

/// Their weights after the fields have changed.
void follow_fields(const Network& target, const Sight& sight, Synapses& synapses) {
    const std::vector<float> Phi = target.dictionary.fields();
    const std::size_t M = target.dictionary.pixels();
    for (std::size_t j = 0; j < M; ++j)
        for (std::size_t at = synapses.first[j]; at < synapses.first[j + 1]; ++at)
            synapses.all[at].weight =
                sight.weight * static_cast<double>(Phi[synapses.all[at].target * M + j]);
}

/// A batch as every population saw it, and what it made of it; by number of population.
struct Batch {
    Frames frames;
    std::vector<Eigen::MatrixXf> seen;  // of populations that code: (M, B)
    std::vector<Problems> posed;
    std::vector<Eigen::MatrixXf> codes;  // (N, B)
};

class Run {
  public:
    Run(io::Output output, CircuitSettings& settings, const CircuitRunOptions& options)
        : settings_(settings),
          shows_(*settings.shows),
          options_(options),
          stimulus_(make_stimulus(settings)),
          synapses_(make_synapses(settings)),
          n_spikes_of_(settings.populations.size(), 0),
          begun_(begin(std::move(output))),
          out_(begun_.file, settings) {
        for (CircuitPopulation& population : settings.populations)
            if (population.sight.of == Sight::Of::population)
                through_fields_[population.number] =
                    through_fields(population.codes->network, population.sight,
                                   settings.populations[population.sight.from].n_cells);
        lanes_ = std::make_unique<Lanes>([this](Simulation& lane) { build(lane); }, lane_populations(),
                                         shows_.presentation, shows_.batch_size);
        if (!begun_.state.empty()) go_on_from(begun_.state);
        for (const StateRecord& record : settings.record_states) {
            std::vector<Time> times;
            for (std::size_t k = 0; k < record.n_times(); ++k) times.push_back(record.time(k));
            lanes_->record(record.population, record.variable, record.neurons, times);
        }
    }

    ShownSummary to_end();

  private:
    /// A file, and the state to go on from; empty at the beginning.
    struct Begun {
        StreamingFile file;
        std::vector<std::byte> state;
    };
    void say(const std::string& text) const {
        if (options_.on_message) options_.on_message(text);
    }
    static std::unique_ptr<Stimulus> make_stimulus(const CircuitSettings& settings) {
        const Shows& shows = *settings.shows;
        auto drawn =
            Registry<Stimulus>::instance().make(shows.stimulus.kind, shows.stimulus.block,
                                                {settings.seed, shows.frame.height, shows.frame.width});
        check_moves(*drawn, shows.presentation);
        return as_received(std::move(drawn), shows.reception);
    }
    Begun begin(io::Output output) const;
    void write_checkpoint(std::size_t next_batch);
    void go_on_from(const std::vector<std::byte>& from);
    void state(State& s, std::vector<SheetState>& sheets, std::vector<double>& carried);
    void learn();
    std::vector<LanePopulation> lane_populations() const;
    void build(Simulation& lane) const;
    Batch show(FrameSet set, std::uint64_t first, std::size_t n);
    void learn_from(std::size_t batch);
    void record(const Batch& shown, FrameSet set, std::uint64_t first_number);
    void test();
    void report(std::size_t done) const {
        if (options_.on_progress)
            options_.on_progress({static_cast<double>(done) * shows_.presentation.T,
                                  static_cast<double>(n_all()) * shows_.presentation.T, n_spikes_,
                                  seconds_since(start_)});
    }
    std::size_t n_all() const { return shows_.batches * shows_.batch_size + shows_.held_out; }

    Clock::time_point start_ = Clock::now();
    CircuitSettings& settings_;
    const Shows& shows_;
    const CircuitRunOptions& options_;
    std::unique_ptr<Stimulus> stimulus_;
    std::vector<std::shared_ptr<Synapses>> synapses_;                    // of projections
    std::map<std::uint32_t, std::shared_ptr<Synapses>> through_fields_;  // by target
    std::unique_ptr<Lanes> lanes_;
    std::vector<std::uint64_t> n_spikes_of_;  // populations, in presentations that were recorded
    Begun begun_;
    ShownFile out_;
    std::uint64_t next_batch_ = 0;
    std::uint64_t n_spikes_ = 0;
    std::size_t n_recorded_ = 0;  // presentations
    std::vector<CodeSummary> tested_;
};

std::vector<LanePopulation> Run::lane_populations() const {
    std::vector<LanePopulation> all;
    for (const CircuitPopulation& one : settings_.populations) {
        if (!one.codes) {
            all.push_back({one.kind, 0, {}});
            continue;
        }
        const Network& network = one.codes->network;
        all.push_back({one.kind, network.program.Q.size() - network.neurons().n_hidden(),
                       network.settings().presentation.background});
    }
    return all;
}

void Run::build(Simulation& lane) const {
    for (const CircuitPopulation& one : settings_.populations) lane.add(one.make(settings_.seed), one.name);
    join(settings_, synapses_, lane);
    for (const auto& [number, synapses] : through_fields_)
        lane.connect(
            Projection(settings_.populations[number].sight.from, number, lane.population(number), synapses));
}

Batch Run::show(FrameSet set, std::uint64_t first, std::size_t n) {
    const std::size_t P = settings_.populations.size(), M = shows_.frame.height * shows_.frame.width;
    Batch shown{draw_frames(*stimulus_, M, shows_.presentation, set, first, n),
                std::vector<Eigen::MatrixXf>(P), std::vector<Problems>(P), std::vector<Eigen::MatrixXf>(P)};
    std::vector<Eigen::MatrixXf> drives(P);
    for (std::size_t p = 0; p < P; ++p) {
        const CircuitPopulation& one = settings_.populations[p];
        if (one.sight.of == Sight::Of::frame) {
            shown.seen[p] = shown.frames.pixels;
            shown.posed[p] = one.codes->network.pose(shown.seen[p]);
            drives[p] = drive(one.codes->network, shown.frames, shown.posed[p]);
        } else if (one.filter) {
            const Eigen::MatrixXf& frames = shown.frames.in_turn();
            drives[p].resize(static_cast<Eigen::Index>(one.size), frames.cols());
            parallel_for(Eigen::Index{0}, drives[p].cols(), [&](Eigen::Index k) {
                one.filter->currents({frames.col(k).data(), M}, {drives[p].col(k).data(), one.size});
            });
        }
    }
    const auto activity = lanes_->show(drives, n, presentation_number(set, first));
    for (std::size_t p = 0; p < P; ++p)
        if (const CircuitPopulation& one = settings_.populations[p]; one.codes)
            shown.codes[p] = one.codes->network.codes(activity[p]);
    for (std::size_t p = 0; p < P; ++p)
        if (const CircuitPopulation& one = settings_.populations[p]; one.sight.of == Sight::Of::population) {
            shown.seen[p] = shown.codes[one.sight.from];
            shown.posed[p] = one.codes->network.pose(shown.seen[p]);
        }
    for (std::size_t k = 0; k < n; ++k) n_spikes_ += lanes_->spikes(k).size();
    return shown;
}

void Run::learn_from(std::size_t batch) {
    const std::size_t B = shows_.batch_size;
    const Batch shown = show(FrameSet::training, batch * B, B);
    for (CircuitPopulation& one : settings_.populations) {
        if (!one.codes || !one.codes->learns()) continue;
        Network& network = one.codes->network;
        const std::size_t n_hidden = network.neurons().n_hidden(), p = one.number;
        std::vector<double> energy;
        const BatchRecord measured =
            one.codes->learn(batch, shown.seen[p], shown.posed[p], shown.codes[p],
                             lanes_->counts(one.number, network.program.Q.size() - n_hidden, n_hidden, B),
                             lanes_->mean_spikes(one.number, B), energy);
        network.refresh_interaction();
        if (const auto found = through_fields_.find(one.number); found != through_fields_.end())
            follow_fields(network, one.sight, *found->second);
        out_.append(one.number, measured);
    }
    if (shows_.record_every > 0 && batch % shows_.record_every == 0)
        record(shown, FrameSet::training, batch * B);
}

void Run::record(const Batch& shown, FrameSet set, std::uint64_t first_number) {
    const Time T = shows_.presentation.T;
    const auto n = static_cast<std::size_t>(shown.frames.pixels.cols());
    for (std::size_t k = 0; k < n; ++k) {
        const std::uint64_t number = first_number + k;
        const Eigen::VectorXd columns = shown.frames.shown.col(static_cast<Eigen::Index>(k));
        out_.append_presentation(number, static_cast<std::uint8_t>(set), shown.frames.first + k,
                                 {columns.begin(), columns.end()});
        std::vector<Spike> spikes(lanes_->spikes(k).begin(), lanes_->spikes(k).end());
        std::erase_if(spikes, [this](const Spike& spike) {
            return spike.neuron >= settings_.populations[spike.population].size;
        });
        for (Spike& spike : spikes) spike.t += static_cast<double>(number) * T;
        std::sort(spikes.begin(), spikes.end());
        for (const Spike& spike : spikes) ++n_spikes_of_[spike.population];
        out_.circuit.append(spikes);
        for (std::size_t r = 0; r < settings_.record_states.size(); ++r)
            out_.circuit.append_state(r, lanes_->samples(k, r));
        ++n_recorded_;
    }
    for (const CircuitPopulation& one : settings_.populations)
        if (one.codes) out_.append_codes(one.number, shown.codes[one.number]);
}

/// Energies on held-out frames, against the least possible, as a sheet alone has them (sim/learning.cpp).
void Run::test() {
    struct Reached {
        std::vector<double> energy, least, gap, unexplained;
    };
    std::map<std::uint32_t, Reached> reached;
    for (std::size_t first = 0; first < shows_.held_out; first += shows_.batch_size) {
        const std::size_t n = std::min(shows_.batch_size, shows_.held_out - first);
        const Batch shown = show(FrameSet::held_out, first, n);
        record(shown, FrameSet::held_out, shows_.batches * shows_.batch_size + first);
        for (const CircuitPopulation& one : settings_.populations) {
            if (!one.codes || one.sight.of == Sight::Of::nothing) continue;
            const Network& network = one.codes->network;
            const std::uint32_t p = one.number;
            const Eigen::MatrixXf residual = network.dictionary.residual(shown.seen[p], shown.codes[p]);
            const auto energy = one.codes->energies(first, shown.posed[p], residual, shown.codes[p]);
            Reached& of = reached[p];
            of.energy.insert(of.energy.end(), energy.begin(), energy.end());
            for (Eigen::Index k = 0; k < residual.cols(); ++k)
                if (const float all = shown.seen[p].col(k).squaredNorm(); all > 0.0F)
                    of.unexplained.push_back(static_cast<double>(residual.col(k).squaredNorm() / all));
            if (!network.solves_program()) continue;
            const Eigen::MatrixXf best = network.optima(shown.posed[p], kOptimumTolerance);
            const auto least = one.codes->energies(first, shown.posed[p],
                                                   network.dictionary.residual(shown.seen[p], best), best);
            of.least.insert(of.least.end(), least.begin(), least.end());
            for (std::size_t k = 0; k < least.size(); ++k)
                if (least[k] > 0.0) of.gap.push_back(energy[k] / least[k] - 1.0);
        }
        report(shows_.batches * shows_.batch_size + first + n);
    }
    for (const auto& [p, of] : reached)
        tested_.push_back({settings_.populations[p].name, mean(of.energy), mean(of.least), median(of.gap),
                           mean(of.unexplained)});
}

Run::Begun Run::begin(io::Output output) const {
    auto layout = ShownFile::layout(
        settings_, {settings_.resolved, settings_.seed, records_of(*settings_.inputs), timestamp()},
        stimulus_->columns(), stimulus_->summary());
    if (!options_.resume)
        return {StreamingFile::create(std::move(output), std::move(layout), options_.force), {}};
    auto [file, from, warning] = StreamingFile::resume(std::move(output), std::move(layout));
    if (!warning.empty()) say("warning: " + warning);
    return {std::move(file), std::move(from.state)};
}

void Run::state(State& s, std::vector<SheetState>& sheets, std::vector<double>& carried) {
    s(next_batch_, n_spikes_, n_recorded_, n_spikes_of_, sheets, carried, out_.circuit);
}

void Run::write_checkpoint(std::size_t next_batch) {
    next_batch_ = next_batch;
    std::vector<SheetState> sheets;
    for (const CircuitPopulation& one : settings_.populations)
        if (one.codes) sheets.push_back(one.codes->state());
    std::vector<double> carried = lanes_->carried();
    State saved;
    state(saved, sheets, carried);
    begun_.file.write({}, saved.saved());
}

void Run::go_on_from(const std::vector<std::byte>& from) {
    std::vector<SheetState> sheets;
    std::vector<double> carried;
    State saved(from);
    state(saved, sheets, carried);
    saved.check_empty();
    std::size_t next = 0;
    for (CircuitPopulation& one : settings_.populations) {
        if (!one.codes) continue;
        one.codes->restore(sheets.at(next++));
        if (const auto found = through_fields_.find(one.number); found != through_fields_.end())
            follow_fields(one.codes->network, one.sight, *found->second);
    }
    lanes_->restore(carried);
    say(fmt::format("resuming after {} of {} batches", next_batch_, shows_.batches));
}

/// A stop after a batch leaves a checkpoint; one in the middle of it, the last one.
void Run::learn() {
    auto last_checkpoint = Clock::now();
    if (next_batch_ == 0 && !options_.resume) write_checkpoint(0);
    for (std::size_t batch = next_batch_; batch < shows_.batches; ++batch) {
        try {
            learn_from(batch);
        } catch (const Interrupted&) {
            throw Interrupted(
                fmt::format("interrupted after {} of {} batches; --resume goes on from the last checkpoint",
                            batch, shows_.batches));
        }
        report((batch + 1) * shows_.batch_size);
        const bool stop = hears_stop();
        if (stop || seconds_since(last_checkpoint) >= settings_.checkpoint_every_s ||
            batch + 1 == shows_.batches) {
            write_checkpoint(batch + 1);
            last_checkpoint = Clock::now();
        }
        if (stop)
            throw Interrupted(fmt::format("interrupted after {} of {} batches; --resume goes on from there",
                                          batch + 1, shows_.batches));
    }
}

ShownSummary Run::to_end() {
    const double build_s = seconds_since(start_);
    for (const std::string& warning : stimulus_->warnings()) say(warning);
    learn();
    try {
        test();
    } catch (const Interrupted&) {
        throw Interrupted(
            "interrupted in the test on held-out frames; --resume goes on from the last checkpoint");
    }
    const double simulation_s = seconds_since(start_) - build_s;
    out_.circuit.flush_spikes();
    begun_.file.finish([&](io::File& finished) {
        write_fields(finished, settings_);
        for (const std::size_t k : settings_.record_weights)
            write_synapses(finished, settings_, k, [&](std::uint32_t source) {
                const Synapses& all = *synapses_[k];
                const auto at = [&](std::size_t j) {
                    return all.all.begin() + static_cast<std::ptrdiff_t>(all.first[j]);
                };
                return std::vector<Synapse>(at(source), at(source + 1));
            });
        for (const CodeSummary& one : tested_)
            write_test(finished, one.population, one.energy, one.optimal_energy, one.relative_gap);
        finished.write_attribute("/provenance", "wall_time_s", seconds_since(start_));
    });
    ShownSummary summary{
        {{}, static_cast<double>(n_recorded_) * shows_.presentation.T, 0, 0, build_s, simulation_s},
        stimulus_->summary(),
        shows_.batches,
        shows_.batch_size,
        shows_.held_out,
        tested_};
    for (const CircuitPopulation& one : settings_.populations) {
        const double neuron_seconds = static_cast<double>(one.size) * summary.circuit.duration * 1e-3;
        const std::uint64_t spikes = n_spikes_of_[one.number];
        summary.circuit.populations.push_back({one.name, one.kind, one.size, spikes,
                                               static_cast<double>(spikes) / neuron_seconds,
                                               std::numeric_limits<double>::quiet_NaN()});
    }
    for (const auto& synapses : synapses_) summary.circuit.synapses += synapses->all.size();
    for (const auto& [number, synapses] : through_fields_) summary.circuit.synapses += synapses->all.size();
    summary.circuit.events = n_spikes_;
    return summary;
}

}  // namespace

ShownSummary run_shown(CircuitSettings settings, const CircuitRunOptions& options) {
    // A resumed run may replace the finished one that it was told to replace when it began.
    io::Output output(options.output,
                      options.force || options.resume ? io::Existing::replace : io::Existing::refuse);
    output.must_not_be(settings.inputs->all());
    load_fields(settings);
    return Run(std::move(output), settings, options).to_end();
}

}  // namespace sim
