#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/json_text.hpp"
#include "apps/run_command.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "sim/summary_json.hpp"

namespace apps {
namespace {

using Json = nlohmann::ordered_json;

/// Progress on stderr of one stretch.
class StretchLine {
  public:
    void operator()(const sim::CircuitProgress& progress) {
        const bool is_last = progress.t == progress.duration;
        if (!line_.is_due(is_last)) return;
        const double left = progress.elapsed_s * (progress.duration / progress.t - 1.0);
        line_.show(fmt::format("{:.6g} of {:.6g} ms  {} spikes  {} left", progress.t, progress.duration,
                               progress.spikes, duration(left)),
                   is_last);
    }

  private:
    StatusLine line_;
};

/// What a population did in the last batch it learned from. who: its name, where there are several
std::string learning_words(const sim::BatchProgress::Learned& one, const std::string& who) {
    return fmt::format("  {}energy {:.4f}  active {:.2f} %  {:.1f} spikes/image  {} dead", who,
                       one.last.energy, 100.0 * one.last.active_fraction, one.last.spikes_per_presentation,
                       one.last.dead_neurons);
}

/// Progress on stderr of presentations.
class BatchLine {
  public:
    void operator()(const sim::BatchProgress& progress) {
        const bool is_last = progress.done == progress.all;
        if (!line_.is_due(is_last)) return;
        const double here = static_cast<double>(progress.done - progress.first);
        const double left = static_cast<double>(progress.all - progress.done) * progress.elapsed_s / here;
        const std::string where =
            progress.batches_done < progress.batches || (is_last && progress.batches > 0)
                ? fmt::format("batch {}/{}", progress.batches_done, progress.batches)
                : fmt::format("{} of {} frames", progress.done, progress.all);
        std::string text = fmt::format("{}  {:.0f} images/s", where, here / progress.elapsed_s);
        for (const auto& one : progress.learned)
            text += learning_words(one, progress.learned.size() > 1 ? one.population + ": " : "");
        line_.show(fmt::format("{}  {} left", text, duration(left)), is_last);
    }

  private:
    StatusLine line_;
};

const sim::CodeSummary* code_of(const sim::ShownSummary& summary, const std::string& population) {
    const auto found = std::ranges::find(summary.codes, population, &sim::CodeSummary::population);
    return found == summary.codes.end() ? nullptr : &*found;
}

// ---- in words

/// when: the spikes are of, where not all are counted
void print_population(const sim::CircuitSummary::Population& one, const std::string& when) {
    print("{:15} {} {}: {} spikes{}, {:.4g} Hz{}\n", one.name, one.size, one.kind, one.spikes, when, one.rate,
          std::isnan(one.cv) ? "" : fmt::format(", CV of intervals {:.3f}", one.cv));
}

/// what: was simulated, "600 ms"
void print_effort(const sim::CircuitSummary& summary, const std::string& what) {
    if (summary.synapses > 0) print("synapses        {}\n", summary.synapses);
    print("time            {} in {:.2f} s, after {:.2f} s of building\n", what, summary.simulation_s,
          summary.build_s);
    print("events          {}: {:.3g} per second\n", summary.events, sim::events_per_second(summary));
}

/// of: what it is counted by, of which there were n in so many seconds
void print_traffic(const sim::ranks::Traffic& traffic, const char* of, std::size_t n, double seconds) {
    const double each = std::max<double>(static_cast<double>(n), 1.0);
    print(
        "ranks           {}; a {}: {:.4g} kB from others to the first, {:.1f} messages, {:.0f} % of its time "
        "in them; "
        "{:.4g} s of work by the busiest\n",
        sim::ranks::n(), of, 1e-3 * static_cast<double>(traffic.bytes) / each,
        static_cast<double>(traffic.messages) / each, 100.0 * traffic.seconds / std::max(seconds, 1e-9),
        traffic.work_s / each);
}

void print_summary(const sim::CircuitSummary& summary, const std::string& output) {
    print("run             {}\n", output);
    for (const auto& one : summary.populations) print_population(one, "");
    for (const std::string& warning : summary.warnings()) print("warning         {}\n", warning);
    print_effort(summary, fmt::format("{:.6g} ms", summary.duration));
    if (sim::ranks::n() > 1)
        print_traffic(summary.traffic, "window", summary.n_windows, summary.simulation_s);
}

/// How well a population codes. size: its neurons
void print_code(const sim::CodeSummary& one, std::size_t size) {
    print("held-out energy {:.4f} before, {:.4f} after; ", one.before, one.energy);
    if (std::isfinite(one.optimal_energy))
        print("least possible {:.4f}\nrelE of codes   {:.2e} (median of E/E* - 1 over held-out frames)\n",
              one.optimal_energy, one.relative_gap);
    else
        print("least possible not known: it was not looked for, or the neurons solve no program\n");
    if (std::isfinite(one.relative_gap_at_most))
        print("certified       at most {:.2e} above the least, by duality; KKT residual {:.2e} (medians)\n",
              one.relative_gap_at_most, one.kkt);
    if (std::isfinite(one.unexplained))  // not of blank frames alone
        print("explained       {:.1f} % of what it sees\n", 100.0 * (1.0 - one.unexplained));
    if (std::isfinite(one.psnr))
        print("medians         PSNR {:.2f} dB, sparseness {:.5f}\n", one.psnr, one.sparseness);
    print("spikes/image    {:.1f}\n", one.spikes_per_presentation);
    if (std::isfinite(one.dead_neurons))
        print("dead neurons    {:.0f} of {} ({:.2f} %)\n", one.dead_neurons, size,
              100.0 * one.dead_neurons / static_cast<double>(size));
}

void print_phases(const sim::ShownSummary& summary) {
    const sim::PhaseTimes& t = summary.phases;
    const double total = std::max(summary.learning_s, 1e-9) / 100.0;
    print("learned         {} batches of {} in {:.1f} s: {:.0f} images/s\n", summary.batches,
          summary.batch_size, summary.learning_s, sim::images_per_second(summary));
    print(
        "time spent      encode {:.0f} %, learn {:.0f} %, interaction {:.0f} %, stimulus {:.0f} %, record "
        "{:.0f} %\n",
        t.encode / total, t.learn / total, t.interaction / total, t.stimulus / total, t.record / total);
    if (sim::ranks::n() > 1)
        print_traffic(summary.traffic, "batch", summary.batches_here, summary.learning_s);
}

void print_summary(const sim::ShownSummary& summary, const std::string& output) {
    print("run             {}\n", output);
    print("stimulus        {}; {} held-out frames shown\n", summary.stimulus, summary.held_out);
    if (summary.batches > 0) print_phases(summary);
    for (const auto& one : summary.circuit.populations) {
        const sim::CodeSummary* const code = code_of(summary, one.name);
        if (code != nullptr && one.spikes == 0)  // analog, or silent, which a warning says
            print("{:15} {} {}\n", one.name, one.size, one.kind);
        else
            print_population(one, fmt::format(" in {} recorded presentations", summary.n_recorded));
        if (code != nullptr) print_code(*code, one.size);
    }
    print_effort(summary.circuit, fmt::format("{} presentations of {:g} ms", summary.n_here, summary.T));
    for (const std::string& warning : summary.warnings) print("warning         {}\n", warning);
}

void print_json(const auto& summary, const std::string& output) {
    Json json = {{"run", output}};
    json.update(sim::json_of(summary));
    print_text(json_text(json));
}

void tell(const auto& summary, const RunCommand& command) {
    if (command.json)
        print_json(summary, command.output);
    else
        print_summary(summary, command.output);
}

}  // namespace

void run_network(const sim::Params& config, const RunCommand& command) {
    sim::RunOptions run_options;
    run_options.output = command.output;
    run_options.force = command.force;
    run_options.resume = command.resume;
    if (!command.quiet) {
        run_options.on_message = [](const std::string& text) { say(text + "\n"); };
        run_options.on_progress = StretchLine{};
        run_options.on_batch = BatchLine{};
    }
    sim::RunSettings settings = sim::read_settings(config, command.config);
    if (settings.shows) return tell(sim::learn(std::move(settings), run_options), command);
    const sim::CircuitSummary summary = sim::run(std::move(settings), run_options);
    if (!command.quiet)
        for (const std::string& warning : summary.warnings()) say(fmt::format("warning: {}\n", warning));
    tell(summary, command);
}

}  // namespace apps
