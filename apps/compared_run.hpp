// What `striate compare` compares.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "apps/figures_that_matter.hpp"

namespace apps {

/// An analysis with what its run says of learning.
struct ComparedRun {
    std::string name;  // see `names_of_files`
    analysis::Analysis analysis;
    LearningEnds learning;
};

/// The analyses at `paths`, in their order, compared with V1 and with `more` too.
///
/// throws  sim::IoError if a file cannot be read, is no analysis, or the run it is of is not found
std::vector<ComparedRun> read_compared_runs(const std::vector<std::string>& paths,
                                            std::span<const analysis::Reference> more);

/// Names of files without folder and ".analysis.h5" or ".codes.h5"; with as many folders as it takes to tell
/// them apart. Of long names the words that all begin with are cut: "…lambda=0.1". Numbered, "sheet 2", where
/// one file is given twice.
std::vector<std::string> names_of_files(const std::vector<std::string>& paths);

}  // namespace apps
