#include "sim/units.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace sim::units {
namespace {

struct Unit {
    std::string_view base, name;
    double factor;  // of one `name` in `base`
};

constexpr Unit kUnits[] = {
    {"ms", "ms", 1.0},   {"ms", "s", 1e3},       {"ms", "us", 1e-3},        {"mV", "mV", 1.0},
    {"mV", "V", 1e3},    {"px", "px", 1.0},      {"deg", "deg", 1.0},       {"cycles/px", "cycles/px", 1.0},
    {"tau", "tau", 1.0}, {"s (wall)", "s", 1.0}, {"s (wall)", "min", 60.0}, {"pA", "pA", 1.0},
    {"pA", "nA", 1e3},   {"pF", "pF", 1.0},      {"pF", "nF", 1e3},         {"nS", "nS", 1.0},
    {"nS", "uS", 1e3},   {"Hz", "Hz", 1.0},      {"Hz", "kHz", 1e3},        {"px/s", "px/s", 1.0},
};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string expectation(std::string_view unit) {
    if (unit == "1") return "a number";
    const auto names = accepted(unit);
    return fmt::format("a quantity in {}, for example \"10 {}\"", fmt::join(names, ", "), names.front());
}

}  // namespace

std::vector<std::string> accepted(std::string_view unit) {
    std::vector<std::string> names;
    for (const Unit& u : kUnits)
        if (u.base == unit) names.emplace_back(u.name);
    return names;
}

double parse(std::string_view text, std::string_view unit) {
    const std::string_view trimmed = trim(text);
    double value = 0.0;
    const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
    if (error != std::errc{}) throw std::invalid_argument(expectation(unit));
    const std::string_view suffix = trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data())));
    if (unit == "1") {
        if (!suffix.empty()) throw std::invalid_argument(expectation(unit));
        return value;
    }
    for (const Unit& u : kUnits)
        if (u.base == unit && u.name == suffix) return value * u.factor;
    throw std::invalid_argument(expectation(unit));
}

std::string format(double value, std::string_view unit) {
    if (unit == "1") return fmt::format("{}", value);
    return fmt::format("{} {}", value, accepted(unit).front());
}

}  // namespace sim::units
