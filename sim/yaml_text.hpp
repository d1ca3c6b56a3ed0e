// YAML as text: read whole and once, and written on one line. Of the sources of Params only.
#pragma once
#include <yaml-cpp/yaml.h>

#include <optional>
#include <stdexcept>
#include <string>

namespace sim {

/// A text that is no YAML; `line` counts from 1.
struct BadYaml : std::runtime_error {
    BadYaml(int at_line, const std::string& expected) : std::runtime_error(expected), line(at_line) {}
    int line;
};

/// The one document in a UTF-8 text; null if there is none.
/// throws BadYaml: "must be ...", for a second document too.
YAML::Node read_yaml(const std::string& text);

/// What YAML takes for a comment in `text`, from its "#" to the end of the line; empty if there is none.
std::string comment_in(const std::string& text);

/// `text` as a YAML scalar that reads back as the same text.
std::string in_quotes(const std::string& text);

/// A text as it stands, anything else as YAML on one line; nothing for a map.
std::optional<std::string> on_one_line(const YAML::Node& value);

/// Any YAML on one line, all texts quoted.
std::string flow_style(const YAML::Node& value);

/// What was found where something else should be: "\"12 mV\"", "a list", ...
std::string describe(const YAML::Node& node);

}  // namespace sim
