#include "analysis/comparison_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

namespace analysis {
namespace {

/// "simple, foveal" for "simple_foveal".
std::string cell_words(const std::string& cells) {
    std::string words;
    for (const char c : cells) words += c == '_' ? std::string(", ") : std::string(1, c);
    return words;
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

bool is_of_user(const Comparison& c) { return c.reference == c.citation + ":" + c.property; }

/// "De Valois 1982" for "De Valois, Yund & Hepler (1982), Vision Res 22:531".
std::string author_and_year(const std::string& citation) {
    constexpr std::size_t kDigits = 4;
    const auto year = citation.find('(');
    const bool has_year = year != std::string::npos && citation.find(')', year) >= year + 1 + kDigits &&
                          std::all_of(citation.begin() + static_cast<std::ptrdiff_t>(year) + 1,
                                      citation.begin() + static_cast<std::ptrdiff_t>(year + 1 + kDigits),
                                      [](char c) { return c >= '0' && c <= '9'; });
    if (!has_year) return file_name(citation);
    auto end = year;
    for (const char* after : {",", " &", " et al", " ("}) end = std::min(end, citation.find(after));
    return citation.substr(0, end) + " " + citation.substr(year + 1, kDigits);
}

}  // namespace

std::string label(const Comparison& c) {
    if (is_of_user(c)) return fmt::format("{} ({})", c.property, file_name(c.citation));
    return c.cells == "all" ? c.property : fmt::format("{} ({})", c.property, cell_words(c.cells));
}

std::string why_unsaid(const Comparison& c) {
    if (c.n == 0) return c.cells == "all" ? "no neuron has it" : "no such neurons";
    return has_too_few(c) ? fmt::format("fewer than {} neurons", kFewestNeurons) : "";
}

std::vector<Paper> papers(std::span<const std::string> citations) {
    std::vector<Paper> all;
    std::map<std::string, int> named, met;
    for (const std::string& citation : citations)
        if (std::ranges::find(all, citation, &Paper::citation) == all.end()) {
            all.push_back({author_and_year(citation), citation});
            ++named[all.back().key];
        }
    for (Paper& paper : all)
        if (named[paper.key] > 1) paper.key += static_cast<char>('a' + met[paper.key]++ % 26);
    return all;
}

std::vector<Paper> papers(std::span<const Comparison> comparisons, const ShapeComparison& shapes) {
    std::vector<std::string> citations;
    for (const Comparison& comparison : comparisons) citations.push_back(comparison.citation);
    if (shapes.n > 0) citations.push_back(shapes.citation);
    return papers(citations);
}

std::string key_of(std::span<const Paper> papers, const std::string& citation) {
    const auto found = std::ranges::find(papers, citation, &Paper::citation);
    return found == papers.end() ? citation : found->key;
}

std::string probability_words(double p) {
    if (std::isnan(p)) return "-";
    return p < 0.001 ? "<.001" : fmt::format("{:.3f}", p);
}

}  // namespace analysis
