#include "analysis/recorded_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/recorded_run.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace analysis {
namespace {

using sim::io::File;

SweepColumn read_column(const File& file, const std::string& name, std::size_t n_points) {
    const std::string dataset = "/table/" + name;
    SweepColumn column{name,
                       file.read_attribute<std::string>(dataset, "units"),
                       file.read_attribute<std::string>(dataset, "description") == "swept",
                       {}};
    if (file.type(dataset) == "text")
        column.texts = file.read<std::string>(dataset, {n_points});
    else
        column.numbers = file.read<double>(dataset, {n_points});
    return column;
}

/// Files of a point are looked for, and its page is written, under its name.
void check_names(const RecordedSweep& sweep) {
    for (const std::string& name : sweep.points)
        if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
            throw sim::IoError(fmt::format("{}: /table/point: no name of a file: \"{}\"", sweep.path, name));
}

}  // namespace

const SweepColumn* RecordedSweep::find(const std::string& name) const {
    const auto found = std::ranges::find(columns, name, &SweepColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

RecordedSweep read_sweep(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "sweep");
    RecordedSweep sweep{path,
                        file.read<std::string>("/table/point"),
                        {},
                        "",
                        false,
                        file.read<std::string>("/provenance/sweep", {}).at(0),
                        read_provenance(file)};
    check_names(sweep);
    for (const std::string& name : file.children("/table"))
        if (name != "point") sweep.columns.push_back(read_column(file, name, sweep.points.size()));
    if (file.has_attribute("/table", "score")) {
        sweep.score = file.read_attribute<std::string>("/table", "score");
        sweep.maximise = file.read_attribute<std::uint8_t>("/table", "maximise") != 0;
    }
    return sweep;
}

}  // namespace analysis
