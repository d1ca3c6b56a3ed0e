#include "sim/params.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "sim/config_paths.hpp"
#include "sim/error.hpp"
#include "sim/names.hpp"
#include "sim/params_document.hpp"
#include "sim/synonyms.hpp"
#include "sim/units.hpp"

namespace sim {
namespace {

constexpr const char* kRanges[] = {"", "> 0", ">= 0", "in [0, 1]"};

std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substitute = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substitute, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

const char* range_of(Check check) { return kRanges[static_cast<std::size_t>(check)]; }

bool in_range(double value, Check check) {
    switch (check) {
        case Check::any:
            return true;
        case Check::positive:
            return value > 0.0;
        case Check::non_negative:
            return value >= 0.0;
        case Check::unit_interval:
            return value >= 0.0 && value <= 1.0;
    }
    return false;
}

std::string nearest_name(const std::string& name, const std::vector<std::string>& known) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

Params::Params(std::shared_ptr<Document> document, std::shared_ptr<Node> node, std::string path)
    : document_(std::move(document)), node_(std::move(node)), path_(std::move(path)) {}

Params Params::load(const std::string& path, const Overrides& overrides) {
    std::ifstream in(path);
    std::ostringstream text;
    if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
    if (!in.is_open() || in.bad() || !text)
        throw IoError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
    // A pipe, as of a shell's <(...), has no folder of the user's.
    if (!std::filesystem::is_regular_file(path)) return parse(text.str(), path, overrides);
    auto document = std::make_shared<Document>();
    document->folder = std::filesystem::absolute(path).parent_path();
    document->inputs->add_config(path);
    return made(std::move(document), text.str(), path, overrides);
}

Params Params::parse(const std::string& text, const std::string& name, const Overrides& overrides) {
    auto document = std::make_shared<Document>();
    document->folder = std::filesystem::current_path();
    return made(std::move(document), text, name, overrides);
}

Params Params::made(std::shared_ptr<Document> document, const std::string& text, const std::string& name,
                    const Overrides& overrides) {
    document->name = name;
    document->read(text);
    for (const std::string& text_of_override : overrides) document->apply(text_of_override);
    auto node = std::make_shared<Node>(Node{document->root});
    return {std::move(document), std::move(node), ""};
}

Params Params::describing(const std::string& path) {
    auto document = std::make_shared<Document>();
    document->name = "(description)";
    document->describing = true;
    return {std::move(document), std::make_shared<Node>(Node{YAML::Node(YAML::NodeType::Undefined)}), path};
}

bool Params::has(const std::string& key) const {
    const YAML::Node& yaml = node_->yaml;
    return yaml.IsDefined() && yaml.IsMap() && yaml[key].IsDefined();
}

Params Params::block(const std::string& key) const {
    const std::string path = join_path(path_, key);
    document_->blocks.insert(path);
    YAML::Node child(YAML::NodeType::Undefined);
    if (has(key)) {
        const YAML::Node& yaml = node_->yaml;
        const YAML::Node found = yaml[key];
        if (!found.IsMap() && !found.IsNull()) fail(key, "a block of keys");
        document_->refuse_dotted_keys(found, path);
        child.reset(found);
    }
    Params inner(document_, std::make_shared<Node>(Node{child}), path);
    inner.neurons_ = neurons_;
    inner.neuron_ = neuron_;
    return inner;
}

/// The text under `key`, or its value of the neuron this speaks of.
std::string Params::found_at(const std::string& key) const {
    const YAML::Node& yaml = node_->yaml;
    const YAML::Node at = yaml[key];
    if (!neurons_ || at.IsScalar()) return describe(at);
    const auto read = neurons_->values.find(join_path(path_, key));
    if (read == neurons_->values.end() || read->second.all.empty()) return describe(at);
    const auto& all = read->second.all;
    return units::format(all.at(all.size() > 1 ? neuron_ : 0), read->second.unit);
}

void Params::fail(const std::string& key, const std::string& expected, const std::string& found) const {
    const std::string path = join_path(path_, key);
    const YAML::Node& yaml = node_->yaml;
    const YAML::Node at = has(key) ? yaml[key] : yaml;
    const std::string usual = has(key) ? "" : document_->default_of(path);
    const std::string what = !found.empty()   ? found
                             : has(key)       ? found_at(key)
                             : !usual.empty() ? usual + " (the default)"
                                              : "nothing";
    const std::string whose = tells_neurons_apart() && neurons_->which
                                  ? fmt::format(" of neuron {}", neurons_->which->first + neuron_)
                                  : "";
    throw ConfigError(fmt::format("{}: {}: must be {}, got {}{}",
                                  document_->place(at, has(key) ? path : path_), path, expected, what,
                                  whose));
}

void Params::fail_here(const std::string& expected, const std::string& found) const {
    throw ConfigError(fmt::format("{}: {}: must be {}, got {}", document_->place(node_->yaml, path_), path_,
                                  expected, found));
}

namespace {

/// The scalar text under `key`, or nothing when the file does not have it.
std::optional<std::string> scalar(const YAML::Node& yaml, const std::string& key, bool present) {
    if (!present) return std::nullopt;
    const YAML::Node found = yaml[key];
    if (!found.IsScalar()) return std::nullopt;
    return found.Scalar();
}

}  // namespace

double Params::number(const std::string& key, std::string_view unit, std::optional<double> default_value,
                      Check check, const std::string& doc) const {
    return neurons_ ? number_of_neuron(key, unit, default_value, check, doc)
                    : one_number(key, unit, default_value, check, doc);
}

double Params::one_number(const std::string& key, std::string_view unit, std::optional<double> default_value,
                          Check check, const std::string& doc) const {
    const std::string expected_unit =
        unit == "1" ? "a number" : fmt::format("a quantity in {}", fmt::join(units::accepted(unit), ", "));
    double value = default_value.value_or(1.0);
    if (has(key)) {
        const auto text = scalar(node_->yaml, key, true);
        if (!text) fail(key, expected_unit);
        try {
            value = units::parse(*text, unit);
        } catch (const std::invalid_argument& error) {
            fail(key, error.what());
        }
        // NaN is refused by the comparison; infinity means nothing anywhere in a config.
        if (!in_range(value, check) || value - value != 0.0)
            fail(key, check == Check::any ? "finite" : range_of(check));
    } else if (!default_value && !document_->describing) {
        fail(key, expected_unit, "nothing (the key is required)");
    }
    const bool per_neuron = neurons_ != nullptr;
    if (per_neuron && !has(key)) document_->number_left_out.emplace(join_path(path_, key), value);
    remember_number(key, unit, default_value, check, doc, per_neuron, units::format(value, unit));
    return value;
}

void Params::remember_number(const std::string& key, std::string_view unit,
                             std::optional<double> default_value, Check check, const std::string& doc,
                             bool per_neuron, const std::string& text) const {
    document_->remember({join_path(path_, key),
                         "quantity",
                         std::string(unit),
                         default_value ? units::format(*default_value, unit) : "",
                         range_of(check),
                         {},
                         doc,
                         per_neuron},
                        text);
}

std::int64_t Params::integer(const std::string& key, std::optional<std::int64_t> default_value, Check check,
                             const std::string& doc) const {
    std::int64_t value = default_value.value_or(1);
    if (has(key)) {
        const auto text = scalar(node_->yaml, key, true);
        const char* begin = text ? text->data() : nullptr;
        const char* end = text ? begin + text->size() : nullptr;
        const auto result = std::from_chars(begin, end, value);
        if (!text || result.ec != std::errc{} || result.ptr != end) fail(key, "an integer");
        if (!in_range(static_cast<double>(value), check)) fail(key, range_of(check));
    } else if (!default_value && !document_->describing) {
        fail(key, "an integer", "nothing (the key is required)");
    }
    document_->remember({join_path(path_, key),
                         "integer",
                         "1",
                         default_value ? fmt::format("{}", *default_value) : "",
                         range_of(check),
                         {},
                         doc},
                        fmt::format("{}", value));
    return value;
}

std::size_t Params::count(const std::string& key, std::optional<std::size_t> default_value,
                          const std::string& doc) const {
    const auto as_integer =
        default_value ? std::optional(static_cast<std::int64_t>(*default_value)) : std::nullopt;
    return static_cast<std::size_t>(integer(key, as_integer, Check::positive, doc));
}

bool Params::flag(const std::string& key, bool default_value, const std::string& doc) const {
    bool value = default_value;
    if (has(key)) {
        const auto text = scalar(node_->yaml, key, true);
        if (!text || (*text != "true" && *text != "false")) fail(key, "true or false");
        value = *text == "true";
    }
    document_->remember({join_path(path_, key), "flag", "", default_value ? "true" : "false", "", {}, doc},
                        value ? "true" : "false");
    return value;
}

std::string Params::text(const std::string& key, std::optional<std::string> default_value,
                         const std::string& doc) const {
    std::string value = default_value.value_or("");
    if (has(key)) {
        const auto found = scalar(node_->yaml, key, true);
        if (!found) fail(key, "text");
        value = *found;
    } else if (!default_value && !document_->describing) {
        fail(key, "text", "nothing (the key is required)");
    }
    document_->remember(
        {join_path(path_, key), "text", "", default_value ? in_quotes(*default_value) : "", "", {}, doc},
        in_quotes(value));
    return value;
}

std::string Params::absolute(const std::string& key, const std::string& path) const {
    if (!names_a_path(key))  // --set would leave a relative path as it is
        throw std::logic_error(key + " is no key that names_a_path knows");
    const std::string whole = absolute_path(path, document_->folder);
    std::error_code error;
    if (!document_->describing && !whole.empty() && std::filesystem::is_regular_file(whole, error))
        document_->inputs->add(whole);
    return whole;
}

std::string Params::file(const std::string& key, std::optional<std::string> default_value,
                         const std::string& doc) const {
    std::string value = default_value.value_or("");
    if (has(key)) {
        const auto found = scalar(node_->yaml, key, true);
        const bool can_be_empty = default_value && default_value->empty();
        if (!found || (found->empty() && !can_be_empty) || found->find('\0') != std::string::npos)
            fail(key, "the path of a file or folder");
        value = *found;
    } else if (!default_value && !document_->describing) {
        fail(key, "the path of a file or folder", "nothing (the key is required)");
    }
    value = absolute(key, value);
    document_->remember(
        {join_path(path_, key), "file", "", default_value ? in_quotes(*default_value) : "", "", {}, doc},
        in_quotes(value));
    return value;
}

std::string Params::choice(const std::string& key, const std::vector<std::string>& choices,
                           const std::string& default_value, const std::string& doc) const {
    std::string value = default_value;
    if (has(key)) {
        const auto found = scalar(node_->yaml, key, true);
        if (!found || std::find(choices.begin(), choices.end(), *found) == choices.end()) {
            const std::string help = found ? hint(*found, choices) : "";
            fail(key, fmt::format("one of {}", fmt::join(choices, ", ")),
                 help.empty() ? "" : fmt::format("\"{}\"{}", *found, help));
        }
        value = *found;
    }
    document_->remember({join_path(path_, key), "choice", "", default_value, "", choices, doc}, value);
    return value;
}

std::vector<std::string> Params::names() const {
    if (document_->describing) return {"NAME"};
    std::vector<std::string> result;
    const YAML::Node& yaml = node_->yaml;
    if (yaml.IsDefined() && yaml.IsMap())
        for (const auto& entry : yaml) result.push_back(entry.first.Scalar());
    for (const std::string& name : result)
        if (!is_a_name(name)) fail(name, kNameRule, fmt::format("\"{}\"", name));
    return result;
}

bool Params::is_describing() const { return document_->describing; }

void Params::check_all_read() const { document_->check_read(document_->root, ""); }

std::shared_ptr<Inputs> Params::inputs() const { return document_->inputs; }

const std::vector<KeyInfo>& Params::keys() const { return document_->keys; }

std::string Params::resolved() const { return document_->resolved(); }

}  // namespace sim
