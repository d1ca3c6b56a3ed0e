// What the pages of reports are put together from.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/figures.hpp"

namespace analysis {

/// Text as HTML.
std::string escaped(std::string_view text);

/// A text as it stands in an address, and in an attribute.
std::string in_address(const std::string& text);

/// A number with this many digits behind the point; a dash if there is none.
std::string digits(double x, int n);

/// A figure that was drawn into figures/, or into a folder of it; nothing if there is none.
std::string html_of(const std::optional<Figure>& figure, const std::string& folder = "");

/// A heading with what stands under it; nothing if that is nothing.
std::string section(std::string_view heading, const std::string& body);

using Facts = std::vector<std::pair<std::string, std::string>>;

/// facts first, then what /provenance says.
std::string facts_table(Facts facts, const Facts& provenance);
/// A text that is folded up; nothing if it is empty.
std::string folded_text(std::string_view summary, const std::string& text);
std::string config_details(const std::string& config);

/// What stands on a page. All but the title is HTML.
struct Page {
    std::string title, lead, strip, body;  // strip: of numbers, above all else
};

/// A whole page. explorer: elements between strip and body, of a page to explore; details: behind all else; both may be ""
std::string html_of(const Page& page, const std::string& explorer, const std::string& details);

/// The page with its pictures inside. dir: of the page
std::string with_pictures_inside(const std::string& html, const std::filesystem::path& dir);

/// What marks a page as one of ours.
inline constexpr const char* kGenerator = "<meta name=\"generator\" content=\"Striate\">";

}  // namespace analysis
