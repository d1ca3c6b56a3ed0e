#include "apps/sweep_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "apps/none.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/provenance.hpp"

namespace apps {
namespace {

using Json = nlohmann::ordered_json;

// ---- numbers of a JSON document

std::string joined(const std::string& path, std::string name) {
    std::replace(name.begin(), name.end(), '/', '_');  // of HDF5, a group
    return path.empty() ? name : path + "." + name;
}

bool differs_from_run_to_run(const std::string& name) {
    return name.ends_with("_s") || name.ends_with("_per_second");
}

/// The first text of an object, which is its name; "" for anything without.
std::string name_of(const Json& json) {
    if (!json.is_object()) return "";
    const auto found = std::find_if(json.begin(), json.end(), [](const Json& x) { return x.is_string(); });
    return found == json.end() ? "" : found->get<std::string>();
}

class Flattener {
  public:
    void add(const std::string& path, const Json& json) {
        if (json.is_object())
            add_object(path, json);
        else if (json.is_array())
            add_list(path, json);
        else if (json.is_number() || json.is_null())
            numbers.emplace_back(path, json.is_null() ? kNone : json.get<double>());
    }

    Numbers numbers;

  private:
    void add_object(const std::string& path, const Json& json) {
        for (const auto& [name, value] : json.items()) {
            if (differs_from_run_to_run(name)) continue;
            add(name == "value" && !path.empty() ? path : joined(path, name), value);
        }
    }
    void add_list(const std::string& path, const Json& json) {
        const bool are_named = std::none_of(json.begin(), json.end(),
                                            [](const Json& element) { return name_of(element).empty(); });
        for (std::size_t k = 0; k < json.size(); ++k) {
            if (are_named)
                add_named(path, json[k]);
            else
                add(joined(path, fmt::format("{}", k)), json[k]);
        }
    }
    void add_named(const std::string& list, const Json& element) {
        const auto dot = list.rfind('.');
        const std::string above = dot == std::string::npos ? "" : list.substr(0, dot),
                          name = name_of(element);
        const bool is_first = named_by_.try_emplace(joined(above, name), list).first->second == list;
        for (const auto& [member, value] : element.items())
            if (!differs_from_run_to_run(member))
                add(joined(joined(is_first ? above : list, member), name), value);
    }

    std::map<std::string, std::string> named_by_;  // thing -> the list that names it first
};

// ---- swept values

struct Quantity {
    double value;
    std::string unit;
};

/// "10 ms", "0.06"; nothing for a text that does not begin with a number.
std::optional<Quantity> as_quantity(const std::string& text) {
    double value = 0.0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
    std::string unit(result.ptr, end);
    unit.erase(0, unit.find_first_not_of(' '));
    return Quantity{value, unit.empty() ? "1" : unit};
}

std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
    return result + "\"";
}

/// As R and Python read it; fmt's "nan" makes R take the column for texts.
std::string in_csv(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0.0 ? "Inf" : "-Inf";
    return fmt::format("{}", number);
}

std::vector<std::string> texts_of(const SweepTable& table, std::size_t key) {
    std::vector<std::string> texts;
    for (const auto& row : table.values) texts.push_back(row[key]);
    return texts;
}

std::string dataset(const std::string& column) { return "/table/" + column; }

void write_hdf5(sim::io::File& file, const SweepTable& table, const Score& score, const std::string& sweep) {
    sim::io::mark_striate_file(file, "sweep");
    file.create_group("/table");
    std::vector<std::string> columns = {"point"};
    file.write(dataset("point"), table.points, {"1", "name of the point's files"});
    for (std::size_t k = 0; k < table.keys.size(); ++k) {
        columns.push_back(table.keys[k]);
        const SweptValues swept = swept_values(table, k);
        if (swept.are_numbers)
            file.write(dataset(table.keys[k]), swept.numbers, {swept.unit, "swept"});
        else
            file.write(dataset(table.keys[k]), texts_of(table, k), {"1", "swept"});
    }
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
        columns.push_back(table.columns[c]);
        std::vector<double> numbers;
        for (const auto& row : table.results) numbers.push_back(row[c]);
        file.write(dataset(table.columns[c]), numbers, {"1", "result, as `run` and `compare` name it"});
    }
    file.write_attribute("/table", "columns", columns);
    if (!score.column.empty()) {
        file.write_attribute("/table", "score", score.column);
        file.write_attribute("/table", "maximise", static_cast<std::uint8_t>(score.maximise));
    }
    file.write("/provenance/sweep", std::span<const std::string>(&sweep, 1), {},
               {"1", "the sweep file, YAML"});
    file.write_attribute("/provenance", "version", sim::striate_version());
    file.write_attribute("/provenance", "git_hash", sim::git_hash());
}

}  // namespace

Numbers flatten(const Json& json) {
    Flattener flattener;
    flattener.add("", json);
    return std::move(flattener.numbers);
}

void SweepTable::add(const std::string& point, const std::vector<std::string>& values_of_keys,
                     const Numbers& numbers) {
    points.push_back(point);
    values.push_back(values_of_keys);
    std::vector<double> row(columns.size(), kNone);
    for (const auto& [name, number] : numbers) {
        if (name == "point" || std::find(keys.begin(), keys.end(), name) != keys.end()) continue;
        if (!find(name)) {
            columns.push_back(name);
            row.push_back(kNone);
            for (auto& above : results) above.push_back(kNone);
        }
        row[*find(name)] = number;
    }
    results.push_back(std::move(row));
}

std::optional<std::size_t> SweepTable::find(const std::string& column) const {
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

SweptValues swept_values(const SweepTable& table, std::size_t key) {
    SweptValues swept{true, "", {}};
    for (const auto& row : table.values) {
        if (row[key].empty()) {
            swept.numbers.push_back(kNone);
            continue;
        }
        const auto quantity = as_quantity(row[key]);
        if (!quantity || (!swept.unit.empty() && quantity->unit != swept.unit)) return {false, "1", {}};
        swept.unit = quantity->unit;
        swept.numbers.push_back(quantity->value);
    }
    return swept;
}

std::string as_csv(const SweepTable& table) {
    std::string csv = "point";
    for (const std::string& key : table.keys) csv += fmt::format(",{}", quoted(key));
    for (const std::string& column : table.columns) csv += fmt::format(",{}", quoted(column));
    for (std::size_t p = 0; p < table.points.size(); ++p) {
        csv += fmt::format("\n{}", quoted(table.points[p]));
        for (const std::string& value : table.values[p]) csv += fmt::format(",{}", quoted(value));
        for (const double result : table.results[p]) csv += "," + in_csv(result);
    }
    return csv + "\n";
}

void write_table(const SweepTable& table, const Score& score, const std::string& dir,
                 const std::string& sweep) {
    sim::io::write_text_file(dir + "/table.csv", as_csv(table), sim::io::Existing::replace);
    sim::io::write_whole_file(dir + "/table.h5", sim::io::Existing::replace,
                              [&](sim::io::File& file) { write_hdf5(file, table, score, sweep); });
}

}  // namespace apps
