#include "apps/circuit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/json_text.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "sim/circuit_run.hpp"
#include "sim/shown_run.hpp"

namespace apps {
namespace {

/// Progress on stderr of a circuit.
class CircuitProgressLine {
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

double events_per_second(const sim::CircuitSummary& summary) {
    return static_cast<double>(summary.events) / std::max(summary.simulation_s, 1e-9);
}

void print_summary(const sim::CircuitSummary& summary, const std::string& output) {
    print("run             {}\n", output);
    for (const auto& one : summary.populations)
        print("{:15} {} {}: {} spikes, {:.4g} Hz{}\n", one.name, one.size, one.kind, one.spikes, one.rate,
              std::isnan(one.cv) ? "" : fmt::format(", CV of intervals {:.3f}", one.cv));
    for (const std::string& warning : summary.warnings()) print("warning         {}\n", warning);
    print("synapses        {}\n", summary.synapses);
    print("time            {:.6g} ms in {:.2f} s, after {:.2f} s of building\n", summary.duration,
          summary.simulation_s, summary.build_s);
    print("events          {}: {:.3g} per second\n", summary.events, events_per_second(summary));
}

nlohmann::ordered_json json_of(const sim::CircuitSummary& summary, const std::string& output) {
    nlohmann::ordered_json json = {{"run", output}};
    for (const auto& one : summary.populations) {
        json["populations"][one.name] = {
            {"kind", one.kind}, {"size", one.size}, {"spikes", one.spikes}, {"rate_Hz", one.rate}};
        if (!std::isnan(one.cv)) json["populations"][one.name]["cv"] = one.cv;
    }
    json["warnings"] = summary.warnings();
    json["duration_ms"] = summary.duration;
    json["synapses"] = summary.synapses;
    json["build_s"] = summary.build_s;
    json["simulation_s"] = summary.simulation_s;
    json["events"] = summary.events;
    json["events_per_second"] = events_per_second(summary);
    return json;
}

void print_json(const sim::CircuitSummary& summary, const std::string& output) {
    print_text(json_text(json_of(summary, output)));
}

void print_json(const sim::ShownSummary& summary, const std::string& output) {
    nlohmann::ordered_json json = json_of(summary.circuit, output);
    json["stimulus"] = summary.stimulus;
    json["batches"] = summary.batches;
    json["held_out"] = summary.held_out;
    for (const auto& one : summary.codes) {
        auto& code = json["codes"][one.population];
        code = {{"energy", one.energy}, {"unexplained", one.unexplained}};
        if (!std::isfinite(one.optimal_energy)) continue;
        code["optimal_energy"] = one.optimal_energy;
        code["relative_gap"] = one.relative_gap;
    }
    print_text(json_text(json));
}

void print_codes(const sim::ShownSummary& summary) {
    for (const auto& one : summary.codes) {
        print("{:15} explains {:.1f} % of what it sees; energy {:.4g}", one.population,
              100.0 * (1.0 - one.unexplained), one.energy);
        if (std::isfinite(one.optimal_energy))
            print(", least possible {:.4g}, relE {:.2g}\n", one.optimal_energy, one.relative_gap);
        else
            print("; its neurons solve no program\n");
    }
}

void show_frames(sim::CircuitSettings settings, const sim::CircuitRunOptions& run_options,
                 const CircuitOptions& options) {
    const sim::ShownSummary summary = sim::run_shown(std::move(settings), run_options);
    if (!options.quiet)
        for (const std::string& warning : summary.circuit.warnings())
            say(fmt::format("warning: {}\n", warning));
    if (options.json) {
        print_json(summary, options.output);
        return;
    }
    print_summary(summary.circuit, options.output);
    print("stimulus        {}\n", summary.stimulus);
    print("learned from    {} batches of {}; {} held-out frames shown\n", summary.batches, summary.batch_size,
          summary.held_out);
    print_codes(summary);
}

}  // namespace

void run_circuit(const sim::Params& config, const CircuitOptions& options) {
    sim::CircuitRunOptions run_options;
    run_options.output = options.output;
    run_options.force = options.force;
    run_options.resume = options.resume;
    if (!options.quiet) {
        run_options.on_message = [](const std::string& text) { say(text + "\n"); };
        run_options.on_progress = CircuitProgressLine{};
    }
    sim::CircuitSettings settings(config);
    if (settings.shows) {
        show_frames(std::move(settings), run_options, options);
        return;
    }
    const sim::CircuitSummary summary = sim::run(std::move(settings), run_options);
    if (!options.quiet)
        for (const std::string& warning : summary.warnings()) say(fmt::format("warning: {}\n", warning));
    if (options.json)
        print_json(summary, options.output);
    else
        print_summary(summary, options.output);
}

}  // namespace apps
