// The table of a sweep, as `striate sweep` writes it (docs/file_format.md).
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace analysis {

/// Of all points, in their order.
struct SweepColumn {
    std::string name, units;
    bool is_swept;                // else a result
    std::vector<double> numbers;  // NaN where a point has none; empty for texts
    std::vector<std::string> texts{};
};

struct RecordedSweep {
    std::string path;                  // of the table
    std::vector<std::string> points;   // names of their files, without endings
    std::vector<SweepColumn> columns;  // by name
    std::string score;                 // a column; "" for none
    bool maximise;                     // whether the largest score is the best
    std::string file;                  // the sweep file, YAML
    std::vector<std::pair<std::string, std::string>> provenance;

    /// Where it is among the columns, or nullptr.
    const SweepColumn* find(const std::string& name) const;
};

/// throws IoError if it is none, what is there does not fit together, or a point's name is no name of a file
RecordedSweep read_sweep(const std::string& path);

}  // namespace analysis
