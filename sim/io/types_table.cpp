#include "sim/io/types_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "sim/error.hpp"

namespace sim::io {
namespace {

/// Entries stand between spaces; one in quotes may hold spaces, and a quote written twice.
std::optional<std::vector<std::string>> entries_of(const std::string& line) {
    std::vector<std::string> all;
    for (std::size_t k = 0; k < line.size();) {
        if (line[k] == ' ' || line[k] == '\t' || line[k] == '\r') {
            ++k;
            continue;
        }
        std::string entry;
        if (line[k] != '"') {
            const std::size_t end = std::min(line.find_first_of(" \t\r", k), line.size());
            entry = line.substr(k, end - k);
            k = end;
        } else {
            while (true) {
                const std::size_t quote = line.find('"', k + 1);
                if (quote == std::string::npos) return std::nullopt;
                entry += line.substr(k + 1, quote - k - 1);
                k = quote + 1;
                if (k == line.size() || line[k] != '"') break;
                entry += '"';
            }
        }
        all.push_back(std::move(entry));
    }
    return all;
}

template <class T>
std::optional<T> parsed(const std::string& text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

bool is_null(const std::string& entry) { return entry.empty() || entry == "NULL" || entry == "NONE"; }

}  // namespace

void TypesTable::fail(std::size_t line, const std::string& what) const {
    throw IoError(fmt::format("{}:{}: {}", path_, line, what));
}

TypesTable::TypesTable(std::string path, const std::string& id) : path_(std::move(path)) {
    std::ifstream in(path_);
    if (!in.is_open()) throw IoError(fmt::format("{}: cannot be read", path_));
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        auto entries = entries_of(line);
        if (!entries) fail(number, "a quote is not closed");
        if (entries->empty()) continue;
        if (!columns_.empty()) {
            add(number, std::move(*entries), id);
            continue;
        }
        columns_ = std::move(*entries);
        if (std::ranges::find(columns_, id) == columns_.end())
            fail(number, fmt::format("must name a column \"{}\"; columns stand between spaces", id));
    }
    if (in.bad()) throw IoError(fmt::format("{}: cannot be read", path_));
}

void TypesTable::add(std::size_t line, std::vector<std::string> entries, const std::string& id) {
    if (entries.size() != columns_.size())
        fail(line, fmt::format("must have {} entries, one for each column, has {}", columns_.size(),
                               entries.size()));
    std::pair<std::string, std::uint64_t> key;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        if (columns_[k] == "population" && !is_null(entries[k])) key.first = entries[k];
        if (columns_[k] != id) continue;
        const auto number = parsed<std::uint64_t>(entries[k]);
        if (!number) fail(line, fmt::format("{}: must be a whole number, is \"{}\"", id, entries[k]));
        key.second = *number;
    }
    if (!rows_.emplace(key, Row{line, std::move(entries)}).second)
        fail(line, fmt::format("{}: {} stands twice", id, key.second));
}

const TypesTable::Row& TypesTable::row(const std::string& population, std::uint64_t type) const {
    auto found = rows_.find({population, type});
    if (found == rows_.end()) found = rows_.find({"", type});
    if (found == rows_.end())
        throw IoError(fmt::format("{}: must have a row for type {}, which {} has", path_, type, population));
    return found->second;
}

bool TypesTable::has(const std::string& column) const {
    const auto at = std::ranges::find(columns_, column);
    return at != columns_.end() && std::ranges::any_of(rows_, [&](const auto& one) {
               return !is_null(one.second.entries[static_cast<std::size_t>(at - columns_.begin())]);
           });
}

std::string TypesTable::text(const std::string& population, std::uint64_t type,
                             const std::string& column) const {
    const Row& found = row(population, type);
    const auto at = std::ranges::find(columns_, column);
    if (at == columns_.end()) return "";
    const std::string& entry = found.entries[static_cast<std::size_t>(at - columns_.begin())];
    return is_null(entry) ? "" : entry;
}

std::optional<double> TypesTable::number(const std::string& population, std::uint64_t type,
                                         const std::string& column) const {
    const std::string entry = text(population, type, column);
    if (entry.empty()) return std::nullopt;
    const auto value = parsed<double>(entry);
    if (!value)
        fail(row(population, type).line, fmt::format("{}: must be a number, is \"{}\"", column, entry));
    return value;
}

std::string TypesTable::place(const std::string& population, std::uint64_t type) const {
    return fmt::format("{}:{}", path_, row(population, type).line);
}

}  // namespace sim::io
