#include "apps/compared_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <set>

#include "analysis/analysis_file.hpp"
#include "analysis/report.hpp"
#include "sim/io/striate_file.hpp"

namespace apps {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr std::size_t kLongName = 16;

/// Bootstraps are those of the analysis if they draw from the seed that it had.
std::uint64_t seed_of(const std::string& run) {
    return sim::io::File::open(run).read_attribute<std::uint64_t>("/provenance", "seed");
}

analysis::SheetSize sheet_of(const analysis::Analysis& analysis) {
    if (!analysis.has_map()) return {};
    return {analysis.map.map.rows, analysis.map.map.cols};
}

/// With `more` too; the properties in the order in which they stand in the file.
std::vector<analysis::Comparison> compared_again(const analysis::Analysis& analysis, std::uint64_t seed,
                                                 std::span<const analysis::Reference> more) {
    auto all = analysis::compare_with_v1(analysis.properties, seed, sheet_of(analysis), more);
    const auto place = [&](const analysis::Comparison& c) {
        const auto& before = analysis.comparisons;
        return std::ranges::find(before, c.property, &analysis::Comparison::property) - before.begin();
    };
    std::ranges::stable_sort(all, {}, place);
    return all;
}

ComparedRun read_compared_run(const std::string& path, std::span<const analysis::Reference> more) {
    ComparedRun result{"", analysis::read(path), {}};
    const std::string run = analysis::report_input(path).run.string();
    result.learning = read_learning_ends(run, result.analysis.population);
    if (!more.empty()) result.analysis.comparisons = compared_again(result.analysis, seed_of(run), more);
    return result;
}

/// The last parts of a path, without the ending of an analysis or of codes.
std::string last_parts(const std::string& path, std::size_t n_parts) {
    const fs::path whole = fs::path(path).lexically_normal();
    const auto length = static_cast<std::size_t>(std::distance(whole.begin(), whole.end()));
    fs::path last;
    for (auto part = std::next(whole.begin(), static_cast<long>(length - std::min(n_parts, length)));
         part != whole.end(); ++part)
        last /= *part;
    std::string name = last.string();
    for (const std::string ending : {".h5", ".analysis", ".codes"})
        if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    return name;
}

bool are_unique(const Names& names) { return std::set(names.begin(), names.end()).size() == names.size(); }

Names numbered(Names names) {
    for (std::size_t i = 0; i < names.size(); ++i) names[i] += fmt::format(" {}", i + 1);
    return names;
}

std::size_t length_in_common(const std::string& a, const std::string& b) {
    const auto end = std::min(a.size(), b.size());
    const auto differ = std::mismatch(a.begin(), a.begin() + static_cast<long>(end), b.begin());
    return static_cast<std::size_t>(differ.first - a.begin());
}

/// Without the words that all begin with.
Names without_beginning(Names names) {
    std::size_t common = names.front().size();
    for (const std::string& name : names) common = std::min(common, length_in_common(name, names.front()));
    const auto last_break = names.front().substr(0, common).find_last_of("_-/ ");
    if (last_break != std::string::npos)
        for (std::string& name : names) name = "…" + name.substr(last_break + 1);
    return names;
}

}  // namespace

std::vector<ComparedRun> read_compared_runs(const std::vector<std::string>& paths,
                                            std::span<const analysis::Reference> more) {
    std::vector<ComparedRun> runs;
    for (const std::string& path : paths) runs.push_back(read_compared_run(path, more));
    const Names names = names_of_files(paths);
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].name = names[i];
    return runs;
}

Names names_of_files(const std::vector<std::string>& paths) {
    constexpr std::size_t kMostParts = 8;
    const auto with_parts = [&](std::size_t n_parts) {
        Names names;
        for (const std::string& path : paths) names.push_back(last_parts(path, n_parts));
        return names;
    };
    std::size_t n_parts = 1;
    while (n_parts <= kMostParts && !are_unique(with_parts(n_parts))) ++n_parts;
    Names names = n_parts <= kMostParts ? with_parts(n_parts) : numbered(with_parts(1));
    const auto longest = std::ranges::max(names, {}, &std::string::size).size();
    return names.size() > 1 && longest > kLongName ? without_beginning(names) : names;
}

}  // namespace apps
