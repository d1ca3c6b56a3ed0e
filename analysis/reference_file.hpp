// Measurements of one's own to compare a model with.
#pragma once
#include <string>
#include <vector>

#include "analysis/v1_reference.hpp"

namespace analysis {

/// References from a table of cells, comma-separated. The first line names the properties, each as a
/// reference or a measure has it ("circular_variance"); every other line is a cell. Nothing between two
/// commas: the cell was not measured. Units, range and bins are those of the reference of that property if
/// there is one; such as are scaled (see `Reference`) may be in any unit.
///
/// returns  one per column, named "FILE:property", in order; its distribution is that of the values
/// themselves throws   sim::IoError "path:line: what is wrong" if the table cannot be read, is not such a
/// table, names a
///          property twice or has no value of one
std::vector<Reference> read_references(const std::string& path);

}  // namespace analysis
