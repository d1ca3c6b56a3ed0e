#include "analysis/csv.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string_view>

#include "sim/error.hpp"

namespace analysis {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF", kUtf16Mark = "\xFF\xFE", kUtf16BigMark = "\xFE\xFF";

class CsvReader {
  public:
    CsvReader(std::string path, std::string_view text) : path_(std::move(path)), text_(text) {
        if (text_.starts_with(kUtf16Mark) || text_.starts_with(kUtf16BigMark))
            fail("must be UTF-8, found UTF-16; save it as CSV UTF-8");
        if (text_.starts_with(kUtf8Mark)) text_.remove_prefix(kUtf8Mark.size());
    }

    CsvTable read() {
        CsvTable table{first_separator(), {}};
        while (at_ < text_.size()) {
            CsvRow row = next_row(table.separator);
            if (row.cells.size() > 1 || !row.cells.front().empty()) table.rows.push_back(std::move(row));
        }
        return table;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw sim::IoError(fmt::format("{}:{}: {}", path_, line_, what));
    }

    static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

    /// What separates the cells of the first row; of one cell, a comma.
    char first_separator() const {
        bool is_in_quotes = false, has_comma = false, has_semicolon = false;
        for (std::size_t k = text_.find_first_not_of(" \t\r\n"); k < text_.size(); ++k) {
            if (text_[k] == '"') is_in_quotes = !is_in_quotes;
            if (is_in_quotes) continue;
            if (is_line_end(text_[k])) break;
            has_comma = has_comma || text_[k] == ',';
            has_semicolon = has_semicolon || text_[k] == ';';
        }
        if (has_comma && has_semicolon)
            fail(
                "must have commas or semicolons between its names, found both; names with such signs in them "
                "are written in quotes");
        return has_semicolon ? ';' : ',';
    }

    CsvRow next_row(char separator) {
        CsvRow row{line_, {}};
        while (true) {
            row.cells.push_back(next_cell(separator));
            if (at_ == text_.size()) return row;
            if (text_[at_] != separator) break;
            ++at_;
        }
        end_line();
        return row;
    }

    void end_line() {
        if (text_.substr(at_).starts_with("\r\n")) ++at_;
        ++at_;
        ++line_;
    }

    /// Up to the separator, or the end of the line or of the table.
    std::string next_cell(char separator) {
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == '"') return quoted_cell(separator);
        const std::size_t first = at_;
        while (!is_cell_end(separator)) ++at_;
        const std::string_view cell = text_.substr(first, at_ - first);
        return std::string(cell.substr(0, cell.find_last_not_of(" \t") + 1));
    }

    std::string quoted_cell(char separator) {
        std::string cell;
        const std::size_t first_line = line_;
        while (true) {
            if (++at_ >= text_.size()) {
                line_ = first_line;
                fail("has a quote that is never closed");
            }
            if (text_[at_] == '"') {
                if (!text_.substr(at_).starts_with("\"\"")) break;
                ++at_;  // two quotes stand for one
            }
            cell += text_[at_];
            if (text_[at_] == '\n' || (text_[at_] == '\r' && !text_.substr(at_).starts_with("\r\n"))) ++line_;
        }
        ++at_;
        skip_blanks();
        if (!is_cell_end(separator)) fail(fmt::format("has text behind the quoted \"{}\"", cell));
        return cell;
    }

    bool is_cell_end(char separator) const {
        return at_ >= text_.size() || text_[at_] == separator || is_line_end(text_[at_]);
    }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }

    std::string path_;
    std::string_view text_;
    std::size_t at_ = 0, line_ = 1;
};

}  // namespace

CsvTable read_csv(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw sim::IoError(fmt::format("{}: cannot be opened", path));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad()) throw sim::IoError(fmt::format("{}: cannot be read", path));
    return CsvReader(path, text).read();
}

}  // namespace analysis
