// A page that shows what a run did: index.html with its figures, to be opened from disk.
#pragma once
#include <filesystem>
#include <optional>

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

/// Writes dir/index.html and dir/figures/, making `dir` if need be. The page loads nothing but those figures.
/// throws IoError if a file cannot be read or written, the analysis is not of the run, or gnuplot is missing
void write_report(const ReportInput& input, const std::filesystem::path& dir);

}  // namespace analysis
