#include "sim/names.hpp"

#include <algorithm>

namespace sim {

bool is_a_name(const std::string& name) {
    constexpr std::size_t kLongest = 255;
    const auto is_bad = [](char c) {
        return c == '.' || c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    return !name.empty() && name.size() <= kLongest && std::ranges::none_of(name, is_bad);
}

}  // namespace sim
