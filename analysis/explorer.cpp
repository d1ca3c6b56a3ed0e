#include "analysis/explorer.hpp"

#include <fstream>
#include <iterator>

#include "analysis/colour.hpp"
#include "analysis/glossary.hpp"
#include "analysis/page_texts.hpp"
#include "analysis/v1_reference.hpp"
#include "sim/error.hpp"

namespace analysis {

namespace {

namespace fs = std::filesystem;
using Json = PageArrays::Json;

Json reference_json(const Reference& reference) {
    return {{"name", reference.name},
            {"property", reference.property},
            {"cells", reference.cells},
            {"units", reference.units},
            {"citation", reference.citation},
            {"n", reference.n},
            {"median", reference.distribution().median()},
            {"edges", reference.bin_edges},
            {"counts", reference.bin_counts},
            {"fractions", reference.fractions},
            {"quantiles", reference.quantiles},
            {"scaled", reference.scaled},
            {"period", reference.period}};
}

Json term_json(const Term& term) {
    return {{"name", term.name},
            {"label", term.label},
            {"group", term.group},
            {"definition", term.definition},
            {"source", term.source}};
}

/// 0xrrggbb for each degree.
Json orientation_colours() {
    Json all = Json::array();
    for (int degree = 0; degree < 180; ++degree)
        all.push_back(static_cast<std::uint32_t>(packed(orientation_colour(degree))));
    return all;
}

/// JSON that may stand in an element <script>.
std::string in_script(const Json& json) {
    std::string text;
    for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace))
        c == '<' ? text += "\\u003c" : text += c;
    return text;
}

}  // namespace

std::optional<fs::path> find_d3() {
    const fs::path path = "/usr/share/nodejs/d3/dist/d3.min.js";
    return fs::is_regular_file(path) ? std::optional(path) : std::nullopt;
}

Json explored_knowledge() {
    Json references = Json::array(), terms = Json::array();
    for (const Reference& reference : v1_references()) references.push_back(reference_json(reference));
    for (const Term& term : glossary()) terms.push_back(term_json(term));
    const ShapeReference& shapes = v1_shapes();
    return {{"references", references},
            {"terms", terms},
            {"shapes", {{"citation", shapes.citation}, {"edges", shapes.edges}, {"counts", shapes.counts}}},
            {"orientation_colours", orientation_colours()},
            {"runs", Json::array()},
            {"networks", Json::array()},
            {"kernels", Json::array()},
            {"sweeps", Json::array()},
            {"codes", Json::array()}};
}

std::string explorer_html(const PageData& page, const fs::path& d3) {
    return page.first.html() + "<script type=\"application/json\" id=\"striate-data\">" +
           in_script(page.json) + "</script>\n<script>" + read_text(d3) + "</script>\n<script>" +
           std::string(page_script) + "</script>\n";
}

std::string read_text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in || text.empty()) throw sim::IoError(file.string() + ": cannot be read.");
    return text;
}

}  // namespace analysis
