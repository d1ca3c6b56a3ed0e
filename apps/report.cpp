#include "analysis/report.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "analysis/explorer.hpp"
#include "analysis/report_sweep.hpp"
#include "apps/commands.hpp"
#include "apps/embedded_codes.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

extern char** environ;

namespace apps {
namespace {

namespace fs = std::filesystem;

struct Options : CommonOptions {
    std::vector<std::string> files;
    std::string dir;
};

void add_files(CLI::App& command, Options& options) {
    command
        .add_option(
            "files", options.files,
            "File of a run, a circuit or an analysis; of several sheets, to have them side by side; or the "
            "table of a sweep, table.h5, to have a page of every point")
        ->required();
}

/// Writes the page of a point into the folder where that of its sweep looks for it. Returns why there is none, "" if
/// there is one.
std::string make_page_of_point(const analysis::RecordedSweep& sweep, const std::string& point,
                               const fs::path& dir, const std::optional<fs::path>& d3) {
    const auto file = analysis::file_of_point(sweep, point);
    if (!file) return "Its files are not beside the table";
    std::optional<analysis::ReportInput> input;
    try {
        input = analysis::report_input(*file);
    } catch (const sim::IoError& error) {
        return error.what();
    }
    analysis::write_report(std::span(&*input, 1), dir / analysis::folder_of_point(point), d3);
    return "";
}

/// The page of a sweep and those of its points.
void make_sweep_report(const Options& options, const fs::path& dir, const std::optional<fs::path>& d3) {
    const analysis::RecordedSweep sweep = analysis::read_sweep(options.files.front());
    const analysis::PageFile file(dir);  // before any page of a point
    const StatusLine status;
    std::vector<std::string> missing;
    for (const std::string& point : sweep.points) {
        missing.push_back(make_page_of_point(sweep, point, dir, d3));
        if (!options.quiet)
            status.show(fmt::format("{:>4}/{}  {}{}{}", missing.size(), sweep.points.size(), point,
                                    missing.back().empty() ? "" : "  no page: ", missing.back()),
                        true);
    }
    analysis::write_sweep_report(sweep, missing, file, d3);
}

void make_report_of_runs(const Options& options, const fs::path& dir, const std::optional<fs::path>& d3) {
    std::vector<analysis::ReportInput> inputs;
    for (const std::string& file : options.files) inputs.push_back(analysis::report_input(file));
    analysis::write_report(inputs, dir, d3);
}

/// Returns the page.
std::string make_report(const Options& options, const fs::path& dir) {
    const auto d3 = analysis::find_d3();
    const std::string kind = sim::io::kind_of_striate_file(sim::io::File::open(options.files.front()));
    if (kind == "sweep" && options.files.size() == 1)
        make_sweep_report(options, dir, d3);
    else if (kind == "codes")
        make_codes_report(options.files, dir, d3);
    else
        make_report_of_runs(options, dir, d3);
    if (!d3 && !options.quiet)
        say("The page has figures alone. One to explore needs the library D3: apt install node-d3\n");
    return (dir / "index.html").string();
}

void print_page(const Options& options, const std::string& page) {
    if (options.json)
        print_text(json_text(nlohmann::ordered_json{{"report", page}}));
    else
        print("{}\n", page);
}

/// $XDG_CACHE_HOME/striate, ~/.cache/striate, or one among temporary files.
fs::path cache_folder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
        return fs::path(cache) / "striate";
    const char* home = std::getenv("HOME");
    return (home != nullptr && *home == '/' ? fs::path(home) / ".cache" : fs::temp_directory_path()) /
           "striate";
}

/// The same for the same files, wherever the command is given.
fs::path folder_of(const std::vector<std::string>& files) {
    std::string name;
    for (const std::string& file : files)
        for (const char c : fs::weakly_canonical(file).string() + "+") name += c == '/' ? '%' : c;
    constexpr std::size_t kLongest = 200;  // of a name, for any file system
    return cache_folder() / (name.size() > kLongest ? name.substr(name.size() - kLongest) : name);
}

/// False where there is no screen, or nothing that opens pages.
bool open_page(const std::string& page) {
    const auto is_set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) return false;
    std::string program = "xdg-open", argument = page;
    char* arguments[] = {program.data(), argument.data(), nullptr};
    pid_t pid = 0;
    int status = 0;
    return ::posix_spawnp(&pid, "xdg-open", nullptr, nullptr, arguments, environ) == 0 &&
           ::waitpid(pid, &status, 0) == pid && status == 0;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("report", "An HTML page of runs, analyses, codes or a sweep");
    add_files(*command, *options);
    command->add_option("-o,--output", options->dir, "Folder to write [first FILE's name with .report]");
    add_common(*command, *options, {Common::quiet, Common::json});
    command->footer("Example: striate report sheet.analysis.h5 -o report");
    command->callback([options, &action] {
        action = [options] {
            fs::path dir = options->dir;
            if (dir.empty()) dir = fs::path(options->files.front()).replace_extension(".report");
            print_page(*options, make_report(*options, dir));
        };
    });
}

void add_show(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("show", "Makes that page in a cache folder, and opens it");
    add_files(*command, *options);
    add_common(*command, *options, {Common::quiet, Common::json});
    command->footer("Example: striate show sheet.analysis.h5");
    command->callback([options, &action] {
        action = [options] {
            const std::string page = make_report(*options, folder_of(options->files));
            if (!open_page(page) && !options->quiet) say("No browser was opened; the page is\n");
            print_page(*options, page);
        };
    });
}

}  // namespace apps
