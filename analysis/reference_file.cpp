#include "analysis/reference_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <string_view>

#include "analysis/similarity.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

/// A column of the table.
struct Column {
    std::string property;
    std::vector<double> values;
};

/// Where something is wrong in a table.
class Place {
  public:
    explicit Place(std::string path) : path_(std::move(path)) {}

    void next_line() { ++line_; }
    [[noreturn]] void fail(const std::string& what) const {
        throw sim::IoError(fmt::format("{}:{}: {}", path_, line_, what));
    }

  private:
    std::string path_;
    std::size_t line_ = 0;
};

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> parts;
    for (auto comma = line.find(','); comma != std::string_view::npos; comma = line.find(',')) {
        parts.push_back(trimmed(line.substr(0, comma)));
        line.remove_prefix(comma + 1);
    }
    parts.push_back(trimmed(line));
    return parts;
}

std::vector<Column> read_header(std::string_view line, const Place& place) {
    std::vector<Column> columns;
    std::set<std::string_view> names;
    for (const auto name : split(line)) {
        if (name.empty()) place.fail(fmt::format("column {} must have a name", columns.size() + 1));
        if (!names.insert(name).second) place.fail(fmt::format("there are two columns \"{}\"", name));
        columns.push_back({std::string(name), {}});
    }
    return columns;
}

double number(std::string_view text, const std::string& property, const Place& place) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        place.fail(fmt::format("{} must be a number or nothing, got \"{}\"", property, text));
    return value;
}

void read_cell(std::string_view line, std::vector<Column>& columns, const Place& place) {
    const auto parts = split(line);
    if (parts.size() != columns.size())
        place.fail(
            fmt::format("must have {} columns as the first line has, got {}", columns.size(), parts.size()));
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!parts[i].empty()) columns[i].values.push_back(number(parts[i], columns[i].property, place));
}

std::vector<Column> read_table(const std::string& path) {
    std::ifstream file(path);
    Place place(path);
    std::string line;
    place.next_line();
    if (!file) throw sim::IoError(fmt::format("{}: cannot be opened", path));
    if (!std::getline(file, line)) place.fail("must name the properties, but there is nothing");
    auto columns = read_header(line, place);
    while (std::getline(file, line)) {
        place.next_line();
        if (!trimmed(line).empty()) read_cell(line, columns, place);
    }
    if (file.bad()) throw sim::IoError(fmt::format("{}: cannot be read", path));
    return columns;
}

/// The reference of all cells whose units, range and bins a column takes over; an empty one if there is none.
Reference like(const std::string& property) {
    for (const auto& reference : v1_references())
        if (reference.name == property) return reference;
    Reference none{};
    none.units = "1";
    return none;
}

Reference reference(const std::string& path, Column column) {
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
    for (auto& column : read_table(path)) references.push_back(reference(path, std::move(column)));
    return references;
}

}  // namespace analysis
