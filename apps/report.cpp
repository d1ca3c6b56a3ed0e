#include "analysis/report.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"

namespace apps {

void add_report(CLI::App& app, Action& action) {
    struct Options : CommonOptions {
        std::string file, dir;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("report", "An HTML page with figures of a run or an analysis");
    command->add_option("file", options->file, "File of a run, a circuit or an analysis")->required();
    command->add_option("-o,--output", options->dir, "Folder to write [FILE's name with .report]");
    add_common(*command, *options, {Common::json});
    command->footer("Example: striate report sheet.analysis.h5 -o report");
    command->callback([options, &action] {
        action = [options] {
            std::filesystem::path dir = options->dir;
            if (dir.empty()) dir = std::filesystem::path(options->file).replace_extension(".report");
            analysis::write_report(analysis::report_input(options->file), dir);
            const std::string page = (dir / "index.html").string();
            if (options->json)
                print_text(json_text(nlohmann::ordered_json{{"report", page}}));
            else
                print("{}\n", page);
        };
    });
}

}  // namespace apps
