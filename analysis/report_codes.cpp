#include "analysis/report_codes.hpp"

#include <fmt/format.h>

#include "analysis/explorer.hpp"
#include "analysis/page_file.hpp"
#include "analysis/report.hpp"

namespace analysis {
namespace {

namespace fs = std::filesystem;

// ---- what one explores

PageArrays::Json frames_json(const ShownFrames& of, PageArrays& arrays) {
    const std::size_t n = of.pixels.size() / (of.height * of.width);
    return {{"name", of.name}, {"n", n}, {"pixels", arrays.add_bytes(of.pixels, {n, of.height, of.width})}};
}

PageArrays::Json codes_json(const EmbeddedCodes& of, PageData& page) {
    const auto plane = [&](const std::vector<float>& points) {
        return page.first.add(std::span<const float>(points), {of.frame.size(), 2});
    };
    PageArrays::Json json{{"name", of.name},
                          {"path", of.path},
                          {"maker", of.maker},
                          {"size", of.size},
                          {"frame", page.first.add(of.frame)},
                          {"label", page.first.add(of.label)},
                          {"fired", page.first.add(of.fired)},
                          {"active", page.first.add(of.n_active)},
                          {"planes", {{"tsne", plane(of.tsne)}, {"components", plane(of.components)}}},
                          {"silhouette", of.tsne_silhouette},
                          {"purity", of.tsne_purity},
                          {"why_no_frames", of.why_no_frames}};
    json["senses"] = PageArrays::Json::array();
    for (const ShownFrames& frames : of.senses) json["senses"].push_back(frames_json(frames, page.details));
    return json;
}

// ---- words

std::string row_of(const EmbeddedCodes& of) {
    return fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        escaped(of.name), escaped(of.maker), of.size, digits(of.spikes, 1), digits(of.active, 3),
        digits(of.silhouette, 3), digits(of.purity, 3), digits(of.tsne_silhouette, 3),
        digits(of.tsne_purity, 3));
}

std::string table_of(std::span<const EmbeddedCodes> files) {
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Codes\"><table id=\"codes\" "
        "class=\"of-numbers\">\n<thead><tr>";
    for (const char* heading : {"Codes", "Made by", "Neurons", "Spikes", "Active", "Silhouette", "Purity",
                                "Silhouette of t-SNE", "Purity of t-SNE"})
        html += fmt::format("<th scope=\"col\">{}</th>", heading);
    html += "</tr></thead>\n<tbody>\n";
    for (const EmbeddedCodes& of : files) html += row_of(of);
    return html +
           "</tbody></table></div>\n<p class=\"remark\">Spikes and active neurons are of a held-out frame. "
           "Silhouette: of the held-out codes, mean of (b − a) / max(a, b), where a is the mean distance of "
           "a "
           "code to the others of its class and b that to the nearest other class (Rousseeuw 1987). Purity: "
           "share of the 10 nearest that are of a code’s own class. How well classifiers tell the classes "
           "says <code>striate decode</code>.</p>\n";
}

std::string how_made(std::span<const EmbeddedCodes> files) {
    Facts facts;
    for (const EmbeddedCodes& of : files) {
        facts.emplace_back("Codes", of.path);
        facts.emplace_back("of the run", of.run);
        if (!of.why_no_frames.empty()) facts.emplace_back("No frames", of.why_no_frames);
    }
    return facts_table(std::move(facts), {});
}

std::string title(std::span<const EmbeddedCodes> files) {
    std::string names;
    for (const EmbeddedCodes& of : files) names += (names.empty() ? "" : ", ") + of.name;
    return names;
}

}  // namespace

bool write_codes_report(std::span<const EmbeddedCodes> files, const fs::path& dir,
                        const std::function<Figure(const fs::path&)>& draw,
                        const std::optional<fs::path>& d3) {
    const PageFile file(dir);
    make_directory(file.figures());
    const Page page{title(files), "Codes of held-out frames, each a point in the plane.", "",
                    section("Codes in the plane", html_of(draw(file.figures()))) +
                        section("How far classes are apart", table_of(files)) +
                        section("How it was made", how_made(files))};
    PageData data{.json = explored_knowledge()};
    for (const EmbeddedCodes& of : files) data.json["codes"].push_back(codes_json(of, data));
    return file.write(page, data, d3);
}

}  // namespace analysis
