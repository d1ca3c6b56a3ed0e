// The results of a sweep as a table: a row a point, a column a number.
#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace apps {

using Numbers = std::vector<std::pair<std::string, double>>;  // by name, in order of appearance

/// Every number of a JSON document under a dotted name, "map.pinwheel_density"; null is NaN. The elements of
/// a list of named things (objects with a text in them) are called by the name, after what is said of them:
/// "properties": [{"property": "F1_F0", "ks": 0.2}] is "ks.F1_F0"; if an earlier list has a thing of that
/// name, "properties.ks.F1_F0". The number "value" of an object stands for the object. Times and speeds
/// (names that end in "_s" or "_per_second") are left out: they differ from run to run.
Numbers flatten(const nlohmann::ordered_json& json);

struct SweepTable {
    std::vector<std::string> keys;     // swept
    std::vector<std::string> columns;  // results

    std::vector<std::string> points;               // names, shape (points)
    std::vector<std::vector<std::string>> values;  // of the keys, shape (points, keys)
    std::vector<std::vector<double>> results;      // shape (points, columns); NaN where a point has none

    explicit SweepTable(std::vector<std::string> swept) : keys(std::move(swept)) {}
    /// Adds a row. A result called as a swept key is left out.
    void add(const std::string& point, const std::vector<std::string>& values_of_keys,
             const Numbers& numbers);
    /// The place of a column of results, or nothing.
    std::optional<std::size_t> find(const std::string& column) const;
};

/// The different values of a swept key, with what a figure and a file of numbers want.
struct SweptValues {
    bool are_numbers;             // all of one unit; else texts
    std::string unit;             // "ms", "1"
    std::vector<double> numbers;  // by point; NaN for a point that does not set the key; empty for texts
};
SweptValues swept_values(const SweepTable& table, std::size_t key);

/// Rows as CSV (RFC 4180), one header line: point, keys, results. Numbers read back to the same
/// bits; what a point has none of is NaN.
std::string as_csv(const SweepTable& table);

/// A column by which points are ranked.
struct Score {
    std::string column;  // "" for none
    bool maximise;       // whether the largest is the best
};

/// DIR/table.csv and DIR/table.h5, each whole or not at all. sweep: text of the sweep file, kept with the score in the
/// latter. throws IoError if one cannot be written
void write_table(const SweepTable& table, const Score& score, const std::string& dir,
                 const std::string& sweep);

}  // namespace apps
