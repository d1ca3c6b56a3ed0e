#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "bench/suite.hpp"
#include "sim/error.hpp"
#include "sim/provenance.hpp"
#include "sim/simd.hpp"

namespace apps {
namespace {

struct BenchOptions : CommonOptions {
    std::vector<std::string> sections;
    std::string output, compare, problem;
};

/// A figure counts as slower or faster from here on; what is less is noise.
constexpr double kNoise = 0.15;

std::string line_of(const bench::Figure& figure) {
    const std::string ratio =
        figure.floor > 0.0 ? fmt::format("{:7.1f} x floor", figure.value / figure.floor) : "";
    return fmt::format("  {:46} {:9.2f} {:3} {:15}  {}\n", figure.name, figure.value, figure.unit, ratio,
                       figure.note);
}

/// In floors where there is one, so that a busy or slower machine does not look like slower code.
double comparable(const nlohmann::json& figure) {
    const double floor = figure.at("floor");
    return figure.at("value").get<double>() / (floor > 0.0 ? floor : 1.0);
}

std::map<std::string, double> figures_by_name(const nlohmann::json& json) {
    std::map<std::string, double> figures;
    for (const auto& figure : json.at("figures")) figures[figure.at("name")] = comparable(figure);
    return figures;
}

nlohmann::json to_json(const std::vector<bench::Section>& sections) {
    nlohmann::json figures = nlohmann::json::array();
    for (const auto& section : sections)
        for (const bench::Figure& figure : section.figures)
            figures.push_back({{"name", figure.name},
                               {"value", figure.value},
                               {"unit", figure.unit},
                               {"floor", figure.floor},
                               {"note", figure.note},
                               {"is_speed", figure.is_speed}});
    return {{"version", sim::striate_version()},
            {"git", sim::git_hash()},
            {"time", sim::timestamp()},
            {"simd", sim::name_of(sim::simd_level)},
            {"figures", figures}};
}

nlohmann::json read_figures(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw sim::IoError(fmt::format("{}: cannot be read", path));
    try {
        nlohmann::json json = nlohmann::json::parse(in);
        static_cast<void>(figures_by_name(json));  // fails here and not after minutes of measuring
        return json;
    } catch (const nlohmann::json::exception&) {
        throw sim::IoError(fmt::format("{}: is not what `striate bench -o` writes", path));
    }
}

void print_comparison(const nlohmann::json& old, const nlohmann::json& now) {
    const auto before = figures_by_name(old);
    print("\nAgainst {} of {}, in floors where a figure has one\n", old.value("git", "?"),
          old.value("time", "?"));
    for (const auto& figure : now.at("figures")) {
        const std::string name = figure.at("name");
        if (!figure.at("is_speed").get<bool>() || !before.contains(name)) continue;
        const double ratio = comparable(figure) / before.at(name);
        print("  {:46} {:5.2f} x  {}\n", name, ratio,
              ratio > 1.0 + kNoise   ? "SLOWER"
              : ratio < 1.0 - kNoise ? "faster"
                                     : "");
    }
}

void print_section(const bench::Section& section) {
    print("{}\n", section.title);
    for (const bench::Figure& figure : section.figures) print_text(line_of(figure));
    std::fflush(stdout);  // the next takes a minute; what fails is said at the end
}

void run_bench(const BenchOptions& options) {
    // Minutes of measuring shall not end at a name that cannot be written.
    std::optional<sim::io::Output> output;
    if (!options.output.empty()) output.emplace(options.output, existing(options.force));
    if (output && !options.compare.empty())
        output->must_not_be(std::vector<std::filesystem::path>{options.compare});
    if (!options.problem.empty())
        return bench::export_problem(sim::io::Output(options.problem, existing(options.force)));
    const nlohmann::json old = options.compare.empty() ? nlohmann::json{} : read_figures(options.compare);
    std::vector<bench::Section> sections;
    bench::run_suite(options.sections, [&](const bench::Section& section) {
        if (!options.json && sections.empty())
            print("Instructions: {} (the environment variable STRIATE_SIMD: none, avx2 or avx512 at most)\n",
                  sim::name_of(sim::simd_level));
        if (!options.json) print_section(section);
        sections.push_back(section);
    });
    const nlohmann::json now = to_json(sections);
    if (output) sim::io::write_text_file(*output, json_text(now));
    if (options.json) print_text(json_text(now));
    if (!options.compare.empty()) print_comparison(old, now);
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App* command = app.add_subcommand("bench", "Measure the engine's speed on this machine");
    command->add_option("section", options->sections, "What to measure [everything, about ten minutes]")
        ->type_name("SECTION")
        ->check(CLI::IsMember(bench::section_names()).description(""));
    command->add_option("-o,--output", options->output, "Write the figures as JSON");
    CLI::Option* compare = command->add_option("--compare", options->compare,
                                               "Say what got slower since these figures were written");
    command->add_option("--export-problem", options->problem,
                        "Only write the problem of `solvers` as HDF5, for solvers in other languages");
    add_common(*command, *options, {Common::force, Common::json});
    command->get_option("--json")->excludes(compare);
    command->footer(
        fmt::format("Sections: {}.\n", fmt::join(bench::section_names(), ", ")) +
        "Speed is given beside the floor: the time to add one column of the lateral weights, picked at "
        "random, to a vector.\n"
        "Examples:\n  striate bench\n  striate bench spike -o before.json\n"
        "  striate bench spike --compare before.json");
    command->callback([options, &action] { action = [options] { run_bench(*options); }; });
}

}  // namespace apps
