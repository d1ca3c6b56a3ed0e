// A page where it is kept: DIR/index.html, with its pictures in DIR/figures.
#pragma once
#include <filesystem>
#include <optional>

#include "analysis/page_arrays.hpp"
#include "analysis/report_html.hpp"
#include "sim/io/output.hpp"

namespace analysis {

class PageFile {
  public:
    /// Makes the folder. throws IoError if that cannot be done, or a page is there that this program did not write
    explicit PageFile(const std::filesystem::path& dir);

    std::filesystem::path figures() const { return dir_ / "figures"; }

    /// Returns whether it is one to explore: where there is the library, and something to explore.
    ///
    /// d3      path of the library, or nothing
    /// throws  IoError if a file cannot be read or written
    bool write(const Page& page, const PageData& data, const std::optional<std::filesystem::path>& d3) const;

  private:
    std::filesystem::path dir_;
    sim::io::Output output_;
};

}  // namespace analysis
