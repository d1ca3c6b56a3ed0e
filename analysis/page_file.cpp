#include "analysis/page_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "analysis/explorer.hpp"
#include "analysis/report.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

namespace fs = std::filesystem;

/// A page that this program did not write is somebody's own.
void check_is_ours(const fs::path& page) {
    if (!fs::is_regular_file(page)) return;
    std::ifstream in(page, std::ios::binary);
    std::string head(4096, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (head.find(kGenerator) == std::string::npos)
        throw sim::IoError(fmt::format(
            "{}: exists, and is no report of striate; choose another folder with -o", page.string()));
}

/// The folder of a page that may be written there.
fs::path made_for_page(const fs::path& dir) {
    check_is_ours(dir / "index.html");
    make_directory(dir);
    return dir;
}

}  // namespace

PageFile::PageFile(const fs::path& dir)
    : dir_(made_for_page(dir)), output_(dir / "index.html", sim::io::Existing::replace) {}

bool PageFile::write(const Page& page, const PageData& data, const std::optional<fs::path>& d3) const {
    constexpr std::array kExplored{"runs", "networks", "kernels", "sweeps", "codes"};
    const bool is_explored =
        d3 && std::ranges::any_of(kExplored, [&](const char* list) { return !data.json[list].empty(); });
    const std::string html =
        html_of(page, is_explored ? explorer_html(data, *d3) : "", is_explored ? data.details.html() : "");
    sim::io::write_text_file(output_, with_pictures_inside(html, dir_));
    return is_explored;
}

}  // namespace analysis
