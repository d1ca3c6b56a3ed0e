// Keys of a config whose values are lists.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "sim/config_paths.hpp"
#include "sim/error.hpp"
#include "sim/params.hpp"
#include "sim/params_document.hpp"
#include "sim/units.hpp"

namespace sim {
namespace {

/// The items of the list under `key`, a scalar being a list of one; nothing where an item is no scalar.
std::optional<std::vector<std::string>> scalars(const YAML::Node& yaml, const std::string& key) {
    const YAML::Node found = yaml[key];
    if (found.IsScalar()) return std::vector{found.Scalar()};
    if (!found.IsSequence()) return std::nullopt;
    std::vector<std::string> items;
    for (const auto& item : found) {
        if (!item.IsScalar()) return std::nullopt;
        items.push_back(item.Scalar());
    }
    return items;
}

/// "key=value" with relative paths in its value made absolute. What is wrong with it is said where it is
/// applied.
std::string absolute_override(const std::string& text, const std::filesystem::path& folder) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return text;
    try {
        const YAML::Node value = read_yaml(text.substr(equals + 1));
        if (make_absolute(value, text.substr(0, equals), folder))
            return text.substr(0, equals + 1) + flow_style(value);
    } catch (const BadYaml&) {
    }
    return text;
}

/// Texts as a YAML list.
std::string list_of(std::vector<std::string> texts) {
    for (std::string& text : texts) text = in_quotes(text);
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

}  // namespace

std::vector<std::string> Params::texts(const std::string& key, const std::string& doc,
                                       const std::vector<std::string>& default_value) const {
    std::vector<std::string> values = default_value;
    if (has(key)) {
        auto found = scalars(node_->yaml, key);
        if (!found) fail(key, "a list of texts");
        values = std::move(*found);
    }
    document_->remember({join_path(path_, key), "list", "", list_of(default_value), "", {}, doc},
                        list_of(values));
    return values;
}

std::vector<std::string> Params::files(const std::string& key, const std::string& doc,
                                       const std::vector<std::string>& default_value) const {
    std::vector<std::string> values = default_value;
    if (has(key)) {
        auto found = scalars(node_->yaml, key);
        if (!found || std::ranges::find(*found, "") != found->end()) fail(key, "a list of paths");
        values = std::move(*found);
    }
    for (std::string& value : values) value = absolute(key, value);
    document_->remember({join_path(path_, key), "files", "", list_of(default_value), "", {}, doc},
                        list_of(values));
    return values;
}

Params::Overrides Params::overrides(const std::string& key, const std::string& doc) const {
    Overrides values;
    if (has(key)) {
        const auto found = scalars(node_->yaml, key);
        if (!found) fail(key, "a list of texts KEY=VALUE");
        for (const std::string& text : *found) values.push_back(absolute_override(text, document_->folder));
    }
    document_->remember({join_path(path_, key), "list", "", "[]", "", {}, doc}, list_of(values));
    return values;
}

std::string list_of(const std::vector<double>& values, std::string_view unit) {
    std::vector<std::string> as_yaml;
    for (const double value : values) as_yaml.push_back(units::format(value, unit));
    return fmt::format("[{}]", fmt::join(as_yaml, ", "));
}

/// The quantities of the list under `key`, which is there.
std::vector<double> Params::listed(const std::string& key, std::string_view unit, Check check,
                                   bool per_neuron) const {
    const std::string expected =
        unit == "1" ? "a list of numbers"
                    : fmt::format("a list of quantities in {}", fmt::join(units::accepted(unit), ", "));
    std::vector<double> values;
    const auto refuse = [&](const YAML::Node& item, const std::string& what) {
        const std::string where = per_neuron ? fmt::format(" of neuron {}", values.size()) : " in it";
        fail(key, what, describe(item) + where);
    };
    const auto parsed = [&](const YAML::Node& item) {
        double value = 0.0;
        if (!item.IsScalar()) refuse(item, expected);
        try {
            value = units::parse(item.Scalar(), unit);
        } catch (const std::invalid_argument&) {
            refuse(item, expected);
        }
        if (!in_range(value, check) || value - value != 0.0)
            refuse(item,
                   fmt::format("{}, each {}", expected, check == Check::any ? "finite" : range_of(check)));
        return value;
    };
    const YAML::Node& yaml = node_->yaml;
    const YAML::Node found = yaml[key];
    if (!found.IsSequence()) fail(key, expected);
    for (const auto& item : found) values.push_back(parsed(item));
    return values;
}

std::vector<double> Params::numbers(const std::string& key, std::string_view unit, Check check,
                                    const std::string& doc) const {
    const std::vector<double> values = has(key) ? listed(key, unit, check, false) : std::vector<double>{};
    document_->remember({join_path(path_, key), "list", std::string(unit), "[]", range_of(check), {}, doc},
                        list_of(values, unit));
    return values;
}

std::vector<std::vector<Assignment>> Params::choices_of_keys(const std::string& key,
                                                             const std::string& doc) const {
    const std::string path = join_path(path_, key);
    std::vector<std::vector<Assignment>> all;
    if (has(key)) {
        const YAML::Node& yaml = node_->yaml;
        const YAML::Node found = yaml[key];
        if (!found.IsMap() || found.size() == 0) fail(key, "a map from keys to lists of values");
        for (const auto& entry : found) {
            all.emplace_back();
            if (!entry.second.IsSequence())
                all.back().push_back(document_->assignment(path, entry.first, entry.second));
            else
                for (const auto& value : entry.second)
                    all.back().push_back(document_->assignment(path, entry.first, value));
            if (all.back().empty())
                throw ConfigError(fmt::format("{}: {}: must have a value, got an empty list",
                                              document_->place(entry.first, ""),
                                              join_path(path, entry.first.Scalar())));
        }
    }
    document_->remember({path, "list", "", "", "", {}, doc}, "");
    return all;
}

std::vector<std::vector<Assignment>> Params::assignments(const std::string& key,
                                                         const std::string& doc) const {
    const std::string path = join_path(path_, key);
    std::vector<std::vector<Assignment>> all;
    if (has(key)) {
        const YAML::Node& yaml = node_->yaml;
        const YAML::Node found = yaml[key];
        if (!found.IsSequence() || found.size() == 0) fail(key, "a list of maps from keys to values");
        for (const auto& item : found) {
            if (!item.IsMap() || item.size() == 0)
                fail(key, "a list of maps from keys to values", describe(item) + " in it");
            all.emplace_back();
            for (const auto& entry : item)
                all.back().push_back(document_->assignment(path, entry.first, entry.second));
        }
    }
    document_->remember({path, "list", "", "", "", {}, doc}, "");
    return all;
}

}  // namespace sim
