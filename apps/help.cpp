#include "apps/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <vector>

#include "apps/streams.hpp"
#include "sim/error.hpp"
#include "sim/params.hpp"

namespace apps {
namespace {

constexpr std::size_t kColumn = 30;  // at which CLI11 begins to describe an option

/// Where what is too long for a line goes on in the next.
std::size_t indent_of(const std::string& line) {
    const std::size_t begin = line.find_first_not_of(' ');
    const bool is_entry = line.size() > kColumn && line[kColumn - 1] == ' ' && line[kColumn] != ' ' &&
                          (begin == 2 || begin == kColumn);
    return is_entry ? kColumn : begin;
}

std::string fit_line(std::string line, std::size_t width) {
    std::string text;
    while (line.size() > width) {
        const std::size_t indent = indent_of(line), at = line.find_last_of(" ,", width - 1);
        if (at == std::string::npos || at <= indent) break;  // one long word
        text += line.substr(0, line.find_last_not_of(' ', at) + 1) + '\n';
        const std::size_t next = std::min(line.find_first_not_of(' ', at + 1), line.size());
        line = std::string(indent, ' ') + line.substr(next);
    }
    return text + line;
}

/// nullptr if there is none of this name
const CLI::App* command_of(const CLI::App& app, const std::string& name) {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        if (command->get_name() == name) return command;
    return nullptr;
}

std::string help_of_program(const CLI::App& app) {
    return fit(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
}

}  // namespace

std::string fit(const std::string& help, std::size_t width) {
    std::string text;
    for (std::size_t begin = 0, end; begin < help.size(); begin = end + 1) {
        end = std::min(help.find('\n', begin), help.size());
        text += fit_line(help.substr(begin, end - begin), width) + '\n';
    }
    return text;
}

std::string help_of(const CLI::App& app) { return fit(app.help()); }

std::string no_such_command(const CLI::App& app, const std::string& name) {
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        known.push_back(command->get_name());
    const std::string nearest = sim::nearest_name(name, known);
    return fmt::format("must be told one of {}; got \"{}\"{}", fmt::join(known, ", "), name,
                       nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest));
}

void add_help(CLI::App& app, Action& action) {
    auto name = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("help", "What a command does and which options it has");
    command->add_option("command", *name, "The command [all of them, a line each]")->type_name("");
    command->footer("Example: striate help run");
    command->callback([name, &app, &action] {
        action = [name, &app] {
            if (name->empty()) return print_text(help_of_program(app));
            const CLI::App* asked = command_of(app, *name);
            if (asked == nullptr) throw sim::ConfigError(no_such_command(app, *name));
            print_text(fit(asked->help(app.get_name())));
        };
    });
}

}  // namespace apps
