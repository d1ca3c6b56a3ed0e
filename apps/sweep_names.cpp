#include "apps/sweep_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string_view>

namespace apps {
namespace {

bool is_plain(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._+-=").find(c) != std::string_view::npos;
}

/// FNV-1a (Fowler, Noll & Vo), 32 bits.
std::uint32_t hash_of(const std::string& text) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

bool is_suffix(const std::string& part, const std::string& key) {
    return key == part || key.ends_with("." + part);
}

std::string short_name(const std::string& key, const std::vector<std::string>& keys) {
    for (auto dot = key.rfind('.'); dot != std::string::npos && dot > 0; dot = key.rfind('.', dot - 1)) {
        const std::string name = key.substr(dot + 1);
        if (std::count_if(keys.begin(), keys.end(),
                          [&](const std::string& other) { return is_suffix(name, other); }) == 1)
            return name;
    }
    return key;
}

}  // namespace

std::vector<std::string> short_names(const std::vector<std::string>& keys) {
    std::vector<std::string> names;
    for (const std::string& key : keys) names.push_back(short_name(key, keys));
    return names;
}

std::string file_safe(const std::string& text) {
    constexpr std::size_t kLongest = 100;
    std::string name;
    bool is_like_others = false;
    for (const char c : text) {
        if (is_plain(c))
            name += c;
        else if (c != ' ')
            is_like_others = true;
    }
    if (name.size() > kLongest) {
        name.resize(kLongest);
        is_like_others = true;
    }
    return is_like_others ? fmt::format("{}-{:08x}", name, hash_of(text)) : name;
}

}  // namespace apps
