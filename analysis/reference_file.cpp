#include "analysis/reference_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

#include "analysis/csv.hpp"
#include "analysis/similarity.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

/// What a number that a model has can be. Names are those of `properties` and analysis/measures.hpp.
struct Range {
    std::string_view property;
    double least, most;
};

constexpr double kNoLimit = std::numeric_limits<double>::infinity();
constexpr Range kRanges[] = {
    {"circular_variance", 0.0, 1.0},
    {"half_bandwidth", 0.0, 90.0},
    {"orth_pref", 0.0, kNoLimit},
    {"F1_F0", 0.0, 2.0},
    {"preferred_orientation", -kNoLimit, kNoLimit},
    {"peak_spatial_frequency", 0.0, kNoLimit},
    {"OSI", 0.0, 1.0},
    {"frequency_bandwidth", 0.0, kNoLimit},
    {"schiller_index", 0.0, kNoLimit},
    {"suppression_index", 0.0, kNoLimit},
    {"summation_field", 0.0, kNoLimit},
    {"surround_diameter", 0.0, kNoLimit},
    {"surround_ratio", 0.0, kNoLimit},
    {"nx", 0.0, kNoLimit},
    {"ny", 0.0, kNoLimit},
    {"gabor_frequency", 0.0, kNoLimit},
    {"gabor_phase", -kNoLimit, kNoLimit},
    {"gabor_explained", -kNoLimit, 1.0},
    {"c50", 0.0, kNoLimit},
    {"contrast_exponent", 0.0, kNoLimit},
    {"cross_orientation_suppression", -kNoLimit, kNoLimit},
    {"sta_white", -1.0, 1.0},
    {"sta_sparse", -1.0, 1.0},
    {"rate", 0.0, kNoLimit},
    {"lifetime_sparseness", 0.0, 1.0},
    {"cv_of_intervals", 0.0, kNoLimit},
    {"fano_factor", 0.0, kNoLimit},
    {"spontaneous_rate", 0.0, kNoLimit},
    {"spontaneous_over_peak", 0.0, kNoLimit},
    {"local_homogeneity", 0.0, 1.0},
    {"pinwheel_distance", 0.0, kNoLimit},
};

bool is_same_but_for_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string in_words(const Range& range) {
    if (range.least == -kNoLimit) return fmt::format("at most {}", range.most);
    if (range.most == kNoLimit) return fmt::format("at least {}", range.least);
    return fmt::format("in {} to {}", range.least, range.most);
}

/// A column of the table.
struct ReferenceColumn {
    std::string property;  // "": names of rows, which nothing is made of
    std::vector<double> values;
};

/// Columns of numbers from the cells of a table.
class TableReader {
  public:
    explicit TableReader(std::string path) : path_(std::move(path)), table_(read_csv(path_)) {}

    std::vector<ReferenceColumn> read() {
        if (table_.rows.empty()) fail(1, "must name the properties, but there is nothing");
        read_header(table_.rows.front());
        for (std::size_t r = 1; r < table_.rows.size(); ++r) read_cells(table_.rows[r]);
        if (columns_.front().property.empty()) columns_.erase(columns_.begin());
        return std::move(columns_);
    }

  private:
    [[noreturn]] void fail(std::size_t line, const std::string& what) const {
        throw sim::IoError(fmt::format("{}:{}: {}", path_, line, what));
    }

    void read_header(const CsvRow& row) {
        std::set<std::string> names;
        for (const std::string& name : row.cells) {
            const bool is_of_rows =
                columns_.empty() && row.cells.size() > 1;  // R names rows, not this column
            if (name.empty() && !is_of_rows)
                fail(row.line, fmt::format("column {} must have a name", columns_.size() + 1));
            if (!names.insert(name).second) fail(row.line, fmt::format("there are two columns \"{}\"", name));
            for (const Range& known : kRanges)
                if (known.property != name && is_same_but_for_case(known.property, name))
                    fail(row.line, fmt::format("there is no property \"{}\"; did you mean \"{}\"?", name,
                                               known.property));
            columns_.push_back({name, {}});
        }
    }

    void read_cells(const CsvRow& row) {
        if (row.cells.size() != columns_.size())
            fail(row.line, fmt::format("must have {} columns as the first line has, got {}{}",
                                       columns_.size(), row.cells.size(),
                                       table_.separator == ',' && row.cells.size() == 2 * columns_.size()
                                           ? "; numbers with a decimal comma need semicolons between them"
                                           : ""));
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            ReferenceColumn& column = columns_[i];
            const std::string& cell = row.cells[i];
            if (column.property.empty() || cell.empty() || cell == "NA") continue;  // NA: R's "nothing"
            column.values.push_back(number(cell, column.property, row.line));
        }
    }

    double number(std::string text, const std::string& property, std::size_t line) {
        if (table_.separator == ';') note_decimal_mark(text, line);
        const std::string found = text;
        if (table_.separator == ';') std::ranges::replace(text, ',', '.');
        double value = 0.0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
            fail(line, fmt::format("{} must be a number or nothing, got \"{}\"", property, found));
        const auto range = std::ranges::find(kRanges, property, &Range::property);
        if (range != std::end(kRanges) && (value < range->least || value > range->most))
            fail(line, fmt::format("{} must be {}, got {}", property, in_words(*range), found));
        return value;
    }

    /// Where points and commas are both met, one of them stands between thousands, and nobody knows which.
    void note_decimal_mark(const std::string& text, std::size_t line) {
        for (const char mark : text) {
            if (mark != '.' && mark != ',') continue;
            if (mark_line_ == 0) {
                mark_ = mark;
                mark_line_ = line;
            }
            if (mark != mark_)
                fail(line, fmt::format("numbers must have decimal points or decimal commas, got \"{}\" here "
                                       "and a \"{}\" on line {}",
                                       text, mark_, mark_line_));
        }
    }

    std::string path_;
    CsvTable table_;
    std::vector<ReferenceColumn> columns_;
    char mark_ = '.';
    std::size_t mark_line_ = 0;  // where the first mark is; 0: nowhere yet
};

/// The reference of all cells whose units, range and bins a column takes over; an empty one if there is none.
Reference like(const std::string& property) {
    for (const auto& reference : v1_references())
        if (reference.name == property) return reference;
    Reference none{};
    none.units = "1";
    return none;
}

Reference reference(const std::string& path, ReferenceColumn column) {
    if (column.values.empty()) throw sim::IoError(fmt::format("{}: {} has no value", path, column.property));
    Reference result = like(column.property);
    if (result.period > 0.0)
        for (double& v : column.values)
            v -= result.period * std::floor((v - result.bin_edges.front()) / result.period);
    const auto distribution = Distribution::from_sample(column.values);
    result.name = path + ":" + column.property;
    result.property = column.property;
    result.cells = "all";
    result.citation = path;
    result.n = column.values.size();
    result.fractions.assign(distribution.probabilities().begin(), distribution.probabilities().end());
    result.quantiles.assign(distribution.values().begin(), distribution.values().end());
    if (result.scaled) result.bin_edges.clear();  // whatever the unit
    result.bin_counts =
        result.bin_edges.empty() ? std::vector<double>{} : histogram(column.values, result.bin_edges).counts;
    return result;
}

}  // namespace

std::vector<Reference> read_references(const std::string& path) {
    std::vector<Reference> references;
    for (auto& column : TableReader(path).read()) references.push_back(reference(path, std::move(column)));
    return references;
}

}  // namespace analysis
