// Tables of text as R and spreadsheets write them.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace analysis {

/// What stands on one line, or on more if a quoted cell has line ends in it.
struct CsvRow {
    std::size_t line;                // its first, from 1
    std::vector<std::string> cells;  // without quotes, and without white space around what is not quoted
};

struct CsvTable {
    char separator;            // comma or semicolon
    std::vector<CsvRow> rows;  // but empty ones
};

/// Reads RFC 4180 and what else is common: a byte order mark, lines that end with LF, CR LF or CR, white
/// space around cells, semicolons between cells instead of commas. Which of them the first row says. throws
/// sim::IoError "path:line: what is wrong"
CsvTable read_csv(const std::string& path);

}  // namespace analysis
