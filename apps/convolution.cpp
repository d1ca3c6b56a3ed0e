#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/json_text.hpp"
#include "apps/run_command.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "convolution/experiment.hpp"

namespace apps {
namespace {

/// Progress on stderr.
class ConvolutionProgressLine {
  public:
    void operator()(const convolution::Progress& progress) {
        const bool is_last = progress.done == progress.of;
        if (!line_.is_due(is_last)) return;
        const double left = progress.elapsed_s * static_cast<double>(progress.of - progress.done) /
                            static_cast<double>(progress.done - progress.first);
        line_.show(
            fmt::format("{} {} of {}  {} left", progress.what, progress.done, progress.of, duration(left)),
            is_last);
    }

  private:
    StatusLine line_;
};

void print_summary(const convolution::Summary& summary, const std::string& output) {
    print("run             {}\n", output);
    print("kernels         {}, {}\n", summary.n_kernels, summary.scenario);
    if (summary.presentations > 0)
        print(
            "learned         from {} crops in {:.1f} s; codes of the last have {:.0f} % of the energy of "
            "none\n",
            summary.presentations, summary.learning_s, 100.0 * summary.unexplained);
    print("coded           {} photographs in {:.1f} s\n", summary.photographs, summary.coding_s);
    print("medians         PSNR {:.2f} dB, sparseness {:.5f}, energy {:.5f} a pixel\n", summary.psnr,
          summary.sparseness, summary.energy);
    if (summary.spikes > 0.0) print("                {:.2f} spikes a pixel\n", summary.spikes);
    for (const std::string& warning : summary.warnings) print("warning         {}\n", warning);
}

void print_json(const convolution::Summary& summary, const std::string& output) {
    const nlohmann::ordered_json json = {{"run", output},
                                         {"scenario", summary.scenario},
                                         {"kernels", summary.n_kernels},
                                         {"presentations", summary.presentations},
                                         {"unexplained", summary.unexplained},
                                         {"photographs", summary.photographs},
                                         {"psnr_dB", summary.psnr},
                                         {"sparseness", summary.sparseness},
                                         {"energy", summary.energy},
                                         {"spikes", summary.spikes},
                                         {"warnings", summary.warnings},
                                         {"learning_s", summary.learning_s},
                                         {"coding_s", summary.coding_s}};
    print_text(json_text(json));
}

}  // namespace

void run_convolution(const sim::Params& config, const RunCommand& command) {
    convolution::RunOptions run_options;
    run_options.output = command.output;
    run_options.force = command.force;
    run_options.resume = command.resume;
    if (!command.quiet) {
        run_options.on_progress = ConvolutionProgressLine{};
        run_options.on_warning = [](const std::string& text) { say(text + "\n"); };
    }
    const convolution::Summary summary =
        convolution::run(convolution::ExperimentSettings(config), run_options);
    if (!command.quiet)
        for (const std::string& warning : summary.warnings) say(fmt::format("warning: {}\n", warning));
    (command.json ? print_json : print_summary)(summary, command.output);
}

}  // namespace apps
