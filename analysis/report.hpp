// A page that shows what a run did: index.html with its figures, to be opened from disk.
#pragma once
#include <filesystem>
#include <optional>
#include <span>

namespace analysis {

struct ReportInput {
    std::filesystem::path run;
    std::optional<std::filesystem::path> analysis;  // without one the page shows fields and learning only
};

/// What to report given either kind of file. The run of an analysis is looked for where the analysis says,
/// from here and from the folder of the analysis. throws IoError if `file` is neither kind or the run of an
/// analysis is not found
ReportInput report_input(const std::filesystem::path& file);

/// Makes a folder to write into, if need be. throws IoError if it cannot be made
void make_directory(const std::filesystem::path& dir);

/// Writes dir/index.html and dir/figures/, making `dir` if need be. The page loads nothing from elsewhere: its pictures
/// and scripts are inside. Returns whether it is one to explore: that needs the library D3 (`find_d3`), and a sheet,
/// a network or a circuit; without, it is figures and tables alone.
///
/// inputs   one, or several runs to stand side by side
/// throws   IoError if a file cannot be read or written, an analysis is not of its run, or gnuplot is missing
bool write_report(std::span<const ReportInput> inputs, const std::filesystem::path& dir,
                  const std::optional<std::filesystem::path>& d3);

}  // namespace analysis
