#include "analysis/report.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/explorer.hpp"
#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"

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
        .add_option("files", options.files,
                    "File of a run, a circuit or an analysis; of several sheets, to have them side by side")
        ->required();
}

/// Returns the page.
std::string make_report(const Options& options, const fs::path& dir) {
    std::vector<analysis::ReportInput> inputs;
    for (const std::string& file : options.files) inputs.push_back(analysis::report_input(file));
    const auto d3 = analysis::find_d3();
    analysis::write_report(inputs, dir, d3);
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
    CLI::App* command = app.add_subcommand("report", "An HTML page to explore, of runs or of analyses");
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
