#include "analysis/report_html.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/page_texts.hpp"

namespace analysis {

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

// Most of it as it is, which base64 would make a third longer.
std::string in_address(const std::string& text) {
    std::string address;
    for (const char c : text) {
        if (std::string_view("%#?\"&'<>\n\t").find(c) == std::string_view::npos)
            address += c;
        else
            address += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return address;
}

std::string digits(double x, int n) { return std::isfinite(x) ? fmt::format("{:.{}f}", x, n) : "–"; }

std::string html_of(const std::optional<Figure>& figure, const std::string& folder) {
    if (!figure) return "";
    const std::string name = escaped(folder.empty() ? figure->name : folder + "/" + figure->name);
    return fmt::format(
        "<figure id=\"{0}\">\n<a class=\"plate\" href=\"figures/{0}.svg\"><img src=\"figures/{0}.svg\" "
        "width=\"{1}\" height=\"{2}\" alt=\"{3}\"></a>\n<figcaption><b>{4}.</b> {5} <span class=\"files\"><a "
        "href=\"figures/{0}.svg\">SVG</a> · <a href=\"figures/{0}.png\">PNG</a> · <a "
        "href=\"figures/{0}.gp\">gnuplot</a></span></figcaption>\n</figure>\n",
        name, figure->width, figure->height, escaped(figure->alt), escaped(figure->title),
        escaped(figure->caption));
}

std::string section(std::string_view heading, const std::string& body) {
    return body.empty() ? "" : fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", heading, body);
}

std::string facts_table(Facts facts, const Facts& provenance) {
    const std::pair<const char*, const char*> known[] = {
        {"stimulus", "Stimulus"}, {"seed", "Seed"}, {"version", "Striate"}, {"git_hash", "Commit"},
        {"hdf5_version", "HDF5"}, {"host", "Host"}, {"started", "Started"}, {"wall_time_s", "Wall time [s]"}};
    for (const auto& [attribute, words] : known)
        for (const auto& [name, value] : provenance)
            if (name == attribute && !value.empty()) facts.emplace_back(words, value);
    std::string html = "<table class=\"facts\"><tbody>\n";
    for (const auto& [name, value] : facts)
        html += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", name, escaped(value));
    return html + "</tbody></table>\n";
}

std::string folded_text(std::string_view summary, const std::string& text) {
    if (text.empty()) return "";
    return fmt::format("<details><summary>{}</summary>\n<pre>{}</pre></details>\n", summary, escaped(text));
}

std::string config_details(const std::string& config) {
    return folded_text("Config as resolved, all defaults in", config);
}

std::string html_of(const Page& page, const std::string& explorer, const std::string& details) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{0}\n"
        "<title>{1} – Striate</title>\n<style>{2}</style>\n</head>\n<body>\n"
        "<header>\n<h1>{1}</h1>\n<p class=\"lead\">{3}</p>\n</header>\n<main>\n{4}<div "
        "id=\"explorer\"></div>\n{5}{6}"
        "</main>\n{7}</body>\n</html>\n",
        kGenerator, escaped(page.title), page_style, page.lead, page.strip, explorer, page.body, details);
}

std::string with_pictures_inside(const std::string& html, const std::filesystem::path& dir) {
    constexpr std::string_view kSource = "src=\"";
    std::string result;
    std::size_t done = 0;
    for (auto at = html.find("src=\"figures/"); at != std::string::npos;
         at = html.find("src=\"figures/", done)) {
        const auto begin = at + kSource.size(), end = html.find('"', begin);
        result += html.substr(done, begin - done);
        result += "data:image/svg+xml," + in_address(read_text(dir / html.substr(begin, end - begin)));
        done = end;
    }
    return result + html.substr(done);
}

}  // namespace analysis
