// Measurements of one's own to compare a model with.
#pragma once
#include <string>
#include <vector>

#include "analysis/v1_reference.hpp"

namespace analysis {

/// References from a table of cells as R and spreadsheets write it (see `read_csv`); with semicolons between
/// its columns, numbers may have decimal commas. The first line names the properties, each as a reference or
/// a measure has it ("circular_variance"); every other line is a cell. An empty place or NA: the cell was not
/// measured. A first column without a name holds names of cells and is passed over. Units, range and bins are
/// those of the reference of that property if there is one; such as are scaled (see `Reference`) may be in
/// any unit.
///
/// returns  one per column, named "FILE:property", in order; its distribution is that of the values
///          themselves
/// throws   sim::IoError "path:line: what is wrong" if the table cannot be read, is not such a table, names a
///          property twice or in other letters' case, has no value of one or one outside its range
std::vector<Reference> read_references(const std::string& path);

}  // namespace analysis
