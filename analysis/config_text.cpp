#include "analysis/config_text.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

namespace analysis {
namespace {

using Visit = std::function<void(const std::string& key, std::string_view value)>;

/// Calls `visit` with the dotted key of every line, and what follows it.
void for_each_key(const std::string& config, const Visit& visit) {
    std::istringstream lines(config);
    std::vector<std::pair<std::size_t, std::string>>
        path;  // indent and dotted key of the blocks a line is in
    for (std::string line; std::getline(lines, line);) {
        const auto indent = line.find_first_not_of(' '), colon = line.find(':');
        if (indent == std::string::npos || colon == std::string::npos || colon < indent) continue;
        while (!path.empty() && path.back().first >= indent) path.pop_back();
        const std::string above = path.empty() ? "" : path.back().second + ".";
        path.emplace_back(indent, above + line.substr(indent, colon - indent));
        const auto value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
        visit(path.back().second, std::string_view(line).substr(value));
    }
}

}  // namespace

std::string text_in(const std::string& config, const std::string& key) {
    std::string found;
    for_each_key(config, [&](const std::string& here, std::string_view value) {
        if (here == key) found = value;
    });
    return found;
}

double number_in(const std::string& config, const std::string& key) {
    const std::string value = text_in(config, key);
    double number = 0.0;
    return std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc{}
               ? number
               : std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::string> names_in(const std::string& config, const std::string& block) {
    std::vector<std::string> names;
    for_each_key(config, [&](const std::string& key, std::string_view) {
        if (key.starts_with(block + ".") && key.find('.', block.size() + 1) == std::string::npos)
            names.push_back(key.substr(block.size() + 1));
    });
    return names;
}

}  // namespace analysis
