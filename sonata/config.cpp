#include "sonata/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "sim/config_paths.hpp"
#include "sim/error.hpp"

namespace sonata {

void Problems::add(const std::string& place, const std::string& what) {
    const std::string line = fmt::format("{}: {}", place, what);
    if (std::ranges::find(all_, line) == all_.end()) all_.push_back(line);
}

void Problems::tell(const std::string& config) const {
    if (all_.empty()) return;
    if (all_.size() == 1) throw sim::ConfigError(all_.front());
    throw sim::ConfigError(fmt::format("{}: {} things of this circuit cannot be mapped:\n  {}", config,
                                       all_.size(), fmt::join(all_, "\n  ")));
}

Json read_json(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream text;
    if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
    if (!in.is_open() || in.bad() || !text) throw sim::IoError(fmt::format("{}: cannot be read", path));
    const std::string all = text.str();
    constexpr int kDeepest = 32;
    const auto is_shallow = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > kDeepest)
            throw sim::ConfigError(
                fmt::format("{}: must be blocks and lists at most {} deep", path, kDeepest));
        return true;
    };
    try {
        return Json::parse(all, is_shallow);
    } catch (const Json::parse_error& error) {
        const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, all.size()));
        throw sim::ConfigError(fmt::format("{}:{}: must be JSON: {}", path,
                                           1 + std::count(all.begin(), end, '\n'), error.what()));
    }
}

// ---- values

namespace {

std::string described(const Json& value) {
    const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

}  // namespace

Block Block::operator[](const std::string& key) const {
    const auto found = value_.is_object() ? value_.find(key) : value_.end();
    const bool is_there = value_.is_object() && found != value_.end();
    return {is_there ? *found : Json(), file_, key_.empty() ? key : key_ + "." + key, *problems_};
}

std::vector<std::pair<std::string, Block>> Block::children() const {
    std::vector<std::pair<std::string, Block>> all;
    if (value_.is_null()) return all;
    if (!value_.is_structured()) {
        wrong("a block or a list");
        return all;
    }
    for (const auto& [key, value] : value_.items())
        all.emplace_back(key, Block{value, file_, key_ + "." + key, *problems_});
    return all;
}

std::string Block::text(const std::string& otherwise) const {
    if (value_.is_string()) return value_.get<std::string>();
    if (is_there()) wrong("a text");
    return otherwise;
}

double Block::number(double otherwise) const {
    if (value_.is_number()) return value_.get<double>();
    if (is_there()) wrong("a number");
    return otherwise;
}

std::vector<double> Block::numbers() const {
    std::vector<double> all;
    if (!is_there()) return all;
    if (!value_.is_array()) return {number(0.0)};
    for (const Json& one : value_) {
        if (!one.is_number()) wrong("a list of numbers");
        all.push_back(one.is_number() ? one.get<double>() : 0.0);
    }
    return all;
}

bool Block::flag(bool otherwise) const {
    if (value_.is_boolean()) return value_.get<bool>();
    if (is_there()) wrong("true or false");
    return otherwise;
}

std::string Block::path() const {
    return sim::absolute_path(text(), std::filesystem::absolute(file_).parent_path());
}

void Block::problem(const std::string& what) const {
    problems_->add(fmt::format("{}: {}", file_, key_), what);
}

void Block::wrong(const std::string& expected) const {
    problem(fmt::format("must be {}, got {}", expected, is_there() ? described(value_) : "nothing"));
}

// ---- files

namespace {

bool is_of_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

using Variables = std::map<std::string, std::string>;

/// `text` with the values of $NAME and ${NAME}. returns the first name that has no value, or ""
std::string put_in(std::string& text, const Variables& known) {
    std::string result;
    for (std::size_t k = 0; k < text.size();) {
        if (text[k] != '$') {
            result += text[k++];
            continue;
        }
        const bool has_brace = k + 1 < text.size() && text[k + 1] == '{';
        std::size_t end = k + (has_brace ? 2 : 1);
        const std::size_t begin = end;
        while (end < text.size() && is_of_a_name(text[end])) ++end;
        const std::string name = text.substr(begin, end - begin);
        const auto value = known.find(name);
        if (value == known.end()) return name.empty() ? "$" : name;
        result += value->second;
        k = end + (has_brace && end < text.size() && text[end] == '}' ? 1 : 0);
    }
    text = std::move(result);
    return "";
}

/// The variables of a manifest, which may stand for each other.
Variables variables_of(const Block& manifest, const std::string& folder) {
    Variables known{{"configdir", folder}, {"workingdir", std::filesystem::current_path().string()}};
    auto left = manifest.children();
    while (!left.empty()) {
        const std::size_t n = left.size();
        std::erase_if(left, [&](const auto& one) {
            std::string value = one.second.text();
            if (!put_in(value, known).empty()) return false;
            known[one.first.starts_with('$') ? one.first.substr(1) : one.first] = value;
            return true;
        });
        if (left.size() < n) continue;
        for (const auto& [name, value] : left) value.wrong("made of variables that are known");
        break;
    }
    return known;
}

void put_in(Json& value, const Variables& known, const Block& here) {
    if (value.is_structured()) {
        for (const auto& [key, inner] : value.items()) put_in(inner, known, here[key]);
    } else if (value.is_string()) {
        std::string text = value.get<std::string>();
        const std::string unknown = put_in(text, known);
        if (!unknown.empty())
            here.problem(fmt::format("\"{}\" names ${}, which the manifest does not", text, unknown));
        value = text;
    }
}

}  // namespace

void Config::read(const std::string& path, Problems& problems) {
    if (std::ranges::find(files_, path) != files_.end()) return;  // they may name each other
    files_.push_back(path);
    Json root = read_json(path);
    if (!root.is_object())
        throw sim::ConfigError(fmt::format("{}:1: must be a block of keys, got {}", path, described(root)));
    const Block as_read(root, path, "", problems);
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    const Variables known = variables_of(as_read["manifest"], folder);
    for (auto& [key, value] : root.items()) {
        if (key == "manifest") continue;
        put_in(value, known, as_read[key]);
        const Block block(value, path, key, problems);
        if ((key == "network" || key == "simulation") && value.is_string())
            read(block.path(), problems);
        else
            blocks_.insert_or_assign(key, block);
    }
}

Config::Config(const std::string& path, Problems& problems) : problems_(&problems) { read(path, problems); }

Block Config::operator[](const std::string& key) const {
    const auto found = blocks_.find(key);
    return found == blocks_.end() ? Block(Json(), files_.front(), key, *problems_) : found->second;
}

}  // namespace sonata
