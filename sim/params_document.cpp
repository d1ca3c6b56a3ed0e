#include "sim/params_document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "sim/config_paths.hpp"
#include "sim/error.hpp"
#include "sim/synonyms.hpp"

namespace sim {

std::string join_path(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
}

// ---- reading

namespace {

constexpr std::size_t kDeepest = 16;  // blocks in blocks

/// "{a: {b: ...}}" for a.b
std::string nested(const std::string& dotted) {
    const auto dot = dotted.find('.');
    if (dot == std::string::npos) return dotted + ": ...";
    return fmt::format("{}: {{{}}}", dotted.substr(0, dot), nested(dotted.substr(dot + 1)));
}

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    std::string part;
    for (std::istringstream in(path + "."); std::getline(in, part, '.');) parts.push_back(part);
    return parts;
}

}  // namespace

void Params::Document::read(const std::string& text) {
    try {
        root.reset(read_yaml(text));
    } catch (const BadYaml& error) {
        throw ConfigError(fmt::format("{}:{}: {}", name, error.line, error.what()));
    }
    if (root.IsNull()) root.reset(YAML::Node(YAML::NodeType::Map));
    if (!root.IsMap())
        throw ConfigError(fmt::format("{}:1: must be a map of keys, got {}", name, describe(root)));
    check_form(root, "", text.size());
    refuse_dotted_keys(root, "");
}

void Params::Document::check_form(const YAML::Node& node, const std::string& path,
                                  std::size_t text_size) const {
    // Without aliases there is no more than a node for each character.
    std::size_t n_left = text_size + 100000;
    check_form(node, path, 0, n_left);
}

void Params::Document::check_form(const YAML::Node& node, const std::string& path, std::size_t depth,
                                  std::size_t& n_left) const {
    const auto place_here = [&] { return place(node, path.substr(0, path.find('.'))); };
    if (depth > kDeepest)  // an alias (*) within what it stands for has no end
        throw ConfigError(
            fmt::format("{}: must be blocks and lists at most {} deep", place_here(), kDeepest));
    if (n_left-- == 0)
        throw ConfigError(
            fmt::format("{}: must be less than 100000 values that aliases (*) stand for", place_here()));
    if (node.IsSequence())
        for (const auto& item : node) check_form(item, path, depth + 1, n_left);
    if (!node.IsMap()) return;
    std::set<std::string> seen;
    for (const auto& entry : node) {
        if (!entry.first.IsScalar())
            throw ConfigError(fmt::format("{}: a key must be text, got {}", place(entry.first, path),
                                          describe(entry.first)));
        const std::string key = join_path(path, entry.first.Scalar());
        if (entry.first.Scalar() == "<<")
            throw ConfigError(
                fmt::format("{}: {}: merge keys are not understood; write the keys out, or let an "
                            "alias (*) stand for a whole block",
                            place(entry.first, key), key));
        if (!seen.insert(key).second)
            throw ConfigError(fmt::format("{}: {}: the key stands twice", place(entry.first, key), key));
        check_form(entry.second, key, depth + 1, n_left);
    }
}

void Params::Document::refuse_dotted_keys(const YAML::Node& block, const std::string& path) const {
    if (!block.IsDefined() || !block.IsMap()) return;
    for (const auto& entry : block) {
        const std::string key = entry.first.Scalar();
        if (key.find('.') == std::string::npos) continue;
        throw ConfigError(
            fmt::format("{}: {}: must be a name without \".\", got \"{}\"; keys of a block stand in "
                        "it: \"{}\"",
                        place(entry.first, join_path(path, key)), join_path(path, key), key, nested(key)));
    }
}

// ---- --set

bool make_absolute(YAML::Node value, const std::string& key, const std::filesystem::path& folder) {
    bool changes = false;
    if (value.IsMap()) {
        for (auto entry : value) changes |= make_absolute(entry.second, entry.first.Scalar(), folder);
    } else if (names_a_path(key) && value.IsSequence()) {
        for (auto item : value) changes |= make_absolute(item, key, folder);
    } else if (names_a_path(key) && value.IsScalar()) {
        const std::string path = absolute_path(value.Scalar(), folder);
        changes = path != value.Scalar();
        if (changes) value = path;
    }
    return changes;
}

YAML::Node Params::Document::with(const YAML::Node& map, const std::vector<std::string>& parts,
                                  std::size_t at, const YAML::Node& given) {
    const bool is_last = at + 1 == parts.size();
    const auto dotted = [&](std::size_t n) {
        return fmt::format("{}",
                           fmt::join(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(n), "."));
    };
    if (map.IsScalar() || map.IsSequence())
        throw ConfigError(
            fmt::format("--set: {}: \"{}\" is no block of keys", dotted(parts.size()), dotted(at)));
    if (map.IsMap() && !map.Mark().is_null()) line_of_copy.emplace(dotted(at), map.Mark().line + 1);

    YAML::Node copy(YAML::NodeType::Map);
    const auto changed = [&](const YAML::Node& old) {
        return is_last ? given : with(old, parts, at + 1, given);
    };
    bool is_there = false;
    for (const auto& entry : map) {
        const bool is_it = entry.first.Scalar() == parts[at];
        copy.force_insert(entry.first, is_it ? changed(entry.second) : entry.second);
        is_there |= is_it;
    }
    if (!is_there) copy.force_insert(parts[at], changed(YAML::Node()));
    return copy;
}

void Params::Document::apply(const std::string& override_text) {
    const auto equals = override_text.find('=');
    const std::string path = override_text.substr(0, equals);
    const std::vector<std::string> parts = parts_of(path);
    if (equals == std::string::npos || std::ranges::find(parts, "") != parts.end())
        throw ConfigError(fmt::format("--set: must be key=value, got \"{}\"", override_text));
    if (parts.size() > kDeepest)
        throw ConfigError(fmt::format("--set: must be a key at most {} blocks deep", kDeepest));
    const std::string text = override_text.substr(equals + 1);
    YAML::Node given;
    try {
        given.reset(read_yaml(text));
    } catch (const BadYaml& error) {
        throw ConfigError(fmt::format("--set: {}: {}", path, error.what()));
    }
    if (const std::string comment = comment_in(text); !comment.empty())
        throw ConfigError(
            fmt::format("--set: {}: must be a value alone, got \"{}\", of which YAML takes \"{}\" for a "
                        "comment; put text that holds \" #\" in quotes",
                        path, text, comment));
    overridden.insert(path);
    check_form(given, path, text.size());
    make_absolute(given, parts.back(), std::filesystem::current_path());
    root.reset(with(root, parts, 0, given));
}

// ---- what has been read

std::string Params::Document::place(const YAML::Node& node, const std::string& path) const {
    for (std::size_t end = path.size(); end != std::string::npos && end > 0; end = path.rfind('.', end - 1))
        if (overridden.contains(path.substr(0, end))) return "--set";
    if (const auto copied = line_of_copy.find(path);
        copied != line_of_copy.end() && (!node.IsDefined() || node.IsMap()))
        return fmt::format("{}:{}", name, copied->second);
    if (!node.IsDefined() || node.Mark().is_null()) return name;
    return fmt::format("{}:{}", name, node.Mark().line + 1);
}

std::string Params::Document::default_of(const std::string& path) const {
    const auto at = std::ranges::find(keys, path, &KeyInfo::key);
    return at == keys.end() ? "" : at->default_value;
}

void Params::Document::remember(KeyInfo info, const std::string& value_text) {
    if (value.emplace(info.key, value_text).second) keys.push_back(std::move(info));
}

std::vector<std::string> Params::Document::known_below(const std::string& path) const {
    std::set<std::string> names;
    const std::string prefix = path.empty() ? "" : path + ".";
    const auto add = [&](const std::string& full) {
        if (full.starts_with(prefix) && full.size() > prefix.size())
            names.insert(full.substr(prefix.size(), full.find('.', prefix.size()) - prefix.size()));
    };
    for (const KeyInfo& info : keys) add(info.key);
    for (const std::string& block : blocks) add(block);
    return {names.begin(), names.end()};
}

void Params::Document::check_read(const YAML::Node& node, const std::string& path) const {
    for (const auto& entry : node) {
        const std::string name_here = entry.first.Scalar();
        const std::string key = join_path(path, name_here);
        if (blocks.contains(key)) {
            check_read(entry.second, key);
        } else if (!value.contains(key)) {
            const auto known = known_below(path);
            throw ConfigError(fmt::format("{}: {}: must be a known key, got \"{}\"{}; known here: {}",
                                          place(entry.first, key), key, name_here, hint(name_here, known),
                                          fmt::join(known, ", ")));
        }
    }
}

Assignment Params::Document::assignment(const std::string& path, const YAML::Node& key,
                                        const YAML::Node& given) const {
    const std::string name_of_key = key.IsScalar() ? key.Scalar() : "";
    const auto text = on_one_line(given);
    if (name_of_key.empty() || !text || text->empty())
        throw ConfigError(fmt::format("{}: {}: must give a key one value, got {}", place(key, ""),
                                      join_path(path, name_of_key), describe(given)));
    YAML::Node absolute = YAML::Clone(given);
    const bool changes = make_absolute(absolute, name_of_key, folder);
    return {name_of_key, *text, place(key, ""), changes ? flow_style(absolute) : ""};
}

namespace {

/// Prints the keys below `prefix` in order of reading but those left out, a block after the plain keys that
/// surround it.
void print_block(std::string& out, const std::vector<KeyInfo>& keys,
                 const std::map<std::string, std::string>& value, const std::set<std::string>& left_out,
                 const std::string& prefix, std::size_t depth) {
    const std::string indent(4 * depth, ' ');
    std::vector<std::string> blocks;
    for (const KeyInfo& info : keys) {
        if (!info.key.starts_with(prefix) || left_out.contains(info.key)) continue;
        const std::string rest = info.key.substr(prefix.size());
        const auto dot = rest.find('.');
        if (dot == std::string::npos) {
            out += fmt::format("{}{}: {}\n", indent, rest, value.at(info.key));
        } else if (const std::string name = rest.substr(0, dot);
                   std::find(blocks.begin(), blocks.end(), name) == blocks.end()) {
            blocks.push_back(name);
        }
    }
    for (const std::string& name : blocks) {
        out += fmt::format("{}{}:\n", indent, name);
        print_block(out, keys, value, left_out, prefix + name + ".", depth + 1);
    }
}

}  // namespace

std::string Params::Document::resolved() const {
    std::string out;
    print_block(out, keys, value, told_apart, "", 0);
    return out;
}

}  // namespace sim
