#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/circuit.hpp"
#include "apps/commands.hpp"
#include "apps/convolution.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "convolution/experiment.hpp"
#include "sim/learning.hpp"

namespace apps {
namespace {

struct Options : CommonOptions {
    std::string config, output;
    bool resume = false;
};

/// Progress on stderr of an experiment.
class ProgressLine {
  public:
    void operator()(const sim::Progress& progress) {
        const bool last = progress.last.batch + 1 == progress.batches;
        if (!line_.is_due(last)) return;
        const double done = static_cast<double>(progress.last.batch + 1 - progress.first_batch);
        const double left =
            static_cast<double>(progress.batches - progress.last.batch - 1) * progress.elapsed_s / done;
        line_.show(
            fmt::format("batch {}/{}  {:.0f} images/s  energy {:.4f}  active {:.2f} %  {:.1f} spikes/image  "
                        "{} dead  {} left",
                        progress.last.batch + 1, progress.batches,
                        done * static_cast<double>(progress.batch_size) / progress.elapsed_s,
                        progress.last.energy, 100.0 * progress.last.active_fraction,
                        progress.last.spikes_per_presentation, progress.last.dead_neurons, duration(left)),
            last);
    }

  private:
    StatusLine line_;
};

double images_per_second(const sim::RunSummary& summary) {
    return summary.learning_s > 0.0
               ? static_cast<double>(summary.batches_here * summary.batch_size) / summary.learning_s
               : 0.0;
}

void print_summary(const sim::RunSummary& summary, const std::string& output) {
    const sim::PhaseTimes& t = summary.phases;
    const double total = std::max(summary.learning_s, 1e-9) / 100.0;
    print("run             {}\n", output);
    print("stimulus        {}\n", summary.stimulus);
    print("learned         {} batches of {} on {} neurons in {:.1f} s: {:.0f} images/s\n", summary.batches,
          summary.batch_size, summary.n_neurons, summary.learning_s, images_per_second(summary));
    print("held-out energy {:.4f} before, {:.4f} after; ", summary.before.energy, summary.after.energy);
    if (std::isfinite(summary.after.optimal_energy))
        print("least possible {:.4f}\nrelE of codes   {:.2e} (median of E/E* - 1 over held-out frames)\n",
              summary.after.optimal_energy, summary.after.relative_gap);
    else
        print("no least possible: the neurons solve no program\n");
    print("spikes/image    {:.1f}\n", summary.last.spikes_per_presentation);
    print("dead neurons    {} of {} ({:.2f} %)\n", summary.last.dead_neurons, summary.n_neurons,
          100.0 * static_cast<double>(summary.last.dead_neurons) / static_cast<double>(summary.n_neurons));
    print(
        "time spent      encode {:.0f} %, learn {:.0f} %, interaction {:.0f} %, stimulus {:.0f} %, record "
        "{:.0f} %\n",
        t.encode / total, t.learn / total, t.interaction / total, t.stimulus / total, t.record / total);
    for (const std::string& warning : summary.warnings) print("warning         {}\n", warning);
}

void print_json(const sim::RunSummary& summary, const std::string& output) {
    const nlohmann::json json = {{"run", output},
                                 {"stimulus", summary.stimulus},
                                 {"neurons", summary.n_neurons},
                                 {"batches", summary.batches},
                                 {"images_per_second", images_per_second(summary)},
                                 {"held_out_energy_before", summary.before.energy},
                                 {"held_out_energy", summary.after.energy},
                                 {"held_out_optimal_energy", summary.after.optimal_energy},
                                 {"relE", summary.after.relative_gap},
                                 {"spikes_per_image", summary.last.spikes_per_presentation},
                                 {"dead_neurons", summary.last.dead_neurons},
                                 {"silent", summary.is_silent},
                                 {"blank_held_out_frames", summary.held_out_blank},
                                 {"frames_without_relE", summary.held_out_without_gap},
                                 {"warnings", summary.warnings}};
    print_text(json_text(json));
}

void run_experiment(const sim::Params& config, const Options& options, const std::string& output) {
    const sim::ExperimentSettings settings = read_experiment(config, options.config);
    sim::RunOptions run_options;
    run_options.output = output;
    run_options.force = options.force;
    run_options.resume = options.resume;
    if (!options.quiet) {
        run_options.on_message = [](const std::string& text) { say(text + "\n"); };
        run_options.on_progress = ProgressLine{};
    }
    const sim::RunSummary summary = sim::run(settings, run_options);
    (options.json ? print_json : print_summary)(summary, output);
}

void run(const Options& options) {
    const auto threads = limit_threads(options.threads);
    const std::string output = options.output.empty()
                                   ? std::filesystem::path(options.config).stem().string() + ".h5"
                                   : options.output;
    const sim::Params config = sim::Params::load(options.config, options.overrides);
    if (sim::is_circuit(config))
        run_circuit(config, {output, options.force, options.resume, options.quiet, options.json});
    else if (convolution::is_convolutional(config))
        run_convolution(config, {output, options.force, options.resume, options.quiet, options.json});
    else
        run_experiment(config, options, output);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("run", "Run an experiment or circuit, write its HDF5 file");
    command->add_option("config", options->config, "The experiment or circuit, YAML")->required();
    command->add_option("-o,--output", options->output, "HDF5 file to write [CONFIG's name with .h5, here]");
    add_common(*command, *options,
               {Common::set, Common::threads, Common::force, Common::quiet, Common::json});
    CLI::Option* resume = command->add_flag(
        "--resume", options->resume, "Go on with a run that was stopped or killed, from OUTPUT.partial");
    command->get_option("--force")
        ->description("Replace an output that is there, finished or not")
        ->excludes(resume);
    command->footer(
        "Examples:\n  striate run configs/v1_sheet.yaml -o sheet.h5\n"
        "  striate run configs/v1_sheet.yaml --set stimulus.kind=dead_leaves\n"
        "  striate run configs/v1_sheet.yaml -o sheet.h5 --resume\n"
        "  striate run configs/brunel.yaml --set duration='2 s'");
    command->callback([options, &action] { action = [options] { run(*options); }; });
}

}  // namespace apps
